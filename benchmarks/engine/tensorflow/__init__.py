"""The engine on TensorFlow: everything that imports it.

Only `engine` and `execution` load these modules, once a training is due.
"""
