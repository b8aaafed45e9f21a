"""Where and when trainings run: jobs, executors, and finished seeds and checkpoints on disk.

`report`, `plugin` and the speed benchmarks import from here. A training framework is loaded when the first training starts.
"""
