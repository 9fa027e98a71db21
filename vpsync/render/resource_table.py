"""Rows of resources as columns of text, as kubectl prints them.

Lines are never folded. Where a terminal is too narrow for all columns, the status is cut, and then the
least important ones are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vpsync.model.reasons import Reason
from vpsync.model.timestamps import seconds
from vpsync.redact.text import printable
from vpsync.render.layout import GAP, aligned, column_widths, cut
from vpsync.render.resources import ResourceRow

NOTHING = "-"
"""Stands in an empty cell, so that columns can be told apart by spaces."""

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
"""Cells of a status where no terminal says how many there is room for."""
_LEAST_STATUS = 24
"""Cells of a status below which it says nothing; rather another column is left out."""

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
class Columns:
    """Which columns there are, and how wide; further rows may follow in the same columns."""

    names: tuple[str, ...]
    widths: tuple[int, ...]
    """In terminal cells, as the limit."""
    limit: int | None = None
    """Cells that a status may have; None where it is shown whole."""

    def header(self) -> str:
        """The line with the titles."""
        return aligned(_titles(self.names), self.widths)

    def line(self, row: ResourceRow, now: datetime) -> str:
        """The line of one resource."""
        texts = _texts(self.names, row, now)
        return aligned(list(map(self._fitted, self.names, texts)), self.widths)

    def _fitted(self, name: str, text: str) -> str:
        return cut(text, self.limit) if name == "STATUS" and self.limit else text


def columns_for(
    rows: Sequence[ResourceRow],
    now: datetime,
    *,
    one_namespace: bool,
    one_kind: bool,
    wide: bool,
    width: int | None,
) -> Columns:
    """The columns for these rows; ``width`` is a terminal's, None means that there is none."""
    name = "NAME" if one_kind else "RESOURCE"
    first = (name,) if one_namespace else ("NAMESPACE", name)
    names = [*first, *(_WIDE if wide else _SHOWN)]
    widths = _widths([*names, "SHORT"], rows, now)
    if wide:
        return Columns(tuple(names), tuple(widths[name] for name in names))
    limit = STATUS_LIMIT
    if width is not None:
        for spared in _SPARED:
            if _rest(names, widths, width) >= _LEAST_STATUS:
                break
            names = _without(names, spared)
        limit = max(_rest(names, widths, width), _LEAST_STATUS)
    widths["STATUS"] = min(widths["STATUS"], limit)
    return Columns(tuple(names), tuple(widths[name] for name in names), limit)


def _rest(names: Sequence[str], widths: Mapping[str, int], width: int) -> int:
    """How many cells of a line the other columns leave to the status."""
    return width - sum(widths[name] + len(GAP) for name in names if name != "STATUS")


def _without(names: list[str], spared: str) -> list[str]:
    if spared == "RESOURCE":
        return ["SHORT" if name == spared else name for name in names]
    return [name for name in names if name != spared]


def _titles(names: Sequence[str]) -> list[str]:
    return ["RESOURCE" if name == "SHORT" else name for name in names]


def table(
    rows: Sequence[ResourceRow], columns: Columns, now: datetime, *, header: bool = True
) -> Iterator[str]:
    """The lines of a table."""
    if header:
        yield columns.header()
    for row in rows:
        yield columns.line(row, now)


def _widths(names: Sequence[str], rows: Sequence[ResourceRow], now: datetime) -> dict[str, int]:
    texts = [_titles(names), *(_texts(names, row, now) for row in rows)]
    return dict(zip(names, column_widths(texts), strict=True))


def _status(row: ResourceRow) -> str:
    """The reason and the message; of what is well the message alone, which says so."""
    if row.reason == Reason.Succeeded.name:
        return row.message
    return f"{row.reason}: {row.message}" if row.message else row.reason


def _texts(names: Sequence[str], row: ResourceRow, now: datetime) -> list[str]:
    return [printable(_CELLS[name](row, now)) or NOTHING for name in names]


def age(created: str, now: datetime) -> str:
    """How long ago that was, as kubectl says it: ``45s``, ``3m20s``, ``5h``, ``12d``."""
    since = seconds(created)
    if since is None:
        return ""
    past = max(0, int(now.timestamp() - since))
    unit, letter, rest, of_rest = next(form for limit, form in _AGES if past < limit)
    small = past % unit // rest if rest else 0
    return f"{past // unit}{letter}" + (f"{small}{of_rest}" if small else "")
