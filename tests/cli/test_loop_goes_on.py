"""A loop survives faults of vpsync itself, in a pass and in telling what came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vpsync.cli.output import Output
from vpsync.reconcile.run import Pass
from vpsync.render.report import Report

from .conftest import Vpsync


def test_its_log_is_json_a_line_with_what_a_program_asks_for(
    vpsync: Vpsync, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_once = Pass.run
    passes: list[int] = []

    def run(one: Pass, *, apply: bool = True) -> Report:
        passes.append(1)
        if len(passes) == 8:
            one.stop.set()
        return run_once(one, apply=apply)

    monkeypatch.setattr(Pass, "run", run)
    flags = ("--interval", "0.01s", "--sandbox", "--log-format", "json", "-f", str(files))
    done = vpsync("reconcile", "--loop", *flags)
    started, *lines = map(json.loads, done.err.splitlines())
    assert set(started) == {"time", "level", "logger", "message"}
    assert all({"pass", "duration"} <= set(line) for line in lines), lines
    did = [line for line in lines if "changes" in line]
    assert len({line["pass"] for line in did}) == len(did) < len(passes), (
        "one for each that did something"
    )
    named = [(one["kind"], one["name"]) for one in did[0]["changes"]]
    assert len(named) == did[0]["changed"] == len(set(named)) > 0


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
        assert f"), {number} since the start" in done.err
    assert done.err.count("ZeroDivisionError at test_loop_goes_on.py:") == 2
    assert done.err.count("please report it with this message. The loop goes on") == 2
    assert done.err.count("print the report of a pass (KeyError at test_loop_goes_on.py") == 2
    assert "CANARY" not in done.out + done.err
