"""Output formats, one per file: terminal, Markdown, CSV, LaTeX, HTML, trackers, TensorBoard.

`plugin` and `commands` import from here.
"""
