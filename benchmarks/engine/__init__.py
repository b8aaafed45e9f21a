"""How one network trains one seed: the training loop, and one folder per framework.

`execution` and `commands` import from here; training frameworks are imported in the folders `tensorflow` and `rivals` alone.
"""
