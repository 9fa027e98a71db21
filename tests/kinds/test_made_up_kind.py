"""A kind decides about itself: one that vpsync does not have needs its class, its schema, no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_a_made_up_kind_goes_the_way_of_all_kinds() -> None:
    """In a process of its own: every module takes the kinds as they are when it is imported."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "made_up.register", str(TESTS / "made_up"),
         "-p", "no:cacheprovider"],
        cwd=TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
