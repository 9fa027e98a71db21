"""Findings for people, one a line, and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from vpsync import __version__
from vpsync.model.finding import Finding, Severity
from vpsync.model.json import Json
from vpsync.model.phrases import counted
from vpsync.redact.text import printable

LEVELS = {Severity.OK: "ok", Severity.WARNING: "warning", Severity.ERROR: "failure"}
"""What ``doctor`` calls them: its checks fail, the manifests of a lint have errors."""


def finding_lines(findings: Sequence[Finding], width: int | None) -> Iterator[tuple[Severity, str]]:
    """Severity and line of each finding, folded to a terminal's width; None folds nothing."""
    space = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        told = finding.text + (f"; next: {finding.next_step}" if finding.next_step else "")
        head = f"{LEVELS[finding.severity]:<7}  {printable(finding.subject):<{space}}  "
        if width is None:
            yield finding.severity, head + printable(told)
            continue
        if width < len(head) + 20:
            yield finding.severity, _narrow(finding, printable(told), width)
            continue
        lines = textwrap.wrap(
            printable(told), width - len(head), break_long_words=False, break_on_hyphens=False
        )
        yield finding.severity, head + ("\n" + " " * len(head)).join(lines)


def _narrow(finding: Finding, told: str, width: int) -> str:
    """Where there is no room for columns: what was looked at, and below it what is said of it."""
    head = f"{LEVELS[finding.severity]}  {printable(finding.subject)}"
    rows = textwrap.wrap(head, width, subsequent_indent="  ", break_on_hyphens=False)
    said = textwrap.wrap(told, width - 2, break_on_hyphens=False)
    return "\n".join([*rows, *(f"  {row}" for row in said)])


def finding_summary(findings: Sequence[Finding]) -> str:
    """The closing line."""
    counts = _counts(findings)
    warnings, failures = counts["warning"], counts["failure"]
    return (
        f"{len(findings)} checks: {counts['ok']} ok, {counted(warnings, 'warning')}, "
        f"{counted(failures, 'failure')}."
    )


def findings_as_json(findings: Sequence[Finding]) -> dict[str, Json]:
    """The findings as data, keys in this order."""
    checks = [
        {
            "check": finding.subject,
            "level": LEVELS[finding.severity],
            "message": printable(finding.text),
            "next": finding.next_step,
        }
        for finding in findings
    ]
    tool = f"vpsync/{__version__}"
    return {
        "formatVersion": "1.0",
        "tool": tool,
        "checks": checks,
        "summary": dict(_counts(findings)),
    }


def _counts(findings: Sequence[Finding]) -> Mapping[str, int]:
    return {
        level: sum(1 for one in findings if one.severity is severity)
        for severity, level in LEVELS.items()
    }
