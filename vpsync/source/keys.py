"""What a key of a map in YAML is once it is a key of JSON, as kubectl makes it.

sigs.k8s.io/yaml writes whole numbers and booleans as they are meant, and a fraction in single precision, the
shortest text that says it (Go's format `g`): ``1.0`` is the key "1", ``1.10`` is "1.1", ``1e6`` is "1e+06".
What it has no text for is refused: null, and whole numbers beyond 63 bits.
"""

from __future__ import annotations

import struct
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from math import frexp

from vpsync.model.json import Json
from vpsync.source.scalars import FLOAT_TAG, is_whole, scalar

_LEAST, _MOST = -4, 6
"""Exponents of ten from which on, and up to below which, a number is written without one."""

_MOST_DIGITS = 9
"""Of a number of single precision; no two of them are the same then."""

_CONTEXT = Context(prec=200)
"""Enough for every such number in full."""


def key(text: str, value: Json, tag: str | None = None) -> str:
    """The text that a key of a map becomes; ValueError for one that cannot be a key of JSON.

    ``value`` is what :func:`vpsync.source.scalars.scalar` makes of ``text``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    digits = text.replace("_", "")
    if isinstance(value, (int, float)):
        if tag == FLOAT_TAG:
            return _in_single_precision(float(value))
        if not is_whole(digits):
            return _in_single_precision(float(digits))
        if -(2**63) <= value < 2**63:
            return str(value)
    raise ValueError("a key must be text: put it in quotes")


def is_fraction(text: str) -> bool:
    """Whether a plain key is written as a fraction, which need not stay as it is written."""
    value = scalar(text, None, plain=True)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and not is_whole(text.replace("_", ""))


def _in_single_precision(value: float) -> str:
    """A number as Go formats it with 32 bits; ValueError where it is too large for these."""
    try:
        single = _rounded(value)
    except OverflowError:
        raise ValueError("a key must be text: put it in quotes") from None
    if single == 0:
        return f"{single:.0f}"
    shortest = _shortest(single)
    exponent = shortest.adjusted()
    if _LEAST <= exponent < _MOST:
        return f"{shortest:f}"
    mantissa = f"{shortest.scaleb(-exponent):f}"
    return f"{mantissa}e{exponent:+03d}"


def _shortest(single: float) -> Decimal:
    """The number of fewest digits that means this one of single precision, of several the nearest."""
    exact = Decimal(single)
    for digits in range(_MOST_DIGITS):
        last = Decimal(1).scaleb(exact.adjusted() - digits)
        # Half-way between two, Go takes the even one, of a power of two the larger.
        middle = ROUND_HALF_UP if abs(frexp(single)[0]) == 0.5 else ROUND_HALF_EVEN
        for rounding in (middle, ROUND_UP, ROUND_DOWN):
            text = exact.quantize(last, rounding, _CONTEXT)
            if _means(text, single):
                return text.normalize()
    return exact


def _means(text: Decimal, single: float) -> bool:
    try:
        return _rounded(float(text)) == single
    except OverflowError:
        return False


def _rounded(value: float) -> float:
    """The nearest number of single precision; OverflowError where that is none."""
    single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return single
