"""The report for people: a table of what happened and why, then the summary line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, InSync, Unreadable
from vpsync.model.outcome import Result
from vpsync.model.reasons import Reason
from vpsync.redact.text import printable, shortened
from vpsync.render.layout import GAP, Paint, Style, aligned, column_widths, padded, terminal_width
from vpsync.render.report import Report
from vpsync.render.rows import Row

NARROW = 120
"""Columns below which the reason stands on a line of its own, under the resource."""

LEAST_REASON = 24
"""Columns that a reason beside long names must have; else it stands under the resource, too."""

LONGEST_REASON = 2000
"""Characters of a reason in a table or preview."""

_TITLES = ("ACTION", "RESOURCE", "VVP")

_STYLES = {
    "create": Style.ADDED, "created": Style.ADDED, "update": Style.CHANGED, "changed": Style.CHANGED,
    "adopt": Style.TAKEN, "adopted": Style.TAKEN, "delete": Style.REMOVED, "deleted": Style.REMOVED,
    "released": Style.REMOVED, "held": Style.CHANGED,
    "failed": Style.BAD, "stalled": Style.BAD, "invalid": Style.BAD, "unknown": Style.BAD,
}  # fmt: skip


def print_report(report: Report, out: IO[str], *, color: bool) -> None:
    """Prints the table, where there is anything to tell, and the summary line.

    Without a terminal a resource has one line, however long: what reads a pipe or a pod's log wraps lines
    itself.
    """
    width = terminal_width(out)
    if rows := report.rows():
        for line in _table(rows, Paint(width, color=color and width is not None)):
            print(line, file=out)
        print(file=out)
    print_closing(report, out)


def print_closing(report: Report, out: IO[str]) -> None:
    """Prints what is said of the pass as a whole; the summary line is the last one."""
    if report.moved and not report.applied:
        text = "the plan no longer matches, so nothing was done; write a new one: vpsync diff --plan-out FILE"
        print(text, file=out)
    for doubt in report.doubts():
        print(f"warning: {printable(doubt)}", file=out)
    for brake in report.tripped:
        print(f"held back: {brake}", file=out)
    for brake in report.passed:
        print(f"brake passed: {brake}", file=out)
    for error in report.errors:
        print(f"error: {printable(error)}", file=out)
    for difference in report.moved:
        print(f"moved since the plan: {printable(difference)}", file=out)
    print(report.summary(), file=out)


def undecided(report: Report) -> str:
    """Why a pass could decide nothing, in one line, and what to look at."""
    if report.interrupted:
        # Whoever ended the run knows why; VVP and the settings had no part in it.
        return interrupted(report)
    if report.errors and not report.results:
        return f"nothing could be decided: {printable(report.errors[0])}"
    messages = [
        decision.message
        for decision in (result.decision for result in report.results)
        if isinstance(decision, Unreadable)
        or (isinstance(decision, Blocked) and is_refusal(decision))
    ]
    first = printable(messages[0]) if messages else "no list arrived"
    # VVP's own words are quoted as they are, some of them with a full stop.
    goes_on = " Check" if first.endswith(".") else "; check"
    nothing = "nothing more" if report.applied_changes else "nothing"
    return (
        f"{nothing} could be decided, VVP at {report.vvp_url} cannot be read: {first}{goes_on} --vvp-url, "
        "the edition and the tokens"
    )


def interrupted(report: Report) -> str:
    """That somebody ended the run, and what becomes of what it did."""
    if report.applied_changes:
        return "interrupted; what was sent goes on in VVP"
    if report.lost_answers:
        return "interrupted; what was sent may go on in VVP"
    return f"interrupted; {'nothing was changed' if report.decided else 'nothing was decided'}"


def is_refusal(decision: Decision) -> bool:
    """Whether VVP refused the credentials."""
    return isinstance(decision, Blocked) and decision.reason is Reason.Unauthorized


def reason_of(row: Row) -> str:
    """Why, for people: VVP may quote a whole stack trace, which the status and the JSON have."""
    return shortened(printable(row.why), LONGEST_REASON)


def _table(rows: Sequence[Row], paint: Paint) -> Iterator[str]:
    """The lines of the table: reasons fold in their column, or where it is narrow under the resource."""
    texts = [(row.what, resource(row.result), printable(platform_of(row.result))) for row in rows]
    widths = column_widths([_TITLES, *texts])
    hang = sum(width + len(GAP) for width in widths)
    if paint.width is not None and (paint.width < NARROW or paint.width < hang + LEAST_REASON):
        yield from _stacked(rows, widths[0] + len(GAP), paint)
        return
    yield from paint.lines([(aligned((*_TITLES, "WHY"), (*widths, 0)), Style.BOLD)])
    for row, cells in zip(rows, texts, strict=True):
        what, *others = (
            padded(text, width) + GAP for text, width in zip(cells, widths, strict=True)
        )
        rest = "".join((*others, reason_of(row)))
        yield from paint.lines([(what, _style(row)), (rest, Style.PLAIN)], hang=hang)


def _stacked(rows: Sequence[Row], hang: int, paint: Paint) -> Iterator[str]:
    """Two columns, the reason of each resource below its name."""
    yield from paint.lines([(padded(_TITLES[0], hang) + "RESOURCE, AND WHY", Style.BOLD)])
    for row in rows:
        head = [(padded(row.what, hang), _style(row)), (resource(row.result), Style.PLAIN)]
        yield from paint.lines(head, hang=hang)
        yield from paint.lines([(reason_of(row), Style.DIM)], indent=hang, hang=0)


def _style(row: Row) -> Style:
    return _STYLES.get(row.what, Style.PLAIN)


def resource(result: Result) -> str:
    """Kind, Kubernetes namespace and name of a resource."""
    key = result.manifest.key
    return f"{key.kind} {printable(key.namespace)}/{printable(key.name)}"


def platform_of(result: Result) -> str:
    """VVP namespace and name of the object that a resource stands for; empty where it has none."""
    decision = result.decision
    if isinstance(decision, (Change, Blocked, Unreadable)) and decision.platform is not None:
        return str(decision.platform)
    if isinstance(decision, InSync):
        return str(decision.desired.platform)
    return ""
