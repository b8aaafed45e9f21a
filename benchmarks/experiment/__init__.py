"""What is trained: cells, recipes, protocols, floors and the study's figures, all as plain values.

Every room may import from here; this room imports only the standard library, NumPy, SciPy, `models` and `datasets`.
"""
