"""The one machine that makes values of a YAML parser's flat stream of events, without recursion.

That is twice as fast as PyYAML's own way over nodes and constructors, and keeps its bounds before
anything grows. On request it notes where each field begins, in the same walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from vpsync.model.bounds import MAX_DEPTH, MAX_KEY
from vpsync.model.json import Json, pointer
from vpsync.source.scalars import doubt, key, scalar

MAX_ALIASES = 200
"""Aliases in one file."""
MAX_VALUES = 400_000
"""That the aliases of one file may add when they are written out."""
MAX_DOCUMENTS = 100_000
"""Documents in one file."""

AS_WRITTEN = frozenset({"flinkVersion"})
"""Fields that are text for VVP, whose numbers are kept as they are written: 1.20 is not 1.2."""

Position = tuple[int, int]
"""Line and column, from 1."""


class UnreadableDocument(Exception):
    """The text is no YAML that could be a manifest; where it is known, the message names the place."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}, column {column}: {text}" if line else text)
        self.text = text
        self.line = line
        """From 1; 0 where it is not known."""
        self.column = column


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A scalar, or a merge, of which other readers of YAML make something else."""

    pointer: str
    """The field, as a JSON pointer into its document."""
    place: Position
    written: str
    """As it stands in the text; empty for what is no scalar."""
    text: str
    """Which readers make what of it, in words."""


@dataclass(slots=True)
class ParsedDocument:
    """One document of a text."""

    line: int = 1
    """Where its content starts, from 1."""
    value: Json = None
    doubts: list[Ambiguity] = field(default_factory=list)
    places: dict[str, Position] = field(default_factory=dict)
    """Where the field at each JSON pointer begins; empty unless that was asked for."""


class _Open:
    """A collection whose end has not been read yet."""

    __slots__ = ("anchor", "key", "merged", "merges", "path", "size", "value")

    def __init__(self, value: Json, anchor: str | None, path: str) -> None:
        self.value = value
        self.anchor = anchor
        self.path = path
        """Its JSON pointer; empty where no places are noted."""
        self.key: str | None = None
        """Of a map: the key whose value comes next."""
        self.merges = False
        """Whether that key is a plain ``<<``; in quotes it is a key like any other."""
        self.merged: set[str] = set()
        """The keys that only ``<<`` has brought in so far; the map may have its own."""
        self.size = 1

    @property
    def wants_key(self) -> bool:
        """Whether the next event is a key."""
        return self.key is None and isinstance(self.value, dict)

    @property
    def token(self) -> str:
        """The last part of the path of the value that comes next."""
        return str(len(self.value)) if self.key is None else self.key


class Builder:
    """Builds the values of a text from its events; open collections lie on a stack.

    With ``places`` it notes where each field begins: a field at its key, an item at itself.
    """

    def __init__(self, *, places: bool = False) -> None:
        self._notes_places = places
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._built = ParsedDocument()
        self._aliases = 0
        self._added = 0

    def documents(self, events: Iterable[Any]) -> Iterator[ParsedDocument]:
        """Each document; :class:`UnreadableDocument` or ``yaml.YAMLError`` at what is none."""
        count = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count > MAX_DOCUMENTS:
                    raise _at(event, f"more than {MAX_DOCUMENTS:,} documents in one file")
                self._built, self._anchors = ParsedDocument(_place(event)[0]), {}
            elif isinstance(event, yaml.DocumentEndEvent):
                yield self._built
            else:
                self._take(event)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._finish(event, done.anchor, done.value, done.size)
        elif isinstance(event, yaml.NodeEvent):
            if self._open and self._open[-1].wants_key:
                self._take_key(event)
            else:
                self._take_value(event)

    def _take_value(self, event: Any) -> None:
        if not self._open:
            self._built.line = _place(event)[0]
        if self._notes_places:
            self._built.places.setdefault(self._path(), _place(event))
        if isinstance(event, yaml.ScalarEvent):
            self._finish(event, event.anchor, self._scalar(event), 1)
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        else:
            self._start(event)

    def _start(self, event: Any) -> None:
        if event.tag and event.tag.rpartition(":")[2] not in ("map", "seq"):
            raise _at(event, f"the tag {_brief(event.tag)} means nothing in JSON")
        if len(self._open) >= MAX_DEPTH:
            raise _at(event, f"deeper than {MAX_DEPTH} levels")
        value: Json = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._path() if self._notes_places else ""
        self._open.append(_Open(value, event.anchor, path))

    def _take_key(self, event: Any) -> None:
        holder = self._open[-1]
        if not isinstance(event, yaml.ScalarEvent):
            raise _at(event, "a key must be text")
        if len(event.value) > MAX_KEY:
            raise _at(
                event, f"a key of {len(event.value):,} characters; at most {MAX_KEY:,} are allowed"
            )
        holder.merges = event.value == "<<" and event.implicit[0]
        name = event.value if holder.merges else self._key(event)
        if name in holder.value and not holder.merges and name not in holder.merged:
            raise _at(event, f"the key {_brief(name)!r} stands here twice")
        holder.merged.discard(name)
        holder.key = name
        if self._notes_places:
            self._built.places[holder.path + pointer((name,))] = _place(event)
        if event.implicit[0] and not event.tag and not holder.merges:
            self._note_doubt(event)

    def _take_alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _at(event, f"there is no anchor {_brief(event.anchor)!r}")
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
        if not self._open:
            self._built.value = value
            return
        holder = self._open[-1]
        holder.size += size
        if holder.key is None:
            holder.value.append(value)
        elif holder.merges:
            self._merge(event, holder, value)
        else:
            holder.value[holder.key] = value
        holder.key, holder.merges = None, False

    def _merge(self, event: Any, holder: _Open, value: Json) -> None:
        """The merge key ``<<``: members of other maps; as in go-yaml v2 they replace what stands before."""
        others = value if isinstance(value, list) else [value]
        if not all(isinstance(other, dict) for other in others):
            raise _at(event, "'<<' takes a map")
        before = {name: held for name, held in holder.value.items() if name not in holder.merged}
        for other in reversed(others):
            holder.merged |= other.keys() - holder.value.keys()
            holder.value.update(other)
        if any(holder.value[name] != held for name, held in before.items()):
            text = "kubectl and vpsync let '<<' replace the keys before it, other readers do not"
            self._built.doubts.append(Ambiguity(self._pointer(), _place(event), "", text))

    def _scalar(self, event: Any) -> Json:
        try:
            value = scalar(event.value, event.tag, plain=event.implicit[0])
        except ValueError as error:
            raise _at(event, str(error)) from None
        if not event.implicit[0] or event.tag:
            return value
        if self._open and self._open[-1].key in AS_WRITTEN and _is_shortened(event.value, value):
            text = f"kubectl reads the number {value}, vpsync keeps what is written"
            self._built.doubts.append(Ambiguity(self._pointer(), _place(event), event.value, text))
            return event.value
        self._note_doubt(event)
        return value

    def _key(self, event: Any) -> str:
        try:
            return key(event.value, event.tag, plain=event.implicit[0])
        except ValueError as error:
            raise _at(event, str(error)) from None

    def _note_doubt(self, event: Any) -> None:
        if text := doubt(event.value):
            self._built.doubts.append(Ambiguity(self._pointer(), _place(event), event.value, text))

    def _path(self) -> str:
        """The JSON pointer of the value that comes next, from the one of what is around it."""
        if not self._open:
            return ""
        return self._open[-1].path + pointer((self._open[-1].token,))

    def _pointer(self) -> str:
        """The same from the whole stack, for where no paths are kept."""
        return pointer(tuple(holder.token for holder in self._open))


def _is_shortened(text: str, value: Json) -> bool:
    """Whether a number does not say what is written, as the one that 1.20 is."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and str(value) != text


def _place(event: Any) -> Position:
    return int(event.start_mark.line) + 1, int(event.start_mark.column) + 1


def _at(event: Any, text: str) -> UnreadableDocument:
    return UnreadableDocument(text, *_place(event))


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
