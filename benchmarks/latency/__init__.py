"""How long people wait for a change, with vpsync and the Go operator: ``python -m benchmarks.latency``."""
