"""A short soak; a long one is ``python -m benchmarks.soak``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .harness import ROOT


@pytest.mark.timeout(600)
def test_a_loop_that_watches_stays_as_it_is_and_misses_nothing() -> None:
    command = [
        sys.executable, "-m", "benchmarks.soak",
        "--passes", "40", "--resources", "20", "--outage-every", "20",
    ]  # fmt: skip
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    print(run.stdout, run.stderr)
    assert run.returncode == 0
    assert run.stdout.endswith("all is well\n")
    assert "VVP stopped" in run.stdout
