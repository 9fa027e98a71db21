"""Prometheus' own tools, where this machine has them: Debian's package ``prometheus``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MISSING = "there is no {name} on PATH; Debian's package prometheus has it"


def found(name: str) -> str:
    """The program; skips the test where there is none."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(MISSING.format(name=name))
    return path


def promtool(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs promtool."""
    command = [found("promtool"), *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
