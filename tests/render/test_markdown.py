"""The comment on a pull request: the table first, details folded, within its limit, never markup."""

from __future__ import annotations

import re
from typing import Any

import pytest

from builders import applied, changed, decided, going, manifest, observed, snapshot, status
from vpsync.errors import PlatformFault
from vpsync.model.decision import Invalid
from vpsync.model.finding import Finding
from vpsync.model.outcome import Result
from vpsync.redact.text import markdown_text
from vpsync.render.markdown import LIMIT, report_as_markdown
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

from .cases import CASES

ARGUMENTS = "/spec/template/spec/artifact/mainArgs"


def comment(*results: Result, **more: Any) -> str:
    return report_as_markdown(Report(results, **{"applied": False, **more}))


def restart(name: str = "orders", **edits: Any) -> Result:
    before = manifest(name=name)
    edited = {"/spec/template/spec/parallelism": 3, **edits}
    resource = manifest(name=name, edits=edited, generation=2, status=status())
    return concluded(changed(resource, snapshot(observed(before))))


def test_begins_with_the_closing_line_the_jobs_and_a_row_for_each_resource() -> None:
    lines = comment(restart(), concluded(changed(manifest(name="new")))).splitlines()
    assert lines[:8] == [
        "### vpsync: Plan: 1 to create, 1 to change, 0 to adopt, 0 to delete, 0 in sync.",
        "",
        "Jobs: **1 start, 1 restart-with-savepoint**.",
        "",
        "| | resource | in VVP | job | why |",
        "| --- | --- | --- | --- | --- |",
        "| update | VpDeployment team/orders | default/orders | **restart-with-savepoint** "
        "| intent: the resource changed |",
        "| create | VpDeployment team/new | default/new | start | intent: VVP does not have it |",
    ]


def test_folds_the_fields_of_each_change_as_a_diff() -> None:
    shown = comment(restart())
    assert (
        "\n<details><summary>update VpDeployment team/orders: 1 field</summary>\n\n"
        "```diff\n"
        "- /spec/template/spec/parallelism: 2\n"
        "+ /spec/template/spec/parallelism: 3\n"
        "```\n\n"
        "</details>\n"
    ) in shown


def test_nothing_to_do_is_one_line() -> None:
    assert comment() == "### vpsync: No changes. 0 resources in sync.\n"


def test_what_a_reconcile_did_is_told_in_the_same_form() -> None:
    resource = manifest()
    shown = report_as_markdown(Report((applied(resource, observed(resource)),)))
    assert "| created | VpDeployment team/orders |" in shown


def test_a_run_that_could_decide_nothing_says_so() -> None:
    unseen = decided(
        manifest(), snapshot(failed={("VpDeployment", "default"): PlatformFault("500: <b>")})
    )
    shown = comment(concluded(unseen), decided=False)
    assert "nothing could be decided" in shown
    assert "<b>" not in shown


def test_what_earlier_passes_did_is_told_where_a_later_one_could_decide_nothing() -> None:
    resource = manifest()
    first = Report((applied(resource, observed(resource)),))
    away = snapshot(failed={("VpDeployment", "default"): PlatformFault("500: away")})
    last = Report((concluded(decided(manifest(), away)),), decided=False)
    shown = report_as_markdown(last.after(first))
    assert "nothing more could be decided" in shown
    assert "| created | VpDeployment team/orders |" in shown
    assert "| unknown |" not in shown


def test_every_case_is_told() -> None:
    shown = comment(*(case.result for case in CASES))
    for row in Report(tuple(case.result for case in CASES), applied=False).rows():
        assert f"| {row.what} |" in shown


class TestTheLimit:
    @staticmethod
    def fleet(count: int, text: str = "x" * 200) -> list[Result]:
        return [restart(f"job-{number:05d}", **{ARGUMENTS: text}) for number in range(count)]

    def test_holds_for_a_thousand_changes_and_says_what_was_cut(self) -> None:
        shown = comment(*self.fleet(1000))
        assert len(shown) <= LIMIT
        assert len(shown) > LIMIT * 0.9, "the room there is is used"
        [note] = re.findall(r"\*\*Left out.*", shown)
        rows, details = re.findall(r"([\d,]+) (?:rows of the table|folded details) \(", note)
        assert int(rows) == 1000 - shown.count("| update |")
        assert int(details.replace(",", "")) == 1000 - shown.count("<details>")
        assert shown.count("<details>") == shown.count("</details>")

    def test_holds_in_bytes_too(self) -> None:
        shown = comment(*self.fleet(300, "日" * 200))
        assert len(shown.encode()) <= LIMIT

    def test_is_no_matter_below_it(self) -> None:
        assert "Left out" not in comment(*self.fleet(20))

    def test_holds_whatever_is_long(self) -> None:
        findings = tuple(Finding(f"/{'y' * 900}", "z" * 900) for _ in range(200))
        long = concluded(Invalid(manifest(), findings))
        shown = comment(long, errors=("e" * 100_000,) * 100, tripped=("t" * 100_000,))
        assert len(shown) <= LIMIT
        assert "80 more" in shown

    def test_one_large_resource_does_not_hide_the_others(self) -> None:
        large = concluded(
            changed(
                manifest(
                    name="large",
                    edits={
                        f"/spec/template/spec/flinkConfiguration/option-{number}": "x" * 240
                        for number in range(300)
                    },
                )
            )
        )
        shown = comment(large, restart())
        assert "1 folded details" in shown
        assert "<details><summary>update VpDeployment team/orders" in shown


class TestWhatDoesNotComeBack:
    STATELESS = {
        "/spec/upgradeStrategy": {"kind": "STATELESS"},
        "/spec/restoreStrategy": {"kind": "NONE"},
    }

    def losing(self, name: str) -> Result:
        before = manifest(name=name, edits=self.STATELESS)
        edited = {**self.STATELESS, "/spec/template/spec/parallelism": 3}
        after = manifest(name=name, edits=edited, generation=2, status=status())
        return concluded(changed(after, snapshot(observed(before))))

    def deleted(self) -> Result:
        stopped = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}
        return concluded(changed(going(), snapshot(observed(manifest(), stopped))))

    def test_stands_first_in_the_table_and_in_the_details(self) -> None:
        shown = comment(restart("a"), self.losing("b"), restart("c"), self.deleted())
        table = [line for line in shown.splitlines() if line.startswith(("| update", "| delete"))]
        assert [line.split(" | ")[1] for line in table] == [
            "VpDeployment team/b", "VpDeployment team/orders", "VpDeployment team/a", "VpDeployment team/c",
        ]  # fmt: skip
        assert shown.index("update VpDeployment team/b: ") < shown.index(
            "update VpDeployment team/a: "
        )

    def test_is_never_cut_by_the_limit(self) -> None:
        fleet = [restart(f"job-{number}") for number in range(1000)]
        shown = comment(*fleet, self.losing("last"), self.deleted())
        assert "Left out" in shown
        assert "| **restart-without-savepoint** |" in shown
        assert "| delete | VpDeployment team/orders |" in shown


class TestWhatIsShownIsText:
    def test_a_value_cannot_end_its_fence(self) -> None:
        shown = comment(restart(**{ARGUMENTS: "a\n````\n</details><h1>@all"}))
        fences = re.findall(r"^(`+)(?:diff)?$", shown, re.MULTILINE)
        assert fences == ["`````"] * 2

    @pytest.mark.parametrize(
        ("hostile", "active"),
        [
            ("@octocat", "@octocat"),
            ("<img src=x>", "<img"),
            ("</summary>", "</summary> x"),
            ("[link](https://example.com)", "[link]"),
            ("a | b", " a | b "),
            ("`code`", "`code`"),
            ("**bold**", "**bold**"),
            ("https://example.com", "https://"),
            ("owner/repository#1", "#1"),
            ("GH-12", "GH-12"),
            (":tada:", ":tada:"),
            ("&lt;", "&lt;"),
            ("$x$", "$x$"),
        ],
    )
    def test_in_the_table_nothing_is_markup_mention_or_link(
        self, hostile: str, active: str
    ) -> None:
        shown = comment(
            concluded(Invalid(manifest(), (Finding("/spec", f"x {hostile} x"),))), errors=(hostile,)
        )
        assert active not in shown

    def test_a_text_of_several_lines_stays_in_its_row(self) -> None:
        assert "\n" not in markdown_text("a\nb\r\nc")

    def test_without_secrets(self) -> None:
        key = "/spec/template/spec/flinkConfiguration/s3.secret-key"
        shown = comment(
            restart(**{key: "CANARY"}), errors=("https://user:CANARY@example.com: no answer",)
        )
        assert "CANARY" not in shown
        assert f"+ {key}: ***" in shown


def test_equal_input_gives_equal_text() -> None:
    texts = {comment(*(case.result for case in CASES), restart()) for _ in range(2)}
    assert len(texts) == 1
