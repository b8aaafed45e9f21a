"""Tables of what was simulated, not measured; `python -m benchmarks simulate` prints them, and the documentation quotes them."""
