"""What every engine does with a Keras model, whatever Keras computes with: each seed's initial weights, the states
of its training, the form that is trained, and each program once per process.

These modules import Keras, and so only an engine that has started may import them.
"""
