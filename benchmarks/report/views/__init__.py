"""Saved results as tables, one topic per file.

Nothing here imports matplotlib.
"""
