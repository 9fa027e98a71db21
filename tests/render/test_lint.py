"""The forms of a verdict: lines, JSON and GitHub's workflow commands."""

from __future__ import annotations

import json
import re

import pytest

from vpsync.model.finding import Finding, LintReport, Severity, SourceLocation
from vpsync.model.resource import ResourceKey
from vpsync.render.lint import lint_as_json, lint_as_text, lint_for_github

KEY = ResourceKey("VpDeployment", "team", "orders")


def finding(
    message: str = "is wrong",
    file: str = "a.yaml",
    path: str = "/spec",
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(path, message, severity, location=SourceLocation(file, 3, 5, KEY))


def report(*findings: Finding) -> LintReport:
    return LintReport(findings, files=2, resources=3, skipped=1)


class TestText:
    def test_is_a_line_for_each_finding_and_one_that_sums_up(self) -> None:
        both = report(finding(), finding("looks odd", severity=Severity.WARNING))
        assert lint_as_text(both) == (
            "a.yaml:3:5: /spec: is wrong\n"
            "a.yaml:3:5: /spec: warning: looks odd\n"
            "Checked 3 resources in 2 files (1 document of other kinds): 1 error, 1 warning.\n"
        )

    def test_says_so_when_nothing_was_found(self) -> None:
        assert lint_as_text(LintReport((), 1, 1)) == "Checked 1 resource in 1 file: no problems.\n"

    def test_names_the_manifest_itself_by_a_slash(self) -> None:
        assert lint_as_text(report(finding(path=""))).startswith("a.yaml:3:5: /: is wrong\n")

    def test_never_steers_the_terminal_nor_ends_a_line_early(self) -> None:
        hostile = "\x1b[31m\n::error::x\r\u2028"
        text = lint_as_text(report(finding(hostile, file=hostile, path=f"/{hostile}")))
        assert len(text.splitlines()) == 2
        assert "\x1b" not in text

    def test_paints_path_and_severity_only(self) -> None:
        text = lint_as_text(report(finding(severity=Severity.WARNING)), color=True)
        shown = re.sub(r"\x1b\[33m(.*?)\x1b\[0m", r"<\1>", text)
        assert shown.splitlines()[0] == "a.yaml:3:5: </spec>: <warning: >is wrong"


class TestJson:
    def test_has_its_keys_in_order(self) -> None:
        document = json.loads(lint_as_json(report(finding())))
        assert list(document) == ["formatVersion", "tool", "findings", "summary"]
        assert document["findings"] == [
            {
                "file": "a.yaml", "line": 3, "column": 5, "path": "/spec", "severity": "error",
                "message": "is wrong", "kind": "VpDeployment", "namespace": "team", "name": "orders",
            }
        ]  # fmt: skip
        assert document["summary"] == {
            "files": 2, "resources": 3, "skipped": 1, "errors": 1, "warnings": 0, "needs": None,
        }  # fmt: skip

    def test_names_no_resource_where_none_could_be_read(self) -> None:
        unread = Finding("", "is no YAML", location=SourceLocation("a.yaml", 1, 1))
        [told] = json.loads(lint_as_json(report(unread)))["findings"]
        assert (told["kind"], told["namespace"], told["name"]) == (None, None, None)


class TestGitHub:
    def test_is_a_workflow_command_for_each_finding(self) -> None:
        both = report(finding(), finding("looks odd", severity=Severity.WARNING))
        assert lint_for_github(both) == (
            "::error file=a.yaml,line=3,col=5::/spec: is wrong\n"
            "::warning file=a.yaml,line=3,col=5::/spec: looks odd\n"
        )

    @pytest.mark.parametrize(
        ("text", "data", "prop"),
        [
            ("100%", "100%25", "100%25"),
            ("a\nb\rc", "a%0Ab%0Dc", "a%0Ab%0Dc"),
            ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
            ("%0A", "%250A", "%250A"),
        ],
    )
    def test_escapes_as_github_does(self, text: str, data: str, prop: str) -> None:
        command = lint_for_github(report(finding(text, file=text)))
        assert command == f"::error file={prop},line=3,col=5::/spec: {data}\n"
