"""What every engine does with a Keras model, whatever the backend: each seed's initial weights, the states
of its training, the form that is trained, and one program of each kind per process.

These modules import Keras, and so only an engine that has started may import them.
"""
