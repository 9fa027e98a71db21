"""A short measurement of latencies; a long one is ``python -m benchmarks.latency``."""

from __future__ import annotations

import pytest

from .benchmark import benchmark


@pytest.mark.timeout(600)
def test_each_operation_is_measured_with_each_tool_that_is_there() -> None:
    """Whether the goal is met is asked of a quiet machine, and of one loop in ``test_loop_events``."""
    run = benchmark(
        "latency", "--lanes", "1", "--rounds", "1", "--rest", "1", "--vvp-seconds", "0.5",
        "--interval", "3s", "--warm-up", "5",
    )  # fmt: skip
    assert "without the Go operator: --operator FILE names its binary" in run.stdout
    rows = {line.split()[0]: line.split() for line in run.stdout.splitlines() if line}
    for operation in ("apply", "change", "delete"):
        _, *cells = rows[operation]
        assert cells[3] == cells[7] == "1", "once with --events, and once without"
        assert float(cells[0]) > 0.5, "VVP's own time is part of it"
