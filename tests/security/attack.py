"""What an attack of the tables is, and what it is tried with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.conftest import Vpsync


@dataclass(frozen=True, slots=True)
class Bench:
    """What an attack may need beside Python: a directory, an environment, a command line."""

    directory: Path
    """Empty, and the attack's own."""
    monkeypatch: pytest.MonkeyPatch
    vpsync: Vpsync


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, and the check that it does no harm."""

    name: str
    does: str
    """The attack and what must hold, in a sentence."""
    held: Callable[[Bench], None]
    """Fails where the attack succeeds."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails where a block takes more processor time; other processes on the machine do not count."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < seconds, f"took {took:.1f} s"
