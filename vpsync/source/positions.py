"""Where the fields of a document are written.

A pass has no need of it, so texts are read without; a text in which something is wrong is read again
by :func:`positions`, by the same machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

from vpsync.source.documents import built_documents
from vpsync.source.events import Position, UnreadableDocument

Positions = Mapping[str, Position]
"""Of one document: where the field at a JSON pointer begins."""


def place_in(places: Positions, path: str) -> Position:
    """Line and column of the field's key, or of a list's item.

    A field that is missing has the place of the one around it. So has one that an alias or a merge key
    brings in: what it is part of is written there.
    """
    while path and path not in places:
        path = path.rpartition("/")[0]
    return places.get(path, (1, 1))


def positions(text: str, numbers: Collection[int]) -> dict[int, Positions]:
    """Of the documents of a text with these numbers, from 0; without those that cannot be read.

    A JSON text is read as YAML here, and the few that are none (a surrogate pair in an escape) have
    no positions.
    """
    by_number: dict[int, Positions] = {}
    last = max(numbers, default=-1)
    try:
        for number, built in enumerate(islice(built_documents(text, places=True), last + 1)):
            if number in numbers:
                by_number[number] = built.places
    except UnreadableDocument:
        return by_number
    return by_number
