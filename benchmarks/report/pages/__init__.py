"""The three pages: one run, a new run against a baseline, several runs or protocols. Each says what stands on it and in which order.

`build` chooses between them, `writers.html_page` writes them.
"""
