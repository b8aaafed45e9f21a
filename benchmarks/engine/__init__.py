"""How one network trains one seed: the training loop, and one package per framework.

`execution` and `commands` import from here. `interface` and `loop` know no framework; frameworks are imported in `tensorflow` and
`rivals` alone.
"""
