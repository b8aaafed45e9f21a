"""Conclusions that follow from saved results by rules, as sentences and tables, one question per file.

`build` imports from here.
"""
