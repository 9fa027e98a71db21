"""Whatever people and VVP write, every form for a terminal keeps to its columns and its width in cells."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from builders import changed, manifest
from vpsync.doctor.finding import ok, warning
from vpsync.model.decision import Blocked
from vpsync.model.reasons import Reason
from vpsync.model.resource import ResourceKey
from vpsync.render.diff import print_diff
from vpsync.render.findings import finding_lines
from vpsync.render.layout import cells
from vpsync.render.report import Report
from vpsync.render.resource_table import columns_for, table
from vpsync.render.table import print_report
from vpsync.status.conditions import concluded

from .test_resource_table import NOW, ROW
from .test_table import Terminal

pytestmark = [
    pytest.mark.parametrize("width", [80, 200]),
    pytest.mark.parametrize(
        "name", ["orders", "日本語の注文", "🚀🚀-orders", "cafe\u0301-orders", "注文" * 20]
    ),
]


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))


def starts(lines: list[str], words: str) -> set[int]:
    """The cells at which these words begin, in all lines that have them."""
    return {cells(line.partition(words)[0]) for line in lines if words in line}


def test_stand_in_the_columns_of_get(name: str, width: int) -> None:
    key = ResourceKey("VpDeployment", "team", name)
    row = replace(ROW, key=key, reason=name, message="を実行しています " * 20, state="MARK")
    rows = [row, replace(ROW, state="MARK"), replace(ROW, message="short", state="MARK")]
    for wide in (False, True):
        columns = columns_for(rows, NOW, one_namespace=True, one_kind=True, wide=wide, width=width)
        header, *lines = table(rows, columns, NOW)
        assert starts(lines, "MARK") <= starts([header], "STATE")
        assert wide or max(map(cells, lines)) <= max(width, cells(name) + 50)


def test_stand_in_the_columns_of_doctor(name: str, width: int) -> None:
    findings = [ok(name, "MARK " + "すべて正常です " * 20), warning("clock", "MARK", name)]
    lines = list(finding_lines(findings, width))
    assert len(starts(lines, "MARK")) == 1
    assert max(map(cells, lines)) <= width


def test_stand_in_the_columns_of_a_report(name: str, width: int) -> None:
    results = [concluded(changed(manifest())) for _ in range(2)]
    hard = replace(manifest(), key=ResourceKey("VpDeployment", "team", name))
    blocked = Blocked(hard, Reason.DeletionBlocked, "MARK", detail="待っています " * 40)
    report = Report((*results, concluded(blocked)))
    for out in (Terminal(), io.StringIO()):
        print_report(report, out, color=False)
        lines = out.getvalue().splitlines()[:-1]
        if isinstance(out, Terminal):
            assert max(map(cells, lines)) <= width
        reasons = starts(lines, "DeletionBlocked: ") | starts(lines, "VVP does not")
        assert len(reasons) == 1


def test_fit_the_width_of_a_preview(name: str, width: int) -> None:
    notes = {"/spec/spec/template/metadata/annotations": {"note": name * 30}}
    report = Report((concluded(changed(manifest(edits=notes))),), applied=False)
    out = Terminal()
    print_diff(report, out, color=False)
    lines = out.getvalue().splitlines()[:-1]
    assert name in "".join(line.strip() for line in lines)
    assert max(map(cells, lines)) <= width
