"""How results are shown: views make tables and figures of saved runs, writers put them into a form.

`plugin` and `commands` import from here; no training framework is imported.
"""
