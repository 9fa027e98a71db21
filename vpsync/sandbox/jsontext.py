"""JSON on the wire: compact UTF-8 out, strict JSON in.

What goes in is checked harder than `json.loads` does by itself: `NaN` and `Infinity` are not JSON,
and a document nested too deeply is refused instead of ending the process.
"""

import json
from typing import Any, NoReturn, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A decoded JSON object."""


class WrittenNumber(float):
    """A number that is not whole, with the text that it was sent as: `1.50` is no other number than `1.5`.

    The vendor's JSON library takes that text where a string is wanted.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str | float) -> "WrittenNumber":
        """The number that the text stands for."""
        made = super().__new__(cls, text)
        made.text = str(text)
        return made


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def dumps(value: Any) -> bytes:
    """The compact JSON text of `value` in UTF-8; lone surrogates become `?`."""
    return _encode(value).encode("utf-8", "replace")


def loads(text: bytes, *, as_written: bool = False) -> Any:
    """The value of a JSON text; numbers that are not whole keep their text if `as_written`.

    Raises:
        ValueError: the bytes are not UTF-8 or not JSON, or are nested too deeply.
    """
    try:
        number = WrittenNumber if as_written else float
        return json.loads(text.decode("utf-8"), parse_constant=_no_constant, parse_float=number)
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
