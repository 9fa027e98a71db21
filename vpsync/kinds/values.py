"""JSON values as the kinds compare and read them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vpsync.model.json import Json, JsonObject, Path, value_at
from vpsync.model.timestamps import readable


def same_json(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal, where absent, null and empty are the same.

    Unlike Python, ``true`` is not ``1``.
    """
    left, right = without_empty(left), without_empty(right)
    return bool(left == right) and bool(_types(left) == _types(right))


def same_value(declared: Json, observed: Json) -> bool:
    """Whether VVP holds what is declared: as :func:`same_json`, and a scalar where it takes texts.

    VVP reads a number or a truth that stands where a text belongs as that text.
    """
    if same_json(declared, observed):
        return True
    if isinstance(declared, dict) and isinstance(observed, dict):
        keys = declared.keys() | observed.keys()
        return all(same_value(declared.get(key), observed.get(key)) for key in keys)
    if isinstance(declared, list) and isinstance(observed, list):
        pairs = zip(declared, observed, strict=False)
        return len(declared) == len(observed) and all(same_value(*pair) for pair in pairs)
    is_scalar = isinstance(declared, (bool, int, float))
    return is_scalar and isinstance(observed, str) and as_text(declared) == observed


def as_text(value: Json) -> str:
    """A scalar as JSON, YAML and Flink's configuration write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def without_empty(value: Json) -> Json:
    """The value without nulls, empty maps and empty lists inside maps; None when nothing is left."""
    if isinstance(value, dict):
        kept = {key: without_empty(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if member is not None} or None
    if isinstance(value, list):
        return [without_empty(member) for member in value] or None
    return value


def _types(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _types(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_types(member) for member in value]
    return "bool" if isinstance(value, bool) else ""


def texts_of(value: Json, keys: Iterable[str]) -> dict[str, Json] | None:
    """The named members of an object that are texts; None where it is no object.

    A status holds no others: the API server drops or refuses them, and no pass would be quiet. What is a
    time by its name is written as one.
    """
    if not isinstance(value, dict):
        return None
    texts = {key: value[key] for key in keys if isinstance(value.get(key), str)}
    return {key: readable(text) if _IS_TIME(key) else text for key, text in texts.items()}


_IS_TIME = re.compile(r"(At|Time)$").search
"""Whether a member of VVP's objects holds a time."""


def text_at(body: JsonObject, path: Path) -> str:
    """The string at a path, empty where there is none."""
    value = value_at(body, path)
    return value if isinstance(value, str) else ""
