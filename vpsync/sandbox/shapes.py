"""A small language for what a request body may look like.

A shape takes a decoded JSON value and gives back a clean copy of it, or raises `ShapeError` with
the path of the first member that does not fit. `null` members count as absent; unknown members are
dropped, or refused when asked to be strict. Scalars of another type are turned into the right one
where that loses nothing, as the vendor's JSON library does: `"cpu": "1"`, `"flinkVersion": 1.2`.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vpsync.sandbox.jsontext import JsonObject, WrittenNumber

Shape: TypeAlias = Callable[[Any, bool], Any]
"""`(value, strict)` to a clean copy of the value."""

_NUMERIC = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")


class ShapeError(Exception):
    """A value that does not fit; `str()` of it names the path and the expectation."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.path = ""
        self.expected = expected

    def inside(self, key: str) -> "ShapeError":
        """This error, seen from the object or array that holds the value."""
        self.path = f"{key}.{self.path}" if self.path else key
        return self

    def __str__(self) -> str:
        return f"{self.path}: {self.expected}" if self.path else self.expected


def members(table: Mapping[str, Shape]) -> Shape:
    """An object with the members of `table`, all of them optional."""

    def take(value: Any, strict: bool) -> JsonObject:
        result: JsonObject = {}
        for key, own in _object(value).items():
            shape = table.get(key)
            if shape is None:
                if strict:
                    raise ShapeError("unknown field").inside(key)
            elif own is not None:
                try:
                    result[key] = shape(own, strict)
                except ShapeError as error:
                    raise error.inside(key) from None
        return result

    return take


def map_of(shape: Shape) -> Shape:
    """An object with any keys whose values all have one shape."""

    def take(value: Any, strict: bool) -> JsonObject:
        result: JsonObject = {}
        for key, own in _object(value).items():
            if own is not None:
                try:
                    result[key] = shape(own, strict)
                except ShapeError as error:
                    raise error.inside(key) from None
        return result

    return take


def list_of(shape: Shape) -> Shape:
    """An array of one shape."""

    def take(value: Any, strict: bool) -> list[Any]:
        if not isinstance(value, list):
            raise ShapeError("must be an array")
        result = []
        for index, own in enumerate(value):
            try:
                result.append(shape(own, strict))
            except ShapeError as error:
                raise error.inside(str(index)) from None
        return result

    return take


def one_of(*values: str) -> Shape:
    """One of these texts, exactly as written."""

    def take(value: Any, strict: bool) -> str:
        if not isinstance(value, str) or value not in values:
            raise ShapeError(f"{value!r} is not one of {', '.join(values)}")
        return value

    return take


def discriminator(*values: str) -> Shape:
    """One of these upper-case texts in any case; it is kept in upper case."""

    def take(value: Any, strict: bool) -> str:
        if not isinstance(value, str) or value.upper() not in values:
            raise ShapeError(f"{value!r} is not one of {', '.join(values)}")
        return value.upper()

    return take


def integer(minimum: int | None = None) -> Shape:
    """A whole number from `minimum` on, also as text or as a decimal without a fraction."""

    def take(value: Any, strict: bool) -> int:
        found = _number(value)
        if found is None or found != int(found):
            raise ShapeError(f"must be an integer, not {value!r}")
        if minimum is not None and found < minimum:
            raise ShapeError(f"must be at least {minimum}, not {value}")
        return int(found)

    return take


def number(minimum: float | None = None) -> Shape:
    """A number from `minimum` on, also as text; it is kept as a decimal."""

    def take(value: Any, strict: bool) -> float:
        found = _number(value)
        if found is None:
            raise ShapeError(f"must be a number, not {value!r}")
        if minimum is not None and found < minimum:
            raise ShapeError(f"must be at least {minimum}, not {value}")
        return float(found)

    return take


def matching(pattern: str) -> Shape:
    """A string, or a number as one, that matches a regular expression as a whole."""
    compiled = re.compile(pattern)

    def take(value: Any, strict: bool) -> str:
        text = string(value, strict)
        if not compiled.fullmatch(text):
            raise ShapeError(f"{value!r} does not match {pattern}")
        return text

    return take


def string(value: Any, strict: bool) -> str:
    """A string, or a number or boolean that VVP turns into one: `1.50` becomes `"1.50"`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        raise ShapeError(f"must be a string, not {value!r}")
    return value


def boolean(value: Any, strict: bool) -> bool:
    """`true` or `false`, also as text."""
    if isinstance(value, str) and value.strip() in ("true", "false"):
        return value.strip() == "true"
    if not isinstance(value, bool):
        raise ShapeError(f"must be a boolean, not {value!r}")
    return value


def anything(value: Any, strict: bool) -> Any:
    """Any JSON value, copied as it is; of its numbers only the value is kept."""
    if isinstance(value, dict):
        return {key: anything(own, strict) for key, own in value.items()}
    if isinstance(value, list):
        return [anything(own, strict) for own in value]
    return float(value) if isinstance(value, WrittenNumber) else value


def _number(value: Any) -> int | float | None:
    """The finite number that a JSON number or a text is; None for anything else."""
    if isinstance(value, str) and _NUMERIC.fullmatch(value.strip()):
        value = float(value) if set(value) & set(".eE") else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def _object(value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise ShapeError(f"must be an object, not {value!r}")
    return value
