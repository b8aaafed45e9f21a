"""Whether two results differ: tests, the accuracy gate, change points and ranks.

`report`, `plugin` and `commands` import from here; no training framework is imported.
"""
