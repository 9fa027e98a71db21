"""Follows the resources of a cluster by listing them again and again: it needs no right to watch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from vpsync.errors import ClusterError
from vpsync.model.resource import ResourceKey
from vpsync.render.resources import GONE, ResourceRow

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""

Read = Callable[[], tuple[Sequence[ResourceRow], Sequence[str]]]
"""The rows that there are, and what could not be read, in words."""


def changes(
    read: Read, stop: threading.Event, pause: float = PAUSE
) -> Iterator[Sequence[ResourceRow]]:
    """All rows first, then those that changed, came or went; ends when ``stop`` is set.

    What a look could not read is no row that is gone. Only the first look may raise.
    """
    rows, troubles = read()
    last = {row.key: row for row in rows}
    yield rows
    while not stop.wait(pause):
        before = troubles
        try:
            rows, troubles = read()
        except ClusterError as error:
            rows, troubles = (), (str(error),)
        for text in troubles:
            if text not in before:
                log.warning("%s", text)
        changed = [row for row in rows if last.get(row.key) != row]
        last |= {row.key: row for row in changed}
        gone = [] if troubles else _gone(last, rows)
        if changed or gone:
            yield [*changed, *gone]


def _gone(last: dict[ResourceKey, ResourceRow], rows: Sequence[ResourceRow]) -> list[ResourceRow]:
    """The rows that are no more, taken out of what is known."""
    there = {row.key for row in rows}
    lost = [last.pop(key) for key in [*last] if key not in there]
    return [
        replace(one, state=GONE, reason=GONE, message="", ready="", synced="", drift="")
        for one in lost
    ]
