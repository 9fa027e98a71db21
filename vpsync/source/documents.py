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
from vpsync.source.events import AS_WRITTEN, Builder, ParsedDocument, UnreadableDocument
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


def documents(text: str) -> Iterator[tuple[int, Json]]:
    """Each document with the line it starts on; :class:`UnreadableDocument` when one is unreadable."""
    return ((built.line, built.value) for built in built_documents(text))


def built_documents(text: str, *, places: bool = False) -> Iterator[ParsedDocument]:
    """Each document with what is to be known about it; :class:`UnreadableDocument` when one is none.

    ``places`` notes where the fields are written, which costs more.
    """
    if len(text) > MAX_BYTES:
        raise UnreadableDocument(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    as_json = _json_or_none(text) if not places and text.lstrip()[:1] in ("{", "[") else None
    if as_json is not None:
        yield _with_doubts(as_json, text) if _NUMBERS_AS_WRITTEN.search(text) else as_json
        return
    try:
        yield from Builder(places=places).documents(yaml.parse(text, Loader=PARSER))
    except yaml.YAMLError as error:
        raise _unreadable(error, text) from None


def _with_doubts(as_json: ParsedDocument, text: str) -> ParsedDocument:
    """A document in JSON with where its numbers lost a zero, which only YAML's parser tells."""
    # YAML has no characters in halves, and nobody reads those texts here.
    readable = _HALF.sub(r"\\u00", text)
    try:
        [built] = Builder(places=False).documents(yaml.parse(readable, Loader=PARSER))
    except (yaml.YAMLError, UnreadableDocument):
        return as_json
    return replace(as_json, doubts=built.doubts)


def _json_or_none(text: str) -> ParsedDocument | None:
    """A text that is JSON; None where it is not, as YAML's flow style, which looks like it."""
    try:
        document = _json(_NUMBERS_AS_WRITTEN.sub(r'\1"\2"', text))
    except (ValueError, RecursionError):
        return None
    if _is_deep(document):
        raise UnreadableDocument(f"deeper than {MAX_DEPTH} levels")
    if _HALF.search(text) and _has_halves(document):
        raise UnreadableDocument("holds half of a character, such as \\ud800 alone")
    return ParsedDocument(value=document)


def _json(text: str) -> Json:
    """JSON text, which the decoder reads far faster than any YAML parser."""
    return json.loads(text, object_pairs_hook=_unique, parse_float=number, parse_int=number,
                      parse_constant=_refuse)  # fmt: skip


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
    return UnreadableDocument(str(error).partition("\n")[0])
