"""Runs commands in this process, as a shell would, and puts back what they change in it."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from beginnings import without_beginning
from passes.scenario import manifest
from vpsync.cli import run
from vpsync.sandbox import Sandbox

PARALLELISM = {"spec": {"spec": {"template": {"spec": {"parallelism": 3}}}}}
"""A change that restarts a running job."""

KEPT = ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "PYTEST_CURRENT_TEST")


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str
    """Without the line that says whom the run talks to."""
    began: str = field(default="", compare=False)
    """That line."""

    @property
    def report(self) -> dict[str, Any]:
        """What ``-o json`` printed."""
        document: dict[str, Any] = json.loads(self.out)
        return document


Vpsync = Callable[..., Done]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing steers a command but what a test sets; afterwards all is as it was."""
    before = dict(os.environ)
    for name in set(os.environ) - set(KEPT):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # Many loops at a time, and one port 8080.
    monkeypatch.setenv("VPSYNC_METRICS_ADDR", "0")
    logging.getLogger("vpsync").handlers.clear()
    yield
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def vpsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vpsync:
    """A command line; ``stdin`` is what it reads there."""

    def call(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["vpsync", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        logging.getLogger("vpsync").handlers.clear()
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        shown = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        began, err = without_beginning(arguments, ended.value.code, shown.err)
        return Done(ended.value.code, shown.out, err, began)

    return call


@pytest.fixture
def vvp() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox
        assert sandbox.failures == []


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with a target and a deployment."""
    directory = tmp_path / "manifests"
    directory.mkdir()
    for name in ("target", "deployment"):
        write(directory / f"{name}.yaml", manifest(name))
    return directory


def write(path: Path, document: Any) -> Path:
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def settled(vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
    """Reconciles until nothing is left to do, and forgets what was sent for it."""
    for _ in range(2):
        assert vpsync("reconcile", "--once", *flags).code == 0
        vvp.settle()
    vvp.forget_requests()


@pytest.fixture
def many(vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path) -> list[str]:
    """Ten running deployments, all of which are to be restarted."""
    for edits in ({}, PARALLELISM):
        for number in range(10):
            named = {**edits, "metadata": {"name": f"job-{number}"}}
            write(files / f"job-{number}.yaml", manifest({"deployment": named}))
        if not edits:
            settled(vpsync, vvp, flags)
    return flags
