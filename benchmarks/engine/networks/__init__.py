"""What every engine does with a Keras model, whatever Keras computes with: flat weights, the form that is trained, fitted initial weights.

These modules import Keras, and so only an engine that has started may import them.
"""
