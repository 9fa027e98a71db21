"""A loop survives faults of vpsync itself, in a pass and in telling what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpsync.cli.output import Output
from vpsync.reconcile.run import Pass
from vpsync.render.report import Report

from .conftest import Vpsync


def test_a_fault_is_told_without_its_words_and_the_next_pass_comes(
    vpsync: Vpsync, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []

    def run(one: Pass, *, apply: bool = True) -> Report:
        passes.append(1)
        if len(passes) == 4:
            one.stop.set()
        if len(passes) % 2:
            raise ZeroDivisionError("CANARY")
        return Report(errors=("something is amiss",))

    def show(output: Output, report: Report) -> None:
        raise KeyError("CANARY")

    monkeypatch.setattr(Pass, "run", run)
    monkeypatch.setattr(Output, "show_to_programs", show)
    done = vpsync("reconcile", "--loop", "--interval", "0.01s", "--sandbox", "-f", str(files))
    assert (done.code, len(passes)) == (0, 4)
    for number in (1, 2):
        assert f"), number {number} since the start" in done.err
    assert done.err.count("ZeroDivisionError at test_loop_goes_on.py:") == 2
    assert done.err.count("please report it with this message; the next pass comes") == 2
    assert done.err.count("was not told (KeyError at test_loop_goes_on.py") == 2
    assert "CANARY" not in done.out + done.err
