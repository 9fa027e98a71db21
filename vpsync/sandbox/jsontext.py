"""JSON on the wire: compact UTF-8 out, strict JSON in.

What goes in is checked harder than `json.loads` does by itself: `NaN` and `Infinity` are not JSON,
and a document nested too deeply is refused instead of ending the process.
"""

import json
from typing import Any, NoReturn, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A decoded JSON object."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def dumps(value: Any) -> bytes:
    """The compact JSON text of `value` in UTF-8; lone surrogates become `?`."""
    return _encode(value).encode("utf-8", "replace")


def loads(text: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: the bytes are not UTF-8 or not JSON, or are nested too deeply.
    """
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
