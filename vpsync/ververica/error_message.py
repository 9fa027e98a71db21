"""VVP's own words in an error answer, fit to be shown."""

from __future__ import annotations

import json

from vpsync.redact.hiding import hiding
from vpsync.redact.text import quoted

LIMIT = 500
"""Characters of VVP's message that are kept."""


def vvp_words(content: bytes, content_type: str, token: str | None = None) -> str:
    """The member ``message`` of an error body, in one line; empty when there is none.

    A body of any other shape is of unknown origin (a proxy's page, say) and is never shown. (The
    Go operator and the vendor's clients rely on ``message`` alone.) The token of the request is hidden
    before the text is cut: what is left of it would not be known again.
    """
    if "json" not in content_type.lower():
        return ""
    try:
        body = json.loads(content[:65536])
    except (ValueError, RecursionError):
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return quoted(message, LIMIT, hiding([token or ""])) if isinstance(message, str) else ""
