"""A table or a page in one form per file: terminal, Markdown, CSV, LaTeX, HTML, trackers, TensorBoard.

`plugin` and `commands` import from here.
"""
