"""How one network is trained with one seed: the training loop, and one package per framework.

`execution` and `commands` import from here. `interface` and `loop` are independent of any framework; `tensorflow` and `rivals` import them.
"""
