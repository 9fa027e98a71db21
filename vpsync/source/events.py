"""The one machine that makes values of a YAML parser's flat stream of events, without recursion.

That is twice as fast as PyYAML's own way over nodes and constructors, and keeps its bounds before
anything grows. On request it notes where each field begins, in the same walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from vpsync.model.bounds import MAX_DEPTH, MAX_KEY
from vpsync.model.json import Json, pointer
from vpsync.source.keys import is_fraction, key
from vpsync.source.open_collection import OpenCollection
from vpsync.source.scalars import doubt, scalar

MAX_ALIASES = 200
"""Aliases in one file."""
MAX_VALUES = 400_000
"""That the aliases of one file may add when they are written out."""
MAX_DOCUMENTS = 100_000
"""Documents in one file."""

AS_WRITTEN = frozenset({"flinkVersion"})
"""Fields that are text for VVP, whose numbers are kept as they are written: 1.20 is not 1.2."""

_ESCAPE = re.compile(r"\\.", re.DOTALL)

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
    """Which readers make what of it, in words; for what is no scalar also how to write it instead."""


@dataclass(slots=True)
class ParsedDocument:
    """One document of a text."""

    line: int = 1
    """Where its content starts, from 1."""
    value: Json = None
    doubts: list[Ambiguity] = field(default_factory=list)
    places: dict[str, Position] = field(default_factory=dict)
    """Where the field at each JSON pointer begins; empty unless that was asked for."""


class Builder:
    """Builds the values of a text from its events; open collections lie on a stack.

    With ``places`` it notes where each field begins: a field at its key, an item at itself. Of a text
    ``slashes_in`` it tells where a slash has a backslash before it, which kubectl refuses.
    """

    def __init__(self, *, places: bool = False, slashes_in: str = "") -> None:
        self._notes_places = places
        self._slashes_in = slashes_in
        self._open: list[OpenCollection] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._begun: dict[str, OpenCollection] = {}
        """The collection that began last with each anchor."""
        self._typed: dict[int, tuple[Json, set[str]]] = {}
        """Maps that have typed keys, by their identity; held here, so that it is not given again."""
        self._built = ParsedDocument()
        self._aliases = 0
        self._added = 0
        self._started = -1
        """The line of the ``---`` before the current document, from 0; -1 where there is none."""

    def documents(self, events: Iterable[Any]) -> Iterator[ParsedDocument]:
        """Each document; :class:`UnreadableDocument` or ``yaml.YAMLError`` at what is none."""
        count = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count > MAX_DOCUMENTS:
                    raise _at(event, f"more than {MAX_DOCUMENTS:,} documents in one file")
                self._begin(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                yield self._built
            else:
                self._take(event)

    def _begin(self, event: Any) -> None:
        """A document begins; kubectl cuts files at lines with ``---`` before it reads YAML."""
        self._built = ParsedDocument(_place(event)[0])
        self._anchors, self._begun, self._typed = {}, {}, {}
        self._started = int(event.end_mark.line) if event.explicit else -1
        if event.version or event.tags:
            self._note("kubectl reads no directives such as %YAML: take these lines out", event)

    def _note(self, text: str, event: Any, written: str = "") -> None:
        """What other readers make something else of; ``written`` is how a scalar stands there."""
        self._built.doubts.append(Ambiguity(self._pointer(), _place(event), written, text))

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            if done.typed:
                self._typed[id(done.value)] = (done.value, done.typed)
            if done.anchor and self._begun.get(done.anchor) is done:
                self._anchors[done.anchor] = (done.value, done.size)
            self._finish(event, done.value, done.size)
        elif isinstance(event, yaml.NodeEvent):
            if self._open and self._open[-1].wants_key:
                self._take_key(event)
            else:
                self._take_value(event)

    def _take_value(self, event: Any) -> None:
        if not self._open:
            self._built.line = _place(event)[0]
            if int(event.start_mark.line) == self._started and not _is_absent(event):
                self._note("kubectl takes nothing behind '---': write it into the next line", event)
        if self._notes_places:
            self._built.places.setdefault(self._path(), _place(event))
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._note_anchor(event, value)
            self._finish(event, value, 1)
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
        opened = OpenCollection(value, event.anchor, path)
        if event.anchor:
            self._anchors.pop(event.anchor, None)
            self._begun[event.anchor] = opened
        self._open.append(opened)

    def _take_key(self, event: Any) -> None:
        holder = self._open[-1]
        if not isinstance(event, yaml.ScalarEvent):
            raise _at(event, "a key must be text")
        if len(event.value) > MAX_KEY:
            raise _at(
                event, f"a key of {len(event.value):,} characters; at most {MAX_KEY:,} are allowed"
            )
        holder.merges = event.value == "<<" and event.implicit[0]
        name = event.value if holder.merges else self._key(event, holder)
        if name in holder.value and not holder.merges and name not in holder.merged:
            raise _at(event, f"the key {_brief(name)!r} stands here twice")
        holder.merged.discard(name)
        holder.key = name
        if self._notes_places:
            self._built.places[holder.path + pointer((name,))] = _place(event)
        self._note_slash(event)
        if event.implicit[0] and not event.tag and not holder.merges:
            self._note_key(event, name)

    def _take_alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _at(event, f"there is no anchor {_brief(event.anchor)!r}")
        value, size = self._anchors[event.anchor]
        self._aliases += 1
        self._added += size
        if self._aliases > MAX_ALIASES or self._added > MAX_VALUES:
            raise _at(event, "too many aliases for a manifest")
        self._finish(event, value, size)

    def _note_anchor(self, event: Any, value: Json) -> None:
        """An alias means the node that began last with its anchor, also where another ends later."""
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
            self._begun.pop(event.anchor, None)

    def _finish(self, event: Any, value: Json, size: int) -> None:
        """A value is complete: it goes into the collection around it, or is the document."""
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

    def _merge(self, event: Any, holder: OpenCollection, value: Json) -> None:
        """The merge key ``<<``: members of other maps; as in go-yaml v2 they replace what stands before."""
        others = value if isinstance(value, list) else [value]
        if not all(isinstance(other, dict) for other in others):
            raise _at(event, "'<<' takes a map")
        before = {name: held for name, held in holder.value.items() if name not in holder.merged}
        for other in reversed(others):
            self._merge_types(event, holder, other)
            holder.merged |= other.keys() - holder.value.keys()
            holder.value.update(other)
        if any(holder.value[name] != held for name, held in before.items()):
            text = "kubectl and vpsync let '<<' replace the keys before it, other readers do not"
            self._note(f"{text}: write '<<' first", event)

    def _merge_types(self, event: Any, holder: OpenCollection, other: dict[str, Json]) -> None:
        """Refuses a key that is text in one map and a number in the other: kubectl takes either."""
        typed = self._typed.get(id(other), (None, set[str]()))[1]
        for name in (typed ^ holder.typed) & other.keys() & holder.value.keys():
            raise _at(event, _of_two_types(name))
        holder.typed |= typed

    def _scalar(self, event: Any) -> Json:
        try:
            value = scalar(event.value, event.tag, plain=event.implicit[0])
        except ValueError as error:
            raise _at(event, str(error)) from None
        if not event.implicit[0] or event.tag:
            self._note_slash(event)
            return value
        if self._open and self._open[-1].key in AS_WRITTEN and _is_shortened(event.value, value):
            text = f"kubectl reads the number {value}, vpsync keeps what is written"
            self._note(text, event, event.value)
            return event.value
        self._note_doubt(event)
        return value

    def _key(self, event: Any, holder: OpenCollection) -> str:
        try:
            value = scalar(event.value, event.tag, plain=event.implicit[0])
            name = key(event.value, value, event.tag)
        except ValueError as error:
            raise _at(event, str(error)) from None
        self._note_anchor(event, value)
        is_typed = not isinstance(value, str)
        if name in holder.merged and (name in holder.typed) != is_typed:
            raise _at(event, _of_two_types(name))
        if is_typed:
            holder.typed.add(name)
        return name

    def _note_doubt(self, event: Any) -> None:
        if text := doubt(event.value):
            self._note(text, event, event.value)

    def _note_slash(self, event: Any) -> None:
        if not self._slashes_in or event.style != '"':
            return
        written = self._slashes_in[event.start_mark.index : event.end_mark.index]
        if "\\/" in _ESCAPE.findall(written):
            self._note("kubectl refuses the escape '\\/' in YAML: write '/' alone", event)

    def _note_key(self, event: Any, name: str) -> None:
        """A fraction as a key is told where it does not stay as it is written."""
        if name == event.value or not is_fraction(event.value):
            self._note_doubt(event)
        else:
            text = f"kubectl and vpsync read the key {name!r}, other readers a number"
            self._note(text, event, event.value)

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


def _is_absent(event: Any) -> bool:
    """Whether a node stands for nothing that is written, as in an empty document."""
    begin, end = event.start_mark, event.end_mark
    return isinstance(event, yaml.ScalarEvent) and begin.index == end.index


def _of_two_types(name: str) -> str:
    """What is wrong with a key that stands in quotes at one place only, in words."""
    return f"the key {_brief(name)!r} comes with and without quotes, and kubectl takes either: quote it"


def _place(event: Any) -> Position:
    return int(event.start_mark.line) + 1, int(event.start_mark.column) + 1


def _at(event: Any, text: str) -> UnreadableDocument:
    return UnreadableDocument(text, *_place(event))


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
