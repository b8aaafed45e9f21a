"""Saved results as drawings: all that imports matplotlib.

`build` and `commands` import from here.
"""
