"""JSON merge patch (RFC 7386) and JSON patch (RFC 6902), as far as an API server takes them."""

from __future__ import annotations

import copy
from typing import Any


class PatchFailed(Exception):
    """A JSON patch that does not fit the document: nothing of it is applied."""


def merge(target: Any, patch: Any) -> Any:
    """The document after a merge patch; neither argument is changed."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def apply_operations(document: Any, operations: Any) -> Any:
    """The document after a JSON patch of ``test``, ``add``, ``replace`` and ``remove``."""
    if not isinstance(operations, list):
        raise PatchFailed("a JSON patch is a list of operations")
    result = copy.deepcopy(document)
    for operation in operations:
        _apply(result, operation)
    return result


def _apply(document: Any, operation: dict[str, Any]) -> None:
    *parents, last = _segments(operation["path"])
    place = document
    for key in parents:
        place = _member(place, key)
    match operation["op"]:
        case "test":
            if _member(place, last) != operation["value"]:
                raise PatchFailed(f"testing value {operation['path']} failed")
        case "add":
            _add(place, last, operation["value"])
        case "replace":
            _member(place, last)
            _put(place, last, operation["value"])
        case "remove":
            _member(place, last)
            del place[int(last) if isinstance(place, list) else last]
        case other:
            raise PatchFailed(f"unknown operation {other}")


def _segments(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise PatchFailed(f"{pointer!r} is no JSON pointer")
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _member(place: Any, key: str) -> Any:
    try:
        return place[int(key)] if isinstance(place, list) else place[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise PatchFailed(f"there is nothing at {key!r}") from None


def _add(place: Any, key: str, value: Any) -> None:
    if isinstance(place, list):
        place.insert(len(place) if key == "-" else int(key), copy.deepcopy(value))
    else:
        _put(place, key, value)


def _put(place: Any, key: str, value: Any) -> None:
    if not isinstance(place, (dict, list)):
        raise PatchFailed(f"{key!r} has no place to be")
    if isinstance(place, list):
        place[int(key)] = copy.deepcopy(value)
    else:
        place[key] = copy.deepcopy(value)
