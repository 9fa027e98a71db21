"""The report of an offline check: lines for people and editors, JSON, and annotations for GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from vpsync import __version__
from vpsync.model.finding import Finding, LintReport, Severity, SourceLocation
from vpsync.model.json import Json
from vpsync.model.phrases import counted
from vpsync.model.releases import shown_release
from vpsync.redact.output import safe_text
from vpsync.redact.text import printable
from vpsync.render.json import FORMAT_VERSION, json_text
from vpsync.render.layout import Paint, Piece, Style

_STYLES = {Severity.WARNING: Style.CHANGED, Severity.ERROR: Style.REMOVED}


def lint_as_text(report: LintReport, *, color: bool = False) -> str:
    """One line for each finding, ``file:line:column: path: message``, and a line that sums up.

    Lines are not folded, as editors read them, too; ``color`` gives path and severity theirs.
    """
    paint = Paint(None, color=color)
    lines = [line for finding in report.findings for line in paint.lines(_pieces(finding))]
    lines += [f"and {report.untold:,} more"] if report.untold else []
    return "".join(f"{line}\n" for line in (*lines, summary(report)))


def _pieces(finding: Finding) -> list[Piece]:
    at, style = _location(finding), _STYLES[finding.severity]
    word = f"{finding.severity}: " if finding.severity is Severity.WARNING else ""
    return [
        (f"{printable(at.file)}:{at.line}:{at.column}: ", Style.PLAIN),
        (printable(finding.subject or "/"), style),
        (": ", Style.PLAIN),
        (word, style),
        (printable(finding.text), Style.PLAIN),
    ]


def _location(finding: Finding) -> SourceLocation:
    assert finding.location is not None, "an offline check finds everything in files"
    return finding.location


def lint_as_json(report: LintReport) -> str:
    """The findings as data, its keys in a fixed order, one finding a line."""
    return json_text(
        {
            "formatVersion": FORMAT_VERSION,
            "tool": f"vpsync/{__version__}",
            "findings": [_as_json(finding) for finding in report.findings],
            "summary": {
                "files": report.files,
                "resources": report.resources,
                "skipped": report.skipped,
                "errors": report.count(Severity.ERROR),
                "warnings": report.count(Severity.WARNING),
                "needs": shown_release(report.needed.release) if report.needed else None,
            },
        }
    )


def _as_json(finding: Finding) -> dict[str, Json]:
    at = _location(finding)
    key = at.resource
    return {
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "path": finding.subject,
        "severity": str(finding.severity),
        "message": finding.text,
        "kind": key.kind if key else None,
        "namespace": key.namespace if key else None,
        "name": key.name if key else None,
    }


def lint_for_github(report: LintReport) -> str:
    """A workflow command for each finding, which GitHub shows beside the line of the pull request.

    Escaping as in GitHub's own toolkit (actions/toolkit, packages/core/src/command.ts).
    """
    return "".join(f"{command}\n" for command in _commands(report))


def _commands(report: LintReport) -> Iterator[str]:
    for finding in report.findings:
        at = _location(finding)
        location = f"file={_property(at.file)},line={at.line},col={at.column}"
        text = _data(f"{finding.subject or '/'}: {finding.text}")
        yield f"::{finding.severity} {location}::{text}"


def _data(text: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return safe_text(text, at_start=False)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(report: LintReport) -> str:
    """How much was looked at, what was found, and which VVP has all of the fields."""
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    problems = ", ".join(
        counted(number, noun)
        for number, noun in ((errors, "error"), (warnings, "warning"))
        if number
    )
    looked = f"{counted(report.resources, 'resource')} in {counted(report.files, 'file')}"
    skipped = f" ({counted(report.skipped, 'document')} of other kinds)" if report.skipped else ""
    checked = f"Checked {looked}{skipped}: {problems or 'no problems'}."
    if report.needed is None:
        return checked
    release = shown_release(report.needed.release)
    return f"{checked} They need VVP {release} or newer, for {printable(report.needed.field)}."
