"""The bench of the attacks; commands run in this process, with an environment of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Vpsync, _environment, vpsync

from .attack import Bench

__all__ = ["_environment", "vpsync"]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vpsync: Vpsync) -> Bench:
    """What an attack is tried with; pytest gives the fixture of the same name."""
    return Bench(tmp_path, monkeypatch, vpsync)
