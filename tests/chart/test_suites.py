"""The suites in ``charts/vpsync/tests``, as people who work on charts run them: by helm-unittest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.apiserver.helm_binary import unittest_at_hand

from .helm import CHART


def test_every_suite_of_the_chart_passes(tmp_path: Path) -> None:
    program = unittest_at_hand()
    if program is None:
        pytest.skip(
            "no helm-unittest yet: PYTHONPATH=tests python -m e2e.apiserver.helm_binary unittest "
            "builds it"
        )
    suites = sorted((CHART / "tests").glob("*_test.yaml"))
    done = subprocess.run(
        [program, "--strict", CHART], env={"HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Test Suites: {len(suites)} passed, {len(suites)} total" in done.stdout
