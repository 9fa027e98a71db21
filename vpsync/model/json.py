"""JSON values, and the paths that lead to them.

Inside vpsync a place in a JSON document is a tuple of keys. Lists are atomic everywhere: no path leads
into one. Towards users a path is a JSON pointer (RFC 6901).

Maps are plain dicts, as the decoder makes them: the walks here are the hot path of a pass, and to ask
for any ``Mapping`` would cost as much as the rest of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

Json = Any
"""A decoded JSON value, or :class:`KnownAfterApply` in a planned change."""

JsonObject = Mapping[str, Any]
Path = tuple[str, ...]


class KnownAfterApply:
    """The place of a value that VVP assigns while the plan is applied."""

    __slots__ = ("ref",)

    def __init__(self, ref: tuple[str, str, str]) -> None:
        self.ref = ref
        """Kind, VVP namespace and VVP name of the object whose id goes here."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownAfterApply) and other.ref == self.ref

    def __hash__(self) -> int:
        return hash(self.ref)

    def __repr__(self) -> str:
        return "(known after apply)"


class NotShown:
    """The place of a value that VVP holds and never shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(not shown by VVP)"


NOT_SHOWN = NotShown()


@lru_cache(maxsize=4096)
def pointer(path: tuple[str | int, ...]) -> str:
    """The JSON pointer of a path, which may lead into lists; empty for the whole document."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def path_from_pointer(text: str) -> Path:
    """The path of a JSON pointer; ``ValueError`` when it is none."""
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is not a JSON pointer: it must start with '/'")
    keys = text.split("/")[1:]
    if "~" not in text:
        return tuple(keys)
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in keys)


def value_at(document: Json, path: Path) -> Json:
    """The value at a path, or None when there is none."""
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def objects_in(value: Json) -> list[JsonObject]:
    """The objects in a list; none where the value is no list."""
    members = value if isinstance(value, list) else []
    return [member for member in members if isinstance(member, dict)]


def leaves(document: JsonObject, prefix: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every declared value with its path: scalars and whole lists.

    ``None`` and empty maps declare nothing and are left out.
    """
    for key, value in document.items():
        path = (*prefix, key)
        if isinstance(value, dict):
            yield from leaves(value, path)
        elif value is not None:
            yield path, value


def unlike_leaves(
    document: JsonObject, other: Json, paths: set[Path]
) -> list[tuple[Path, Json, Json]]:
    """Every leaf of ``document`` where ``other`` does not hold the very same, with what it holds.

    ``paths`` takes the paths of all leaves, in the same walk. Lists are compared as text as well, for
    ``true`` in one is not ``1`` in the other.
    """
    leaves: list[tuple[Path, Json, Json]] = []
    _pair(document, other, (), paths, leaves)
    return leaves


def _pair(
    document: JsonObject,
    other: Json,
    prefix: Path,
    paths: set[Path],
    leaves: list[tuple[Path, Json, Json]],
) -> None:
    beside = other if isinstance(other, dict) else {}
    for key, value in document.items():
        theirs = beside.get(key)
        if isinstance(value, dict):
            _pair(value, theirs, (*prefix, key), paths, leaves)
        elif value is not None:
            path = (*prefix, key)
            paths.add(path)
            same = value == theirs and type(value) is type(theirs)
            if not same or (isinstance(value, list) and repr(value) != repr(theirs)):
                leaves.append((path, value, theirs))


def merged(left: JsonObject, right: JsonObject) -> dict[str, Json]:
    """Two documents as one; ``right`` wins."""
    both = dict(left)
    for key, value in right.items():
        mine = both.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            both[key] = merged(mine, value)
        else:
            both[key] = value
    return both


def nested(values: Mapping[Path, Json]) -> dict[str, Json]:
    """The document that holds each value at its path."""
    document: dict[str, Json] = {}
    for path, value in values.items():
        place = document
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return document
