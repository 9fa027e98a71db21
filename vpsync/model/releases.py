"""Releases of VVP: numbers that are compared, such as (2, 15, 8)."""

from __future__ import annotations

import re

Release = tuple[int, ...]

FULL_SUPPORT: Release = (2, 4)
"""The first that vpsync supports in full: it replaces objects and changes deployment targets."""

TARGETS_BY_NAME: Release = (2, 4)
"""The first that takes a deployment target by its name (its specification)."""

APPLIES_DEFAULTS: Release = (2, 6)
"""The first whose PUT can be told to apply defaults, and declares no default for that (its specification)."""

_LEADING = re.compile(r"v?(\d{1,4}(?:\.\d{1,4}){1,3})(?![\d.])", re.IGNORECASE)


def release_in(text: str) -> Release | None:
    """The release that a version states, as ``2.8.1`` or ``2.8.1-SNAPSHOT``; None where it states none."""
    leading = _LEADING.match(text.strip())
    return tuple(int(number) for number in leading[1].split(".")) if leading else None


def shown_release(release: Release) -> str:
    """A release as people write it."""
    return ".".join(map(str, release))
