"""With ``--log-format json`` whoever collects the output of a run gets objects, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passes.scenario import manifest
from vpsync.sandbox import Sandbox

from .conftest import Vpsync, write
from .test_exit_codes import INVALID

MEMBERS = {"time", "level", "logger", "message"}


def objects(text: str) -> list[dict[str, Any]]:
    """The lines, each of which has to be one."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(set(one) == MEMBERS for one in found)
    return found


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("diff -f FILES --vvp-url VVP", 0),
        ("reconcile --once -f FILES --vvp-url VVP", 0),
        ("reconcile --once --quiet -f INVALID --vvp-url VVP", 3),
        ("reconcile --once -f INVALID --vvp-url VVP", 3),
        ("reconcile --once --wait --timeout 1s -f WAITING --vvp-url VVP", 3),
        ("diff -f FILES --vvp-url http://127.0.0.1:1", 5),
        ("diff -f /nonexistent", 2),
        ("diff FILES", 2),
        ("reconcile", 2),
        ("diff -f FILES --vvp-url VVP --output-file /nonexistent/x", 2),
        ("export --vvp-url http://127.0.0.1:1", 5),
    ],
)
def test_every_line_is_an_object(
    vpsync: Vpsync, vvp: Sandbox, files: Path, tmp_path: Path, line: str, code: int
) -> None:
    invalid, waiting = tmp_path / "invalid", tmp_path / "waiting"
    for place in (invalid, waiting):
        place.mkdir()
    write(invalid / "a.yaml", manifest({"deployment": INVALID}))
    write(waiting / "a.yaml", manifest("deployment"))
    places = {"FILES": files, "VVP": vvp.url, "INVALID": invalid, "WAITING": waiting}
    words = [str(places.get(word, word)) for word in line.split()]
    done = vpsync("--log-format", "json", *words)
    assert done.code == code, done.err
    told = objects(done.out + done.began + done.err)
    assert told
    assert all(one["message"].strip() for one in told)


def test_the_table_is_told_line_by_line_and_data_stays_data(
    vpsync: Vpsync, vvp: Sandbox, files: Path
) -> None:
    flags = ["-f", str(files), "--vvp-url", vvp.url]
    plain = vpsync("diff", *flags).out
    told = objects(vpsync("--log-format", "json", "diff", *flags).out)
    assert [one["message"] for one in told] == [line for line in plain.splitlines() if line]
    report = json.loads(vpsync("--log-format", "json", "diff", *flags, "-o", "json").out)
    assert report["summary"]["create"] == 2
