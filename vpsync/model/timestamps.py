"""Timestamps as VVP and Kubernetes write them, as seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


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
