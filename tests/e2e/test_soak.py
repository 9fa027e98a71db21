"""A short soak; a long one is ``python -m benchmarks.soak``."""

from __future__ import annotations

import pytest

from .benchmark import benchmark


@pytest.mark.timeout(600)
def test_a_loop_that_watches_stays_as_it_is_and_misses_nothing() -> None:
    run = benchmark("soak", "--passes", "40", "--resources", "20", "--outage-every", "20")
    assert run.returncode == 0
    assert run.stdout.endswith("all is well\n")
    assert "VVP stopped" in run.stdout
