"""Findings for people, one a line, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vpsync import __version__
from vpsync.model.finding import Finding, Severity
from vpsync.model.json import Json
from vpsync.model.phrases import counted
from vpsync.redact.text import printable
from vpsync.render.layout import GAP, Paint, Style, column_widths, padded

LEVELS = {Severity.OK: "ok", Severity.WARNING: "warning", Severity.ERROR: "failure"}
"""What ``doctor`` calls them: its checks fail, the manifests of a lint have errors."""

LEAST_TEXT = 20
"""Columns for what is said of a subject, below which it stands under it."""

_STYLES = {Severity.OK: Style.ADDED, Severity.WARNING: Style.CHANGED, Severity.ERROR: Style.REMOVED}


def finding_lines(
    findings: Sequence[Finding], width: int | None, *, color: bool = False
) -> Iterator[str]:
    """The lines of the findings, folded to a terminal's width; None folds nothing."""
    paint = Paint(width, color=color)
    rows = [(LEVELS[finding.severity], printable(finding.subject)) for finding in findings]
    level_width, subject_width = column_widths([*((level, "") for level in LEVELS.values()), *rows])
    hang = level_width + subject_width + 2 * len(GAP)
    narrow = not paint.fits(" " * LEAST_TEXT, hang)
    for finding, (level, subject) in zip(findings, rows, strict=True):
        text = finding.text + (f"; next: {finding.next_step}" if finding.next_step else "")
        if narrow:
            # What was looked at, and below it what is said of it.
            yield from paint.lines(
                [(level, _STYLES[finding.severity]), (GAP + subject, Style.PLAIN)], hang=2
            )
            yield from paint.lines([(printable(text), Style.PLAIN)], indent=2, hang=0)
            continue
        rest = padded(subject, subject_width) + GAP + printable(text)
        head = (padded(level, level_width) + GAP, _STYLES[finding.severity])
        yield from paint.lines([head, (rest, Style.PLAIN)], hang=hang)


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
