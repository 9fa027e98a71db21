"""YAML read as data: JSON's types and nothing more.

Kubernetes means JSON when it says YAML. So a scalar is a string, a number, true, false or null: no
timestamps, no base 60, no ``yes`` and ``on``. A duplicate key is an error, and so is anything that
could make a small file large: aliases, depth and size are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from vpsync.model.json import Json

MAX_BYTES = 4 * 1024 * 1024
"""Of one file. An object in Kubernetes is at most 1.5 MB."""
MAX_DEPTH = 64
MAX_ALIASES = 200
"""Of one file."""
MAX_NODES = 400_000
"""Of one file with its aliases written out."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SCALARS = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$",
        "-+0123456789.",
    ),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("tag:yaml.org,2002:merge", r"^<<$", "<"),
)


class UnreadableDocument(Exception):
    """The text is no YAML that could be a manifest; the message names line and column."""


class _Loader(_Base):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    yaml_constructors = {  # noqa: RUF012
        tag: constructor
        for tag, constructor in _Base.yaml_constructors.items()
        if tag is None
        or tag.rpartition(":")[2] in ("null", "bool", "int", "float", "seq", "map", "str")
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses what JSON cannot say: the same key twice, and keys that are no strings."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = key_node.value
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(
                    problem="a key must be text", problem_mark=key_node.start_mark
                )
            if key in seen:
                text = f"the key {key!r} stands here twice"
                raise yaml.MarkedYAMLError(problem=text, problem_mark=key_node.start_mark)
            seen.add(key)
            key_node.tag = "tag:yaml.org,2002:str"
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=True)
        return mapping


for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(
        _tag, re.compile(_pattern), [c if c != "\0" else "" for c in _first]
    )


def documents(text: str) -> Iterator[tuple[int, Json]]:
    """Each document with the line it starts on; :class:`UnreadableDocument` when one cannot be read."""
    if len(text) > MAX_BYTES:
        raise UnreadableDocument(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        _check_bounds(text)
        yield from _documents(text)
    except yaml.MarkedYAMLError as error:
        raise UnreadableDocument(_told(error)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableDocument(first) from None


def _documents(text: str) -> Iterator[tuple[int, Json]]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if _size(value, {}) > MAX_NODES:
                raise UnreadableDocument(
                    f"holds more than {MAX_NODES} values once aliases are written out"
                )
            yield node.start_mark.line + 1, value
    finally:
        loader.dispose()


def _check_bounds(text: str) -> None:
    """Counts depth and aliases on the flat stream of events, before anything is built."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UnreadableDocument(f"line {line}: deeper than {MAX_DEPTH} levels")
        if aliases > MAX_ALIASES:
            raise UnreadableDocument(f"more than {MAX_ALIASES} aliases")


def _size(value: Json, known: dict[int, int]) -> int:
    """How many values there are when each alias counts in full."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        members = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(member, known) for member in members)
    return known[id(value)]


def _told(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{error.problem or error.context or 'is no YAML'}"
