"""The benchmark suite: training, measuring, judging, storing and reporting."""
