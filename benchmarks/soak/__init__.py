"""A loop with ``--events`` for thousands of passes in a changing world: ``python -m benchmarks.soak``."""
