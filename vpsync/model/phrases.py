"""Phrases that recur in what vpsync says: suggestions, counts and lists of names."""

from __future__ import annotations

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
