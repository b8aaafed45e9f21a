"""What is measured of a training, a model and a data set: one metric is one entry here.

Every room above may import from here; this room imports only `experiment`.
"""
