"""Where the fields of a document are written.

A pass has no need of it, so texts are read without; a text in which something is wrong is read again
by :func:`positions`, from the same events of the parser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml

from vpsync.model.json import pointer
from vpsync.source.documents import PARSER

Place = tuple[int, int]
"""Line and column, from 1."""


class Positions:
    """Of one document: where the field at a JSON pointer begins."""

    def __init__(self, places: dict[str, Place]) -> None:
        self._places = places

    def of(self, path: str) -> Place:
        """Line and column of the field's key, or of a list's item.

        A field that is missing has the place of the one around it. So has one that an alias or a
        merge key brings in: what it is part of is written there.
        """
        while path and path not in self._places:
            path = path.rpartition("/")[0]
        return self._places.get(path, (1, 1))


def positions(text: str, count: int) -> list[Positions]:
    """Of the first ``count`` documents of a text; fewer where it cannot be read that far.

    A JSON text is read as YAML here, and the few that are none (a surrogate pair in an escape) have
    no positions.
    """
    found: list[Positions] = []
    try:
        found.extend(islice(_documents(yaml.parse(text, Loader=PARSER)), count))
    except yaml.YAMLError:
        return found
    return found


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    path: str
    is_map: bool
    items: int = 0
    """Of a list: how many were read."""
    key: str | None = None
    """Of a map: the key whose value comes next."""


def _documents(events: Iterable[Any]) -> Iterator[Positions]:
    places: dict[str, Place] = {}
    around: list[_Open] = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            places, around = {}, []
        elif isinstance(event, yaml.DocumentEndEvent):
            yield Positions(places)
        elif isinstance(event, yaml.CollectionEndEvent):
            around.pop()
        elif isinstance(event, yaml.NodeEvent):
            _take(event, around, places)


def _take(event: Any, around: list[_Open], places: dict[str, Place]) -> None:
    """Notes where a key, an item or the document begins."""
    place = (event.start_mark.line + 1, event.start_mark.column + 1)
    holder = around[-1] if around else None
    if holder and holder.is_map and holder.key is None:
        holder.key = event.value
        places[holder.path + pointer((event.value,))] = place
        return
    path = _path(holder) if holder else ""
    places.setdefault(path, place)
    if isinstance(event, yaml.CollectionStartEvent):
        around.append(_Open(path, isinstance(event, yaml.MappingStartEvent)))


def _path(holder: _Open) -> str:
    """The path of the value that comes next in a collection."""
    if holder.is_map:
        key, holder.key = str(holder.key), None
        return holder.path + pointer((key,))
    holder.items += 1
    return f"{holder.path}/{holder.items - 1}"
