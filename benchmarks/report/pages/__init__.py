"""The three pages: one run, a new run against a baseline, several runs or protocols. Each file says what its page shows, in which order.

`build` chooses between them, `writers.html_page` writes them.
"""
