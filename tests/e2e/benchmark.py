"""Runs a benchmark as a program of its own, as people do."""

from __future__ import annotations

import os
import subprocess
import sys

from .harness import ROOT

LIMIT_SECONDS = 540


def benchmark(name: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """What ``python -m benchmarks.<name>`` came to; it is printed, too, for who reads a failure."""
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *flags],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    print(run.stdout, run.stderr)
    return run
