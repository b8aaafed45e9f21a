"""Sentences with their tables that follow from saved results by rules, one question per file.

`build` and `commands` import from here.
"""
