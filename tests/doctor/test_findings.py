"""Clocks that differ, CRDs that depart from ours, and what is left of others."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from vpsync.doctor.cluster import _compared
from vpsync.doctor.finding import clock_skew, ok, warning
from vpsync.doctor.leftovers import tokens
from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.model.finding import Finding, Severity
from vpsync.model.phrases import listed
from vpsync.render.findings import finding_lines, finding_summary, findings_as_json
from vpsync.schema.crds import crd
from vpsync.settings import Scope, Settings
from vpsync.ververica.probe import Access, Role

NOW = datetime(2025, 6, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, Severity.OK, "agrees"),
        (1, Severity.OK, "agrees"),
        (20, Severity.OK, "20 s ahead"),
        (-20, Severity.OK, "20 s behind"),
        (31, Severity.WARNING, "31 s ahead"),
        (-299, Severity.WARNING, "299 s behind"),
        (301, Severity.ERROR, "301 s ahead"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(seconds: int, level: Severity, words: str) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    found = clock_skew("clock", date, NOW)
    assert found.severity is level
    assert words in found.text
    assert bool(found.next_step) is (level is not Severity.OK)


@pytest.mark.parametrize(
    "date",
    ["Sun, 15 Jun 2025 12:00:00 GMT", "Sunday, 15-Jun-25 12:00:00 GMT", "Sun Jun 15 12:00:00 2025",
     "Sun, 15 Jun 2025 14:00:00 +0200"],
)  # fmt: skip
def test_a_time_is_read_in_every_form_that_http_allows(date: str) -> None:
    assert clock_skew("clock", date, NOW) == ok("clock", "agrees with this machine's")


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sun, 15 Jun 99999 12:00:00 GMT", "Sun, 45 Jun 2025 12:00:00 GMT",
             "Sun, 15 Jun 2025 12:00:00 +9999999999", "0", ",,,", "\x00"],
)  # fmt: skip
def test_a_server_that_tells_no_time_is_no_failure(date: str) -> None:
    assert clock_skew("clock", date, NOW).severity is Severity.WARNING


class TestTokens:
    def found(self, *names: str, age: float = 3600) -> Finding:
        made = (NOW - timedelta(seconds=age)).isoformat()
        listing = tuple(
            {"name": f"namespaces/default/apitokens/{name}", "createTime": made} for name in names
        )
        accesses = [("default", Access(Role.OWNER, True, tokens=listing))]
        return tokens(accesses, Settings(scope=Scope(owner_id="prod")), NOW)

    def test_those_of_our_runs_that_are_too_old_to_be_under_way(self) -> None:
        found = self.found("vpsync-prod-0123abcd")
        assert found.severity is Severity.WARNING
        assert "default/vpsync-prod-0123abcd" in found.text

    @pytest.mark.parametrize(
        "name",
        ["vpsync-other-0123abcd", "vpsync-prod-x-0123abcd", "vpsync-prod-mine", "vpsync-prod-0123abcdef",
         "ci", "vpsync-prod-"],
    )  # fmt: skip
    def test_those_of_others_are_none_of_our_business(self, name: str) -> None:
        assert self.found(name).severity is Severity.OK

    def test_one_that_may_be_in_use_is_no_leftover(self) -> None:
        assert self.found("vpsync-prod-0123abcd", age=1100).severity is Severity.OK
        assert self.found("vpsync-prod-0123abcd", age=1300).severity is Severity.WARNING


class TestCrds:
    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = copy.deepcopy(crd(DEPLOYMENT)["spec"])
        return spec

    def level(self, spec: dict[str, Any]) -> Severity:
        return _compared(spec, DEPLOYMENT, "CRD").severity

    def test_ours_is_in_order(self) -> None:
        assert self.level(self.spec()) is Severity.OK

    @pytest.mark.parametrize(
        ("edit", "level"),
        [
            (lambda spec: spec["versions"].pop(), Severity.ERROR),
            (lambda spec: spec["versions"][1].update(served=False), Severity.ERROR),
            (lambda spec: spec["versions"][0].pop("subresources"), Severity.ERROR),
            (lambda spec: spec.update(conversion={"strategy": "Webhook"}), Severity.ERROR),
            (lambda spec: spec.pop("conversion"), Severity.OK),
            (
                lambda spec: spec["versions"][0]["schema"]["openAPIV3Schema"].pop("description"),
                Severity.WARNING,
            ),
            (lambda spec: spec.clear(), Severity.ERROR),
        ],
        ids=["a version less", "not served", "no status", "webhook", "default", "schema", "empty"],
    )
    def test_what_departs_from_ours_is_told(
        self, edit: Callable[[dict[str, Any]], object], level: Severity
    ) -> None:
        spec = self.spec()
        edit(spec)
        assert self.level(spec) is level


class TestReport:
    FINDINGS = (
        ok("VVP", "2.8.1"),
        warning("token of a", "editor: enough for most of it " * 4, "set APPMANAGER_API_TOKEN_A"),
    )

    def test_one_line_each_where_there_is_no_terminal(self) -> None:
        lines = list(finding_lines(self.FINDINGS, None))
        assert lines[0] == "ok       VVP         2.8.1"
        assert lines[1].startswith("warning  token of a  editor")
        assert lines[1].endswith("; next: set APPMANAGER_API_TOKEN_A")
        assert "\n" not in lines[1]

    @pytest.mark.parametrize("width", [60, 80, 200])
    def test_on_a_terminal_long_ones_are_folded_under_their_text(self, width: int) -> None:
        lines = list(finding_lines(self.FINDINGS, width))
        assert max(map(len, lines)) <= width
        assert all(row.startswith(("ok ", "warning ", " " * 21)) for row in lines)

    @pytest.mark.parametrize("width", [30, 40])
    def test_a_narrow_terminal_has_what_is_said_below_what_was_looked_at(self, width: int) -> None:
        lines = list(finding_lines(self.FINDINGS, width))
        assert max(map(len, lines)) <= width
        assert lines[:3] == ["ok  VVP", "  2.8.1", "warning  token of a"]
        assert all(row.startswith("  ") for row in lines[3:])

    def test_what_a_server_says_never_steers_the_terminal(self) -> None:
        [line] = finding_lines([ok("x\x1b[31m", "a\x1b]0;b\x07\nc")], None)
        assert line.isprintable()

    def test_the_summary_counts(self) -> None:
        assert finding_summary(self.FINDINGS) == "2 checks: 1 ok, 1 warning, 0 failures."
        report = findings_as_json(self.FINDINGS)
        assert report["summary"] == {"ok": 1, "warning": 1, "failure": 0}
        assert list(report["checks"][0]) == ["check", "level", "message", "next"]


def test_long_lists_are_cut() -> None:
    assert listed(sorted("gfedcba"), 5) == "a, b, c, d, e and 2 more"
    assert listed(sorted("ab"), 5) == "a, b"
