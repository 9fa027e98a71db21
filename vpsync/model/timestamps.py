"""Timestamps as VVP and Kubernetes write them, as seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime

_LATEST = datetime.max.replace(tzinfo=UTC).timestamp() - 1
"""Seconds since 1970 of the last time that can be written."""


def seconds(text: object) -> float | None:
    """Seconds since 1970 of an RFC 3339 timestamp, or of milliseconds; None when it is neither.

    VVP's annotation ``transitioning.since`` is not documented; both forms are understood.
    """
    if not isinstance(text, str):
        return None
    if text.isascii() and text.isdigit():
        return int(text) / 1000 if len(text) < 18 else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def readable(text: str) -> str:
    """The time as RFC 3339 in whole seconds where it is told in milliseconds; any other text as it is."""
    if not (text.isascii() and text.isdigit()):
        return text
    moment = seconds(text)
    if moment is None or moment > _LATEST:
        return text
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
