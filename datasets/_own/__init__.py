"""Data sets of a user's own images: a folder per split and class, or a `.npz` with Keras's keys.

Everything is decoded and resized to 32 x 32 once, before anything trains; from then on it is mapped from the cache. The
files come from anywhere: nothing is unpickled, no link below train and test is followed, and sizes are bounded before memory is asked for.
"""
