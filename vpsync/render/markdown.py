"""The report as Markdown, made to be a comment on a pull request.

First the closing line and what happens to jobs, then a table with a row for each resource, then the
details, folded. In the table lost state, deletions and restarts without a savepoint stand first. What is
shown is text, never markup: no value can end its fence, open a tag, mention somebody or link to an issue.
GitHub takes 65,536 characters; what goes beyond is left out, and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from vpsync.model.change import Action, Change, Effect
from vpsync.model.decision import Blocked
from vpsync.model.phrases import counted
from vpsync.model.reasons import Reason
from vpsync.redact.text import escaped, markdown_text
from vpsync.render.layout import brief
from vpsync.render.report import Report
from vpsync.render.rows import STATE_LOST, Row, planned_in, reason_in_words
from vpsync.render.table import platform_of, resource, undecided
from vpsync.render.values import KEPT, ShownField, shown_field

LIMIT = 65_536
"""Characters of a comment on GitHub; counted here in bytes, which are never fewer."""

LONGEST = 400
"""Characters of a reason."""

TABLE_LIMIT = 40_000
"""Of these, the most for the table, so that details have room too."""

_RESERVED = 600
"""Bytes kept for the note on what was left out."""

_BOLD = {Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT}


def report_as_markdown(report: Report) -> str:
    """The whole comment, at most :data:`LIMIT` characters."""
    if not report.decided:
        told = f"### vpsync\n\n{markdown_text(undecided(report))}\n"
        done = _taken(_table(report.done_alone().rows()), TABLE_LIMIT)[0]
        return f"{told}\n{done}" if done else told
    head = "\n".join(_head(report))
    # The limit cuts from the end, and never what somebody has to see.
    rows = sorted(report.rows(), key=_rank)
    table, rows_left = _taken(_table(rows), TABLE_LIMIT)
    room = LIMIT - _size(head) - _size(table) - _RESERVED
    details, details_left = _taken(_details(rows), room)
    return f"{head}{table}{details}{_note(rows_left, details_left)}".rstrip("\n") + "\n"


def _rank(row: Row) -> int:
    """What does not come back stands first: the state of a job, then an object or what a job did last."""
    change = planned_in(row.result)
    if change is None:
        decision = row.result.decision
        return 0 if isinstance(decision, Blocked) and decision.reason is Reason.StateLoss else 2
    if change.loses_state:
        return 0
    deletes = change.action is Action.DELETE and not change.leaves_in_vvp
    return 1 if deletes or change.effect is Effect.RESTART_WITHOUT_SAVEPOINT else 2


def _head(report: Report) -> Iterator[str]:
    yield f"### vpsync: {markdown_text(report.summary())}\n"
    effects = Counter(change.effect.value for change in report.changes)
    del effects[Effect.NONE.value]
    if effects:
        counted = (f"{effects[name]} {name}" for name in Effect if effects[name])
        yield f"Jobs: **{', '.join(counted)}**.\n"
    for words, lines in (
        ("Warning", report.doubts()),
        ("Held back", report.tripped),
        ("Brake passed", report.passed),
        ("Error", report.errors),
        ("Moved since the plan", report.moved),
    ):
        yield from (f"**{words}**: {markdown_text(brief(line, LONGEST))}\n" for line in lines[:20])
        if len(lines) > 20:
            yield f"and {len(lines) - 20} more.\n"
    yield ""


def _table(rows: Iterable[Row]) -> Iterator[str]:
    head = "| | resource | in VVP | job | why |\n| --- | --- | --- | --- | --- |\n"
    for row in rows:
        change = planned_in(row.result)
        effect = change.effect if change else Effect.NONE
        job = "" if effect is Effect.NONE else effect.value
        if change and change.loses_state:
            job = f"{job}, {STATE_LOST}" if job else STATE_LOST
        is_bold = effect in _BOLD or (change and change.loses_state)
        cells = (
            row.what,
            markdown_text(resource(row.result)),
            markdown_text(platform_of(row.result)),
            f"**{job}**" if is_bold else job,
            markdown_text(brief(_why(row), LONGEST)),
        )
        yield f"{head}| {' | '.join(cells)} |\n"
        head = ""


def _why(row: Row) -> str:
    """Why, with the cause; the fields stand in the details."""
    decision = row.result.decision
    if isinstance(decision, Change) and row.what not in ("failed", "skipped"):
        waits = f"; {decision.waits}" if decision.waits else ""
        return f"{decision.cause.value}: {reason_in_words(decision)}{waits}"
    return row.why


def _details(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        change = planned_in(row.result)
        if change is not None and (change.fields or change.unmanaged):
            count = counted(len(change.fields), "field")
            title = markdown_text(f"{row.what} {resource(row.result)}: {count}")
            body = "\n".join(_lines(change))
            fence = _fence(body)
            yield (
                f"\n<details><summary>{title}</summary>\n\n"
                f"{fence}diff\n{body}\n{fence}\n\n</details>\n"
            )


def _lines(change: Change) -> Iterator[str]:
    for item in change.fields:
        yield from _field(shown_field(item))
    for path in change.unmanaged_pointers:
        yield f"# {escaped(path)}: {KEPT}"


def _field(item: ShownField) -> Iterator[str]:
    if item.lines:
        yield f"  {item.pointer}:"
        yield from (line if line[0] == "@" else f"{line[0]}     {line[1:]}" for line in item.lines)
    elif item.sign == "~":
        yield f"- {item.pointer}: {item.before}"
        yield f"+ {item.pointer}: {item.after}"
    else:
        yield f"{item.sign} {item.pointer}: {item.before or item.after}"


def _fence(body: str) -> str:
    """Longer than any run of backticks in the text."""
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    return "`" * max(3, longest + 1)


def _taken(parts: Iterable[str], room: int) -> tuple[str, list[str]]:
    """The parts that fit, in order, and those that do not."""
    taken, remaining = [], []
    for part in parts:
        size = _size(part)
        if size <= room:
            taken.append(part)
            room -= size
        else:
            remaining.append(part)
    return "".join(taken), remaining


def _note(rows: list[str], details: list[str]) -> str:
    counts = [
        f"{len(parts):,} {what} ({sum(map(len, parts)):,} characters)"
        for parts, what in ((rows, "rows of the table"), (details, "folded details"))
        if parts
    ]
    if not counts:
        return ""
    shown = " and ".join(counts)
    return f"\n**Left out to stay within the comment limit**: {shown}. `vpsync diff` shows everything.\n"


def _size(text: str) -> int:
    return len(text.encode())
