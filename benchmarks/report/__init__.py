"""How results are shown: views and findings build tables and sentences, figures draw, writers render.

`plugin` and `commands` import from here. This room imports no training framework.
"""
