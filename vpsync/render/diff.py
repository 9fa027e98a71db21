"""A preview for people: what would be done to each resource, field by field, and what it does to jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Cause, Change, Effect
from vpsync.redact.text import escaped, printable
from vpsync.render.layout import Paint, Piece, Style, terminal_width
from vpsync.render.report import Report
from vpsync.render.rows import STATE_LOST, Row, planned_in, planned_word, reason_in_words
from vpsync.render.table import platform_of, print_closing, reason_of, resource
from vpsync.render.values import KEPT, ShownField, shown_field

ACTIONS = {
    Action.CREATE: ("+", Style.ADDED),
    Action.UPDATE: ("~", Style.CHANGED),
    Action.ADOPT: ("=", Style.TAKEN),
    Action.DELETE: ("-", Style.REMOVED),
}

WIDTH_OF_A_PIPE = 160
"""Columns where there is no terminal to ask."""

_EFFECTS = {
    Effect.START: ("job: start", Style.ADDED),
    Effect.STOP: ("job: stop", Style.REMOVED),
    Effect.RESTART_WITH_SAVEPOINT: ("! restart-with-savepoint", Style.CARE),
    Effect.RESTART_WITHOUT_SAVEPOINT: ("!! restart-without-savepoint", Style.DANGER),
}

_SIGNS = {"+": Style.ADDED, "-": Style.REMOVED, "~": Style.CHANGED}
_DIFF = {"+": Style.ADDED, "-": Style.REMOVED, "@": Style.DIM}


def print_diff(report: Report, out: IO[str], *, color: bool) -> None:
    """Prints a block for each resource with something to tell, and the summary line."""
    width = terminal_width(out)
    paint = Paint(width or WIDTH_OF_A_PIPE, color=color and width is not None)
    blocks = ("\n".join(_block(row, paint)) for row in report.rows())
    out.write("".join(f"{block}\n\n" for block in blocks))
    print_closing(report, out)


def _block(row: Row, paint: Paint) -> Iterator[str]:
    change = planned_in(row.result)
    if change is not None:
        yield from _change(row, change, paint)
        return
    style = Style.CHANGED if row.what in ("waiting", "not ready") else Style.DANGER
    style = Style.REMOVED if row.what == "released" else style
    head = [("· ", style), (row.what, style), (f" {resource(row.result)}", Style.BOLD)]
    yield from paint.lines(head)
    yield from paint.lines([(reason_of(row), Style.PLAIN)], indent=4, hang=0)


def _change(row: Row, change: Change, paint: Paint) -> Iterator[str]:
    sign, style = ACTIONS[change.action]
    is_put_off = change is not row.result.decision
    head: list[Piece] = [
        (f"{sign} ", style),
        (f"{row.what}: {planned_word(change)}" if is_put_off else planned_word(change), style),
        (f" {resource(row.result)}", Style.BOLD),
        (f"  {change.cause.value}", Style.CARE if change.cause is Cause.DRIFT else Style.DIM),
    ]
    if change.effect in _EFFECTS:
        text, effect = _EFFECTS[change.effect]
        head += [("  ", Style.PLAIN), (text, effect)]
    if change.loses_state:
        head += [("  ", Style.PLAIN), (f"!! {STATE_LOST}", Style.DANGER)]
    yield from paint.lines(head)
    waits = f"; {change.waits}" if change.waits else ""
    is_named = BY_NAME[change.platform.kind].named
    prefix = f"in VVP {platform_of(row.result)}: " if is_named else ""
    reason = f"{prefix}{reason_in_words(change)}{waits}"
    yield from paint.lines([(printable(reason), Style.DIM)], indent=4, hang=0)
    if change.held_by:
        yield from paint.lines(
            [(f"beyond a brake: {change.held_by}", Style.CARE)], indent=4, hang=0
        )
    if is_put_off:
        yield from paint.lines([(reason_of(row), Style.CARE)], indent=4, hang=0)
    for item in change.fields:
        yield from _field(shown_field(item), paint)
    for path in change.unmanaged_pointers:
        kept: list[Piece] = [("= ", Style.TAKEN), (f"{escaped(path)}: {KEPT}", Style.PLAIN)]
        yield from paint.lines(kept, indent=4)


def _field(item: ShownField, paint: Paint) -> Iterator[str]:
    style = _SIGNS[item.sign]
    head: list[Piece] = [(f"{item.sign} ", style), (f"{item.pointer}:", Style.PLAIN)]
    if item.lines:
        yield from paint.lines(head, indent=4)
        for line in item.lines:
            text = line if line[0] == "@" else f"{line[0]} {line[1:]}"
            yield from paint.lines([(text, _DIFF.get(line[0], Style.PLAIN))], indent=8, hang=2)
        return
    sides: list[Piece] = [(f" {item.before or item.after}", style)]
    if item.sign == "~":
        sides = [(f" {item.before}", Style.REMOVED), (" → ", Style.DIM), (item.after, Style.ADDED)]
    if item.sign != "~" or paint.fits("".join(text for text, _ in head + sides), indent=4):
        yield from paint.lines(head + sides, indent=4)
        return
    yield from paint.lines(head, indent=4)
    yield from paint.lines([(f"- {item.before}", Style.REMOVED)], indent=8, hang=2)
    yield from paint.lines([(f"+ {item.after}", Style.ADDED)], indent=8, hang=2)
