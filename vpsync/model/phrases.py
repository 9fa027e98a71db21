"""Phrases that recur in what vpsync says, and what a sentence says apart from its counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest of some names; empty when none is near.

    Nearest is one that differs in upper and lower case alone.
    """
    choices = sorted(names)
    near = [one for one in choices if one.lower() == name.lower()] or _alike(name, choices)
    return f"; did you mean {near[0]!r}?" if near else ""


def _alike(name: str, names: Sequence[str]) -> list[str]:
    # Imported only here: a pass over resources without a typo has no use for it.
    from difflib import get_close_matches

    return get_close_matches(name, names, n=1, cutoff=0.7)


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 field``, ``2 fields``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """The names, comma-separated; beyond ``most`` only how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


_MOVING = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"
    r"|(?<![\w./:@'-])\d+(?:\.\d+)?(?:ms|[smhd%])?(?![\w-]|\.\w)"
)
"""A time, or a number that stands alone: not a part of a name, a path, an address or a checksum."""


def fact_of(text: str) -> str:
    """What a sentence says apart from counts and times in it, which move while the fact stays the same."""
    return _MOVING.sub("#", text)
