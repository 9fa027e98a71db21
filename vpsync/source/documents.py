"""YAML read as data: JSON's types and nothing more.

Kubernetes means JSON when it says YAML. So a scalar is a string, a number, true, false or null: no
timestamps, no base 60, no ``yes`` and ``on``. A duplicate key is an error, and so is anything that
could make a small file large: aliases, depth and size are bounded.

The values are built straight from the parser's flat stream of events, without recursion; that is also
twice as fast as PyYAML's own way over nodes and constructors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from vpsync.model.json import Json
from vpsync.source.scalars import finite, scalar

MAX_BYTES = 32 * 1024 * 1024
"""Of one file. An object in Kubernetes is at most 1.5 MB; a file may hold many."""
MAX_DEPTH = 64
MAX_ALIASES = 200
"""Of one file."""
MAX_VALUES = 400_000
"""That the aliases of one file may add when they are written out."""

PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML was built with it."""


class UnreadableDocument(Exception):
    """The text is no YAML that could be a manifest; where it is known, the message names the place."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {text}" if line else text)
        self.text = text
        self.line = line
        """From 1; 0 where it is not known."""
        self.column = column


def documents(text: str) -> Iterator[tuple[int, Json]]:
    """Each document with the line it starts on; :class:`UnreadableDocument` when one is unreadable."""
    if len(text) > MAX_BYTES:
        raise UnreadableDocument(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    if text.lstrip()[:1] in ("{", "["):
        try:
            document = _json(text)
        except (ValueError, RecursionError):
            pass  # YAML's flow style looks like JSON; if it is neither, YAML says where.
        else:
            if _is_deep(document):
                raise UnreadableDocument(f"deeper than {MAX_DEPTH} levels")
            yield 1, document
            return
    try:
        yield from _Builder().documents(yaml.parse(text, Loader=PARSER))
    except yaml.YAMLError as error:
        raise _told(error, text) from None


def _json(text: str) -> Json:
    """JSON text, which the decoder reads far faster than any YAML parser."""
    return json.loads(text, object_pairs_hook=_unique, parse_float=finite, parse_constant=_refuse)


def _is_deep(document: Json) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for holder in level for inner in _members(holder) if inner]
        if not level:
            return False
    return any(isinstance(holder, (dict, list)) for holder in level)


def _members(holder: Json) -> Iterable[Json]:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice")
    return members


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("anchor", "key", "merged", "merges", "size", "value")

    def __init__(self, value: Json, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        """Of a map: the key whose value comes next."""
        self.merges = False
        """Whether that key is a plain ``<<``; in quotes it is a key like any other."""
        self.size = 1
        self.merged: list[Json] = []
        """What ``<<`` brings in, once the map's own members are known."""

    @property
    def wants_key(self) -> bool:
        """Whether the next event is a key."""
        return self.key is None and isinstance(self.value, dict)

    def put(self, value: Json, size: int) -> None:
        """Takes the next item, or the value of the key read last."""
        self.size += size
        if self.key is None:
            self.value.append(value)
        elif self.merges:
            self.merged.append(value)
        else:
            self.value[self.key] = value
        self.key = None


class _Builder:
    """Builds the values of a text from its events; open collections lie on a stack."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._root: Json = None
        self._line = 1
        self._aliases = 0
        self._added = 0

    def documents(self, events: Iterable[Any]) -> Iterator[tuple[int, Json]]:
        """Each document with the line that its content starts on."""
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._root, self._anchors, self._line = None, {}, _line(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                yield self._line, self._root
            else:
                self._take(event)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            if self._open and self._open[-1].wants_key:
                self._open[-1].key = self._new_key(event)
            else:
                self._line = self._line if self._open else _line(event)
                self._finish(event, event.anchor, _scalar(event), 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            for other in done.merged:
                _merge(event, done.value, other)
            self._finish(event, done.anchor, done.value, done.size)
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)

    def _start(self, event: Any) -> None:
        if event.tag and event.tag.rpartition(":")[2] not in ("map", "seq"):
            raise _at(event, f"the tag {event.tag} means nothing in JSON")
        if len(self._open) >= MAX_DEPTH:
            raise _at(event, f"deeper than {MAX_DEPTH} levels")
        if self._open and self._open[-1].wants_key:
            raise _at(event, "a key must be text")
        if not self._open:
            self._line = _line(event)
        value: Json = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(value, event.anchor))

    def _new_key(self, event: Any) -> str:
        key: str = event.value
        self._open[-1].merges = key == "<<" and event.implicit[0]
        if key in self._open[-1].value:
            raise _at(event, f"the key {key!r} stands here twice")
        return key

    def _take_alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _at(event, f"there is no anchor {event.anchor!r}")
        if self._open and self._open[-1].wants_key:
            raise _at(event, "a key must be text")
        value, size = self._anchors[event.anchor]
        self._aliases += 1
        self._added += size
        if self._aliases > MAX_ALIASES or self._added > MAX_VALUES:
            raise _at(event, "too many aliases for a manifest")
        self._finish(event, None, value, size)

    def _finish(self, event: Any, anchor: str | None, value: Json, size: int) -> None:
        """A value is complete: it goes into the collection around it, or is the document."""
        if anchor:
            self._anchors[anchor] = (value, size)
        if self._open:
            self._open[-1].put(value, size)
        else:
            self._root = value


def _scalar(event: Any) -> Json:
    try:
        return scalar(event.value, event.tag, plain=event.implicit[0])
    except ValueError as error:
        raise _at(event, str(error)) from None


def _merge(event: Any, holder: dict[str, Json], value: Json) -> None:
    """The merge key ``<<``: members of other maps that this one does not have itself."""
    for other in value if isinstance(value, list) else [value]:
        if not isinstance(other, dict):
            raise _at(event, "'<<' takes a map")
        for key, member in other.items():
            holder.setdefault(key, member)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _at(event: Any, text: str) -> UnreadableDocument:
    mark = event.start_mark
    return UnreadableDocument(text, mark.line + 1, mark.column + 1)


def _told(error: yaml.YAMLError, text: str) -> UnreadableDocument:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        told = error.problem or error.context or "is no YAML"
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return UnreadableDocument(told, *place)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: text.index(chr(error.character))].split("\n")
        told = f"the character U+{error.character:04X} is not allowed in YAML"
        return UnreadableDocument(told, len(before), len(before[-1]) + 1)
    return UnreadableDocument(str(error).partition("\n")[0])
