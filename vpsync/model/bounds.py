"""How large one resource may be, judged without recursion and before anything else looks at it.

The limits lie above all that Kubernetes stores (etcd takes objects of 1.5 MB) and below what would cost
a run its memory or its stack.
"""

from __future__ import annotations

import marshal

from vpsync.model.json import Json

MAX_DEPTH = 64
"""Levels of maps and lists within each other."""
MAX_KEY = 1024
"""Characters of a key; Kubernetes allows 317 in a label or annotation."""
MAX_VALUES = 50_000
"""Values of any type on all levels of one document."""
MAX_TEXT = 2 * 1024 * 1024
"""Characters of all keys and texts together."""

_DEEP = f"is nested deeper than {MAX_DEPTH} levels"

_SMALL = 16 * 1024
"""Bytes. In a resource of that size no key can do harm, and only its depth counts."""
_CONTAINERS = tuple(bytes((code | flag,)) for code in b"{[" for flag in (0, 0x80))
"""What a map and a list begin with in Python's marshal format, with and without its reference flag."""


def beyond_bounds(document: Json) -> str:
    """Which bound a decoded document breaks, in words; empty where it keeps all.

    Nearly all resources are small and have fewer maps and lists than they may have levels. That can be
    seen at a tenth of the cost of a walk.
    """
    try:
        dumped = marshal.dumps(document)
    except ValueError:
        return _DEEP
    if len(dumped) <= _SMALL and sum(map(dumped.count, _CONTAINERS)) <= MAX_DEPTH:
        return ""
    return _walked(document)


def holds(document: Json, text: str) -> bool:
    """Whether a text stands anywhere in a document within the bounds: fast, and at times wrongly true."""
    return text.encode() in marshal.dumps(document)


def _walked(document: Json) -> str:
    level, values, text = [document], 0, 0
    for _ in range(MAX_DEPTH + 1):
        inner: list[Json] = []
        longest = 0
        for value in level:
            if isinstance(value, str):
                text += len(value)
            elif isinstance(value, dict):
                lengths = [*map(len, value)]
                longest, text = max(longest, *lengths, 0), text + sum(lengths)
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        values += len(inner)
        if excess := _broken(longest, values, text):
            return excess
        if not inner:
            return ""
        level = inner
    return _DEEP


def _broken(longest: int, values: int, text: int) -> str:
    if longest > MAX_KEY:
        return f"has a key of {longest:,} characters; at most {MAX_KEY:,} are allowed"
    if values > MAX_VALUES:
        return f"has more than {MAX_VALUES:,} values"
    if text > MAX_TEXT:
        return f"is larger than {MAX_TEXT // 1024 // 1024} MiB"
    return ""
