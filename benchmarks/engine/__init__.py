"""How one network is trained with one seed: the training loop, and one package per framework.

`execution`, `plugin`, `commands` and the speed benchmarks import from here. `backend`, `interface` and `loop` are independent of any
framework; `tensorflow`, `jax` and `rivals` import them, and `networks`, which holds what both engines do with a Keras model.
"""
