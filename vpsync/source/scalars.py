"""What a scalar of YAML means: what kubectl reads, and where other readers read something else.

kubectl, Flux, Argo CD and Helm read YAML with sigs.k8s.io/yaml over go-yaml v2 (``resolve.go``), write
it as JSON, and the API server decodes that. :func:`scalar` gives the value that comes out at the end:

====================================  =====================================================
plain scalar                          value
====================================  =====================================================
``y yes on true`` (three cases each)  true
``n no off false``                    false
nothing, ``~``, ``null``              null
``0777``, ``0o777``, ``0x1F``,        a whole number; ``_`` between digits is dropped
``0b11``, ``1_000``
``08``, ``1e3``, ``1.0``              a number, as JSON writes it: 8, 1000 and 1
beyond 64 bits                        the nearest float, written out
``0b-11``                             a number: -3
``1:30``, ``2023-05-04``              text: neither base 60 nor timestamps
``.inf``, ``.nan``                    refused: JSON has no word for them
``1e999``                             refused: nobody means the text that kubectl makes of it
====================================  =====================================================

YAML 1.2 (its core schema, chapter 10.3) and YAML 1.1 (its type repository, as PyYAML has it) differ from
that; :func:`doubt` says how.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import inf, isfinite

from vpsync.model.json import Json

_STRING_TAGS = ("!", "tag:yaml.org,2002:str")
FLOAT_TAG = "tag:yaml.org,2002:float"
"""Of what is a fraction, however it is written."""
_HINTS = frozenset("+-.0123456789yYnNtTfFoO~")
"""What a plain scalar begins with that may be more than text."""


def _cases(*words: str) -> list[str]:
    """Each word in the three cases that YAML 1.1 knows."""
    return [case for word in words for case in (word, word.capitalize(), word.upper())]


_NULLS = {"": None, "~": None, **dict.fromkeys(_cases("null"), None)}
_BOOLEANS = {
    **dict.fromkeys(_cases("true"), True),
    **dict.fromkeys(_cases("false"), False),
}
_CORE_WORDS = {**_NULLS, **_BOOLEANS}
_TYPE_WORDS = {
    **_CORE_WORDS,
    **dict.fromkeys(_cases("yes", "on"), True),
    **dict.fromkeys(_cases("no", "off"), False),
}
_WORDS = {**_TYPE_WORDS, "y": True, "Y": True, "n": False, "N": False}
_NOT_FINITE = frozenset(
    (
        ".inf",
        ".Inf",
        ".INF",
        "+.inf",
        "+.Inf",
        "+.INF",
        "-.inf",
        "-.Inf",
        "-.INF",
        ".nan",
        ".NaN",
        ".NAN",
    )
)

_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_PREFIXED = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]+|[oO]?[0-7]+|[bB][01]+)")
_SIGNED_BITS = re.compile(r"0b[-+][01]+")
"""What go-yaml makes a number of because it reads on behind ``0b``, sign and all."""
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINTED = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
"""What begins with a point is read by Go's own rules, which know ``_`` only between digits."""

_CORE_INTEGER = re.compile(r"[-+]?[0-9]+")
_CORE_PREFIXED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")

_TYPE_INTEGER = re.compile(
    r"[-+]?(?:0b_*[01][01_]*|0[0-7_]+|(?:0|[1-9][0-9_]*)|0x_*[0-9a-fA-F][0-9a-fA-F_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)"
)
_TYPE_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
)
_TYPE_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
)

_LONGEST_NUMBER = 400
"""Characters. A longer run of digits is no number that anybody meant, and slow to convert."""


def scalar(text: str, tag: str | None, *, plain: bool) -> Json:
    """The value of a scalar; one in quotes is not ``plain``. ValueError for what JSON has no word for."""
    if tag is None:
        if not plain or (text and text[0] not in _HINTS):
            return text
        return _resolved(text)
    if tag in _STRING_TAGS:
        return text
    return _tagged(text, tag)


def number(text: str) -> int | float:
    """The number that a decimal literal is once the API server has it; ValueError where it is too large."""
    if len(text) < _LONGEST_NUMBER and "." not in text and "e" not in text and "E" not in text:
        whole = int(text)
        if -(2**63) <= whole < 2**63:
            return whole
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{_brief(text)} is too large for a number")
    return _written(value)


def doubt(text: str) -> str:
    """What other readers make of a plain scalar, in words; empty where all of them agree."""
    if text and text[0] not in _HINTS:
        return ""
    try:
        ours = _resolved(text)
    except ValueError:
        return ""
    for name, read in (("YAML 1.2", _core), ("YAML 1.1", _types)):
        theirs = read(text)
        if (type(theirs), theirs) != (type(ours), ours):
            return f"kubectl and vpsync read {_named(ours)}, {name} reads {_named(theirs)}"
    return ""


def _resolved(text: str) -> Json:
    """What go-yaml makes of a plain scalar, as the API server holds it."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        raise ValueError(f"{text} is no number in JSON: put it in quotes")
    if text[0] not in "+-.0123456789":
        return text
    if text[0] == "." and not _POINTED.fullmatch(text):
        return text
    digits = text.replace("_", "")
    if _DECIMAL.fullmatch(digits):
        return number(digits)
    if _PREFIXED.fullmatch(digits) and (value := _prefixed(digits)) is not None:
        return value
    if _SIGNED_BITS.fullmatch(digits) and is_whole(digits):
        return int(digits[2:], 2)
    return number(digits) if _FLOAT.fullmatch(digits) else text


def is_whole(digits: str) -> bool:
    """Whether go-yaml reads a whole number, which has 64 bits; what is longer is a float to it."""
    if len(digits) >= _LONGEST_NUMBER:
        return False
    if _SIGNED_BITS.fullmatch(digits):
        return -(2**63) <= int(digits[2:], 2) < 2**63
    if _DECIMAL.fullmatch(digits):
        return -(2**63) <= int(digits) < (2**63 if digits[0] in "+-" else 2**64)
    return _PREFIXED.fullmatch(digits) is not None and _prefixed(digits) is not None


def _prefixed(digits: str) -> int | float | None:
    """A number of another base; None where it does not fit into 64 bits."""
    if len(digits) >= _LONGEST_NUMBER:
        return None
    sign = -1 if digits[0] == "-" else 1
    bare = digits.lstrip("+-").lower()
    value = sign * int(bare, 8 if bare[1].isdigit() else 0)
    if -(2**63) <= value < 2**63:
        return value
    if value < 2**64 and digits[0] not in "+-":
        return number(str(value))
    return None


def _tagged(text: str, tag: str) -> Json:
    """The value of a scalar with a tag of YAML's own; ValueError where it is none of that type."""
    types: dict[str, tuple[type, ...]] = {
        "int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),),
    }  # fmt: skip
    name = tag.rpartition(":")[2]
    if name not in types or not tag.startswith("tag:yaml.org,2002:"):
        raise ValueError(f"the tag {_brief(tag)} means nothing in JSON")
    value = _resolved(text)
    fits = isinstance(value, types[name]) and (name == "bool" or not isinstance(value, bool))
    whole = is_whole(text.replace("_", ""))
    # go-yaml makes no float of a whole number that takes all of 64 bits.
    if (
        not fits
        or (name, whole) == ("int", False)
        or (tag == FLOAT_TAG and whole and value >= 2**63)
    ):
        raise ValueError(f"the tag {_brief(tag)} does not fit the value behind it")
    return _written(float(value)) if tag == FLOAT_TAG else value


def _written(value: float) -> int | float:
    """A float as Go writes it in JSON: whole ones below 1e21 without a point."""
    if value == int(value) and abs(value) < 1e21:
        return int(Decimal(repr(value)))
    return value


def _core(text: str) -> Json:
    """What the core schema of YAML 1.2 makes of a plain scalar."""
    if text in _CORE_WORDS:
        return _CORE_WORDS[text]
    if len(text) < _LONGEST_NUMBER:
        if _CORE_PREFIXED.fullmatch(text):
            return int(text, 0)
        if _CORE_INTEGER.fullmatch(text):
            return int(text)
    return _float_or(text, _FLOAT)


def _types(text: str) -> Json:
    """What the types of YAML 1.1 make of a plain scalar; times and base 60 are only named."""
    if text in _TYPE_WORDS:
        return _TYPE_WORDS[text]
    if _TYPE_TIMESTAMP.fullmatch(text):
        return _Named("a time")
    if _TYPE_INTEGER.fullmatch(text) and len(text) < _LONGEST_NUMBER:
        return _Named("a number of base 60") if ":" in text else _type_integer(text)
    if ":" in text and _TYPE_FLOAT.fullmatch(text):
        return _Named("a number of base 60")
    return _float_or(text, _TYPE_FLOAT)


def _type_integer(text: str) -> int:
    """A whole number of YAML 1.1, where a leading zero means base 8."""
    digits = text.replace("_", "")
    bare = digits.lstrip("+-")
    octal = len(bare) > 1 and bare[0] == "0" and bare[1] not in "xb"
    value = int(bare, 8 if octal else 0)
    return -value if digits[0] == "-" else value


def _float_or(text: str, form: re.Pattern[str]) -> Json:
    """The number that a text is where it has that form, else the text."""
    value = float(text.replace("_", "")) if form.fullmatch(text) else inf
    return _written(value) if isfinite(value) else text


class _Named:
    """A value that JSON does not have, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name


def _named(value: Json) -> str:
    """The value as it is shown to people."""
    if isinstance(value, _Named):
        return value.name
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else f"the number {value}"


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
