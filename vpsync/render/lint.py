"""The verdict of an offline check: lines for people and editors, JSON, and annotations for GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from vpsync import __version__
from vpsync.model.finding import Finding, Place, Severity, Verdict
from vpsync.model.json import Json
from vpsync.model.phrases import counted
from vpsync.model.releases import shown_release
from vpsync.redact.output import safe_text
from vpsync.redact.text import printable
from vpsync.render.json import FORMAT_VERSION, json_text
from vpsync.render.layout import Paint, Piece, Style

_STYLES = {Severity.WARNING: Style.CHANGED, Severity.ERROR: Style.REMOVED}


def verdict_as_text(verdict: Verdict, *, color: bool = False) -> str:
    """One line for each finding, ``file:line:column: path: message``, and a line that sums up.

    Lines are not folded, as editors read them, too; ``color`` gives path and severity theirs.
    """
    paint = Paint(None, color=color)
    lines = [line for finding in verdict.findings for line in paint.lines(_pieces(finding))]
    lines += [f"and {verdict.untold:,} more"] if verdict.untold else []
    return "".join(f"{line}\n" for line in (*lines, summary(verdict)))


def _pieces(finding: Finding) -> list[Piece]:
    at, style = _place(finding), _STYLES[finding.severity]
    word = f"{finding.severity}: " if finding.severity is Severity.WARNING else ""
    return [
        (f"{printable(at.file)}:{at.line}:{at.column}: ", Style.PLAIN),
        (printable(finding.subject or "/"), style),
        (": ", Style.PLAIN),
        (word, style),
        (printable(finding.text), Style.PLAIN),
    ]


def _place(finding: Finding) -> Place:
    assert finding.place is not None, "an offline check finds everything in files"
    return finding.place


def verdict_as_json(verdict: Verdict) -> str:
    """The findings as data, its keys in a fixed order, one finding a line."""
    return json_text(
        {
            "formatVersion": FORMAT_VERSION,
            "tool": f"vpsync/{__version__}",
            "findings": [_as_json(finding) for finding in verdict.findings],
            "summary": {
                "files": verdict.files,
                "resources": verdict.resources,
                "skipped": verdict.skipped,
                "errors": verdict.count(Severity.ERROR),
                "warnings": verdict.count(Severity.WARNING),
                "needs": shown_release(verdict.needed.release) if verdict.needed else None,
            },
        }
    )


def _as_json(finding: Finding) -> dict[str, Json]:
    at = _place(finding)
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


def verdict_for_github(verdict: Verdict) -> str:
    """A workflow command for each finding, which GitHub shows beside the line of the pull request.

    Escaping as in GitHub's own toolkit (actions/toolkit, packages/core/src/command.ts).
    """
    return "".join(f"{command}\n" for command in _commands(verdict))


def _commands(verdict: Verdict) -> Iterator[str]:
    for finding in verdict.findings:
        at = _place(finding)
        place = f"file={_property(at.file)},line={at.line},col={at.column}"
        text = _data(f"{finding.subject or '/'}: {finding.text}")
        yield f"::{finding.severity} {place}::{text}"


def _data(text: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return safe_text(text, at_start=False)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(verdict: Verdict) -> str:
    """How much was looked at, what was found, and which VVP has all of the fields."""
    errors, warnings = verdict.count(Severity.ERROR), verdict.count(Severity.WARNING)
    found = ", ".join(
        counted(number, noun)
        for number, noun in ((errors, "error"), (warnings, "warning"))
        if number
    )
    looked = f"{counted(verdict.resources, 'resource')} in {counted(verdict.files, 'file')}"
    skipped = f" ({counted(verdict.skipped, 'document')} of other kinds)" if verdict.skipped else ""
    checked = f"Checked {looked}{skipped}: {found or 'no problems'}."
    if verdict.needed is None:
        return checked
    release = shown_release(verdict.needed.release)
    return f"{checked} They need VVP {release} or newer, for {printable(verdict.needed.field)}."
