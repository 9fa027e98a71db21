"""The report for people: a table of what happened and why, then the summary line."""

from __future__ import annotations

from typing import IO

from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, InSync, Unreadable
from vpsync.model.outcome import Result
from vpsync.model.reasons import Reason
from vpsync.redact.text import printable, shortened
from vpsync.render.paint import cells
from vpsync.render.report import Report
from vpsync.render.rows import Row

NARROW = 120
"""Columns below which the reason stands on a line of its own, under the resource."""

LONGEST_REASON = 2000
"""Characters of a reason in a table or preview."""

_STYLES = {
    "create": "green", "created": "green", "update": "yellow", "changed": "yellow",
    "adopt": "cyan", "adopted": "cyan", "delete": "red", "deleted": "red", "released": "red",
    "held": "yellow",
    "failed": "bold red", "stalled": "bold red", "invalid": "bold red", "unknown": "bold red",
}  # fmt: skip


def print_report(report: Report, out: IO[str], *, color: bool) -> None:
    """Prints the table, where there is anything to tell, and the summary line."""
    rows = report.rows()
    if rows and out.isatty():
        _print_table(rows, out, color=color)
    elif rows:
        _print_lines(rows, out)
    if rows:
        print(file=out)
    print_closing(report, out)


def print_closing(report: Report, out: IO[str]) -> None:
    """Prints what is said of the pass as a whole; the summary line is the last one."""
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
    if report.errors and not report.results:
        return f"nothing could be decided: {printable(report.errors[0])}"
    told = [
        decision.message
        for decision in (result.decision for result in report.results)
        if isinstance(decision, Unreadable)
        or (isinstance(decision, Blocked) and is_refusal(decision))
    ]
    first = printable(told[0]) if told else "no list arrived"
    # VVP's own words are quoted as they are, some of them with a full stop.
    goes_on = " Check" if first.endswith(".") else "; check"
    return (
        f"nothing could be decided, VVP at {report.vvp_url} cannot be read: {first}{goes_on} --vvp-url, the "
        "edition and the tokens"
    )


def is_refusal(decision: Decision) -> bool:
    """Whether VVP refused the credentials."""
    return isinstance(decision, Blocked) and decision.reason is Reason.Unauthorized


def reason_of(row: Row) -> str:
    """Why, for people: VVP may quote a whole stack trace, which the status and the JSON have."""
    return shortened(printable(row.why), LONGEST_REASON)


def _print_lines(rows: list[Row], out: IO[str]) -> None:
    """A line for each resource, however long: what reads a pipe or a pod's log wraps lines itself."""
    lines = [("ACTION", "RESOURCE", "VVP", "WHY")]
    lines += [
        (row.what, resource(row.result), printable(platform_of(row.result)), reason_of(row))
        for row in rows
    ]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (
            text + " " * (width - cells(text)) for text, width in zip(line, widths, strict=True)
        )
        print("  ".join(padded).rstrip(), file=out)


def _print_table(rows: list[Row], out: IO[str], *, color: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, no_color=not color, highlight=False, force_terminal=color)
    narrow = console.width < NARROW
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("ACTION", no_wrap=True)
    table.add_column("RESOURCE" if not narrow else "RESOURCE, AND WHY", overflow="fold")
    if not narrow:
        table.add_column("VVP", overflow="fold")
        table.add_column("WHY", overflow="fold", ratio=1)
    for row in rows:
        what = Text(row.what, style=_STYLES.get(row.what, ""))
        if narrow:
            table.add_row(what, Text(resource(row.result)))
            table.add_row("", Text(reason_of(row), style="dim"))
            continue
        place, why = printable(platform_of(row.result)), reason_of(row)
        table.add_row(what, Text(resource(row.result)), Text(place), Text(why))
    console.print(table)


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
