"""Saved results as tables and plain typed values, one topic per file.

Nothing here draws; what a page shows in a table row is a `strip`. Views may show findings, which import no views.
"""
