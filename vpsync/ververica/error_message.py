"""VVP's own words in an error answer, fit to be shown."""

from __future__ import annotations

import json
from http import HTTPStatus

from vpsync.redact.redactor import hiding
from vpsync.redact.text import quoted

LIMIT = 500
"""Characters of VVP's message that are kept."""

LONGEST_BODY = 4 * 1024 * 1024
"""Bytes of an error that are read: VVP repeats traces and whole scripts of SQL in its messages."""


def vvp_words(content: bytes, content_type: str, token: str | None = None) -> str:
    """The members ``message`` and ``reason`` of an error body, in one line; empty when there is none.

    A body of any other shape is of unknown origin (a proxy's page, say) and is never shown. (The
    Go operator and the vendor's clients rely on ``message`` alone.) The token of the request is hidden
    before the text is cut: what is left of it would not be known again.
    """
    if "json" not in content_type.lower():
        return ""
    try:
        body = json.loads(content[:LONGEST_BODY])
    except (ValueError, RecursionError):
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        return ""
    return quoted(f"{message}{_reason(body, message)}", LIMIT, hiding([token or ""]))


def _reason(body: dict[str, object], message: str) -> str:
    """VVP's word for the kind of error, where it says more than the status and the message do."""
    reason = body.get("reason")
    if not isinstance(reason, str) or not reason.strip() or reason in message:
        return ""
    letters = _letters(reason)
    return "" if letters in _STATUSES or not letters else f" ({reason})"


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())


_STATUSES = frozenset(_letters(status.phrase) for status in HTTPStatus)
"""Reasons that repeat what the number of the status says."""
