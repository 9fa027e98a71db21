"""Findings for people, one a line, and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from vpsync import __version__
from vpsync.model.json import Json
from vpsync.model.phrases import counted
from vpsync.redact.text import printable

LEVELS = ("ok", "warning", "failure")


class Finding(Protocol):
    """What one check found."""

    @property
    def check(self) -> str:
        """What was looked at."""

    @property
    def level(self) -> str:
        """One of :data:`LEVELS`."""

    @property
    def text(self) -> str:
        """What was found."""

    @property
    def next_step(self) -> str:
        """What to do about it; may be empty."""


def finding_lines(findings: Sequence[Finding], width: int | None) -> Iterator[tuple[str, str]]:
    """Level and line of each finding, folded to a terminal's width; None folds nothing."""
    space = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        told = finding.text + (f"; next: {finding.next_step}" if finding.next_step else "")
        head = f"{finding.level:<7}  {printable(finding.check):<{space}}  "
        if width is None or width < len(head) + 20:
            yield finding.level, head + printable(told)
            continue
        lines = textwrap.wrap(
            printable(told), width - len(head), break_long_words=False, break_on_hyphens=False
        )
        yield finding.level, head + ("\n" + " " * len(head)).join(lines)


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
            "check": finding.check,
            "level": str(finding.level),
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
    return {level: sum(1 for one in findings if one.level == level) for level in LEVELS}
