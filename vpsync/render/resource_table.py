"""Rows of resources as columns of text, as kubectl prints them.

Lines are never folded. Where a terminal is too narrow for all columns, the status is cut, and then the
least important ones are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from vpsync.model.reasons import Reason
from vpsync.model.timestamps import seconds
from vpsync.redact.text import printable, shortened
from vpsync.render.resources import ResourceRow

NOTHING = "-"
"""Stands in an empty cell, so that columns can be told apart by spaces."""

GAP = "  "

Cell = Callable[[ResourceRow, datetime], str]

_CELLS: dict[str, Cell] = {
    "NAMESPACE": lambda row, now: row.key.namespace,
    "NAME": lambda row, now: row.key.name,
    "RESOURCE": lambda row, now: f"{row.key.kind.lower()}/{row.key.name}",
    "SHORT": lambda row, now: f"{row.short_kind}/{row.key.name}",
    "STATE": lambda row, now: row.state,
    "READY": lambda row, now: row.ready,
    "SYNCED": lambda row, now: row.synced,
    "STATUS": lambda row, now: _status(row),
    "DRIFT": lambda row, now: row.drift,
    "VVP": lambda row, now: str(row.platform),
    "ID": lambda row, now: row.id,
    "AGE": lambda row, now: age(row.created, now),
}

_SHOWN = ("READY", "STATUS", "STATE", "AGE")
_WIDE = ("READY", "SYNCED", "DRIFT", "STATE", "VVP", "ID", "AGE", "STATUS")
"""The whole status stands last: nothing has to line up behind it."""

STATUS_LIMIT = 60
"""Characters of a status where no terminal says how many there is room for."""
_LEAST_STATUS = 24
"""Characters of a status below which it says nothing; rather another column is left out."""

_SPARED = ("RESOURCE", "AGE", "STATE")
"""What is left out of a narrow terminal, in this order; of a resource, the kind is shortened."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_AGES: tuple[tuple[float, tuple[int, str, int, str]], ...] = (
    (2 * _MINUTE, (1, "s", 0, "")),
    (10 * _MINUTE, (_MINUTE, "m", 1, "s")),
    (3 * _HOUR, (_MINUTE, "m", 0, "")),
    (8 * _HOUR, (_HOUR, "h", _MINUTE, "m")),
    (2 * _DAY, (_HOUR, "h", 0, "")),
    (8 * _DAY, (_DAY, "d", _HOUR, "h")),
    (2 * 365 * _DAY, (_DAY, "d", 0, "")),
    (float("inf"), (365 * _DAY, "y", _DAY, "d")),
)
"""Up to how many seconds an age is told in which unit, and in which smaller one the rest of it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns there are, and how wide; further rows may follow in the same columns."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    limit: int | None = None
    """Characters that a status may have; None where it is shown whole."""

    def header(self) -> str:
        """The first line."""
        return self._line(_titles(self.columns))

    def line(self, row: ResourceRow, now: datetime) -> str:
        """One resource."""
        cells = _cells(self.columns, row, now)
        return self._line(list(map(self._fitted, self.columns, cells)))

    def _line(self, cells: Sequence[str]) -> str:
        padded = (f"{cell:<{width}}" for cell, width in zip(cells, self.widths, strict=True))
        return GAP.join(padded).rstrip()

    def _fitted(self, name: str, cell: str) -> str:
        return shortened(cell, self.limit) if name == "STATUS" and self.limit else cell


def layout(
    rows: Sequence[ResourceRow],
    now: datetime,
    *,
    one_namespace: bool,
    one_kind: bool,
    wide: bool,
    width: int | None,
) -> Layout:
    """The columns for these rows; ``width`` is a terminal's, None means that there is none."""
    names = ("NAME" if one_kind else "RESOURCE",)
    first = names if one_namespace else ("NAMESPACE", *names)
    if wide:
        columns = [*first, *_WIDE]
        return Layout(tuple(columns), _widths(columns, rows, now))
    columns = [*first, *_SHOWN]
    for spared in _SPARED:
        if width is None or _rest(columns, rows, now, width) >= _LEAST_STATUS:
            break
        columns = _without(columns, spared)
    limit = STATUS_LIMIT if width is None else max(_rest(columns, rows, now, width), _LEAST_STATUS)
    widths = zip(columns, _widths(columns, rows, now), strict=True)
    fitted = tuple(min(one, limit) if name == "STATUS" else one for name, one in widths)
    return Layout(tuple(columns), fitted, limit)


def _rest(columns: Sequence[str], rows: Sequence[ResourceRow], now: datetime, width: int) -> int:
    """How many characters of a line the other columns leave to the status."""
    widths = zip(columns, _widths(columns, rows, now), strict=True)
    return width - sum(one + len(GAP) for name, one in widths if name != "STATUS")


def _without(columns: list[str], spared: str) -> list[str]:
    if spared == "RESOURCE":
        return ["SHORT" if name == spared else name for name in columns]
    return [name for name in columns if name != spared]


def _titles(columns: Sequence[str]) -> list[str]:
    return ["RESOURCE" if name == "SHORT" else name for name in columns]


def table(
    rows: Sequence[ResourceRow], columns: Layout, now: datetime, *, header: bool = True
) -> Iterator[str]:
    """The lines of a table."""
    if header:
        yield columns.header()
    for row in rows:
        yield columns.line(row, now)


def _widths(columns: Sequence[str], rows: Sequence[ResourceRow], now: datetime) -> tuple[int, ...]:
    lines = [_titles(columns), *(_cells(columns, row, now) for row in rows)]
    return tuple(max(map(len, column)) for column in zip(*lines, strict=True))


def _status(row: ResourceRow) -> str:
    """The reason and the message; of what is well the message alone, which says so."""
    if row.reason == Reason.Succeeded.name:
        return row.message
    return f"{row.reason}: {row.message}" if row.message else row.reason


def _cells(columns: Sequence[str], row: ResourceRow, now: datetime) -> list[str]:
    return [printable(_CELLS[name](row, now)) or NOTHING for name in columns]


def age(created: str, now: datetime) -> str:
    """How long ago that was, as kubectl says it: ``45s``, ``3m20s``, ``5h``, ``12d``."""
    since = seconds(created)
    if since is None:
        return ""
    past = max(0, int(now.timestamp() - since))
    unit, letter, rest, of_rest = next(form for limit, form in _AGES if past < limit)
    small = past % unit // rest if rest else 0
    return f"{past // unit}{letter}" + (f"{small}{of_rest}" if small else "")
