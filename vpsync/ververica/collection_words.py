"""What is said of a collection of a VVP namespace: its objects, counted and named, or that nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from vpsync.errors import PlatformError
from vpsync.model.phrases import counted, listed

SHOWN = 5
"""Names of each kind."""

_LACKING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED})


def in_words(
    noun: str, read: Callable[[], Sequence[str]], *, lacking: bool
) -> tuple[list[str], bool]:
    """What is said of a collection, and whether it answered.

    ``read`` gives the name of each object, empty for one that has none. ``lacking`` says that the
    release may not have the collection.
    """
    try:
        names = read()
    except PlatformError as error:
        if lacking and is_lacking(error):
            return [], False
        return [unreadable(noun)], False
    if not names:
        return [], True
    shown = [name for name in names if name]
    return [counted(len(names), noun) + (f" ({listed(shown, SHOWN)})" if shown else "")], True


def unreadable(noun: str) -> str:
    """What is said where nobody knows whether there is one."""
    return f"{noun}s that could not be listed"


def is_lacking(error: PlatformError) -> bool:
    """Whether a release that has no such collection answers like this."""
    return error.status in _LACKING
