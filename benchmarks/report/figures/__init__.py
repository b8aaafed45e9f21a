"""Saved results as plots: only this package imports matplotlib.

`build`, `writers/html_page.py` and `commands` import from here.
"""
