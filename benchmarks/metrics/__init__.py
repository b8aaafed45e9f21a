"""What is measured: metrics of trainings and of data sets, computed from plain arrays.

Every room after it may import from here. This room imports only NumPy, SciPy, `datasets` and `experiment`.
"""
