"""What is trained: cells, recipes, protocols, floors and the study's figures, all as plain values.

Every other room may import from here. This room imports only the standard library, NumPy, SciPy, `models` and `datasets`.
"""
