"""YAML and JSON read as data: JSON's types and nothing more, as the cluster would read them.

What a scalar means is told by :mod:`vpsync.source.scalars`. A duplicate key is an error, and so is
anything that could make a small file large: documents, aliases, depth, keys and size are bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from vpsync.model.bounds import MAX_DEPTH, MAX_KEY
from vpsync.model.json import Json
from vpsync.source.events import (
    AS_WRITTEN,
    MAX_DOCUMENTS,
    Ambiguity,
    Builder,
    ParsedDocument,
    UnreadableDocument,
)
from vpsync.source.scalars import number

MAX_BYTES = 32 * 1024 * 1024
"""Of one file. An object in Kubernetes is at most 1.5 MB; a file may hold many."""

PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML was built with it."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""In JSON, a half of a character beyond 16 bits; both of them are one (RFC 8259, section 8.2)."""

_NUMBERS_AS_WRITTEN = re.compile(rf'("(?:{"|".join(AS_WRITTEN)})"\s*:\s*)(-?\d+\.\d*0)(?![\d.eE])')
"""A number in JSON that would lose a zero and is to be kept as it is written. It never stands in a text
of JSON, where a quote has a backslash before it."""

_SPACE = re.compile(r"[ \t\r\n]*")
_BEGINNING = re.compile(r"^(---[ \t]*(?:#[^\n]*)?\r?\n)\ufeff", re.MULTILINE)
"""A byte order mark at the head of a later document, as files that were put together have it."""
_LONE_BREAK = re.compile(r"[\r\u0085\u2028\u2029]---(?=\s|$)")
"""A document that only YAML sees: kubectl cuts files at LF and ``---`` first, and reads one of each part."""


def documents(text: str) -> Iterator[tuple[int, Json]]:
    """Each document with the line it starts on; :class:`UnreadableDocument` when one is unreadable."""
    return ((built.line, built.value) for built in built_documents(text))


def built_documents(text: str, *, places: bool = False) -> Iterator[ParsedDocument]:
    """Each document with what is to be known about it; :class:`UnreadableDocument` when one is none.

    ``places`` notes where the fields are written, which costs more.
    """
    if len(text) > MAX_BYTES:
        raise UnreadableDocument(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    if not places and text.lstrip()[:1] in ("{", "[") and (json_documents := _json_stream(text)):
        yield from json_documents
        return
    text = _BEGINNING.sub(r"\1", text) if "\ufeff" in text else text
    if (lone := _LONE_BREAK.search(text)) is not None:
        line = len(re.findall(r"\r\n?|[\n\u0085\u2028\u2029]", text[: lone.start() + 1])) + 1
        raise UnreadableDocument(
            "kubectl sees a '---' only behind LF: end all lines with it", line, 1
        )
    try:
        # kubectl reads what begins as JSON as JSON, which knows the escape.
        slashes = text if "\\/" in text and text.lstrip()[:1] != "{" else ""
        events = yaml.parse(text, Loader=PARSER)
        yield from Builder(places=places, slashes_in=slashes).documents(events)
    except yaml.YAMLError as error:
        raise _unreadable(error, text) from None


def _json_stream(text: str) -> list[ParsedDocument]:
    """The documents of a text that is JSON, or several of them in a row; empty where it is neither."""
    readable = _NUMBERS_AS_WRITTEN.sub(r'\1"\2"', text)
    may_have_halves = _HALF.search(text) is not None
    parsed: list[ParsedDocument] = []
    line, end = 1, 0
    try:
        for value, before, after in _values(readable):
            line += readable.count("\n", *before)
            parsed.append(ParsedDocument(line, _checked(value, may_have_halves=may_have_halves)))
            line, end = line + readable.count("\n", *after), after[1]
            if len(parsed) > MAX_DOCUMENTS:
                return []
    except _NeitherMapNorListError:
        return []
    except (ValueError, RecursionError) as error:
        if not parsed:
            return []
        # YAML has no second document without a separator, and would tell of nothing else.
        line += readable.count("\n", end, _after_space(readable, end))
        raise UnreadableDocument(f"is no JSON: {_first_line(error)}", line, 1) from None
    return _with_doubts(parsed, text) if readable != text else parsed


class _NeitherMapNorListError(Exception):
    """A stream of JSON goes on with something else, such as YAML's separator."""


Span = tuple[int, int]
"""Where a part of a text begins and ends."""


def _values(text: str) -> Iterator[tuple[Json, Span, Span]]:
    """Each value of a stream of JSON, with the space before it and its own place; ValueError else."""
    place = 0
    while (start := _after_space(text, place)) < len(text):
        if text[start] not in "{[":
            raise _NeitherMapNorListError
        value, end = _DECODER.raw_decode(text, start)
        yield value, (place, start), (start, end)
        place = end


def _after_space(text: str, place: int) -> int:
    """The first place from there on that is no space of JSON."""
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _checked(document: Json, *, may_have_halves: bool) -> Json:
    """A value of a text in JSON; UnreadableDocument where it breaks a bound."""
    if _is_deep(document):
        raise UnreadableDocument(f"deeper than {MAX_DEPTH} levels")
    if may_have_halves and _has_halves(document):
        raise UnreadableDocument("holds half of a character, such as \\ud800 alone")
    return document


def _with_doubts(parsed: list[ParsedDocument], text: str) -> list[ParsedDocument]:
    """Documents in JSON with where their numbers lost a zero, which only YAML's parser tells."""
    # YAML has no characters in halves, and nobody reads those texts here.
    readable = _HALF.sub(r"\\u00", text)
    spans = [span for _, _, span in _values(readable)]
    return [
        replace(built, doubts=_doubts(readable[start:end], built.line))
        for built, (start, end) in zip(parsed, spans, strict=True)
    ]


def _doubts(text: str, line: int) -> list[Ambiguity]:
    """What other readers make something else of in one value, which begins on that line."""
    try:
        [built] = Builder(places=False).documents(yaml.parse(text, Loader=PARSER))
    except (yaml.YAMLError, UnreadableDocument):
        return []
    return [replace(one, place=(one.place[0] + line - 1, one.place[1])) for one in built.doubts]


def _is_deep(document: Json) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for holder in level for inner in _members(holder) if inner]
        if not level:
            return False
    return any(isinstance(holder, (dict, list)) for holder in level)


def _has_halves(document: Json) -> bool:
    """Whether a text in it is none that can be sent."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _members(holder: Json) -> Iterable[Json]:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key appears twice")
    if any(len(key) > MAX_KEY for key in members):
        raise ValueError("a key is too long")
    return members


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=number, parse_int=number, parse_constant=_refuse
)
"""Which reads JSON far faster than any YAML parser does."""


def _unreadable(error: yaml.YAMLError, text: str) -> UnreadableDocument:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "is no YAML"
        position = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return UnreadableDocument(message, *position)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: text.index(chr(error.character))].split("\n")
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        return UnreadableDocument(message, len(before), len(before[-1]) + 1)
    return UnreadableDocument(_first_line(error))


def _first_line(error: Exception) -> str:
    """The first line of what an error says."""
    return str(error).partition("\n")[0].partition(": line ")[0]
