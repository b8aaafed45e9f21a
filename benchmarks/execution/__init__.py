"""Where and when trainings run: jobs, executors, and finished seeds and checkpoints on disk.

`plugin` and `commands` import from here; a training framework is loaded only once a training is due.
"""
