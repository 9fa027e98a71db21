"""What VVP answered: JSON of the expected shape, or the error that it is."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from vpsync.errors import (
    PlatformConflict,
    PlatformError,
    PlatformFault,
    PlatformForbidden,
    PlatformNotFound,
    PlatformRejected,
    PlatformUnauthorized,
)
from vpsync.model.json import Json
from vpsync.net.exchange import Answer
from vpsync.net.retry import retry_after
from vpsync.ververica.error_message import vvp_words


class Malformed(PlatformFault):
    """An answer that is not the expected JSON; asking again gives the same."""


def malformed(route: str, what: str) -> NoReturn:
    """Refuses an answer whose shape is not the documented one."""
    raise Malformed(f"{route}: the answer is not what VVP's API promises ({what})")


def decoded(answer: Answer, route: str, token: str | None = None) -> Json:
    """The JSON of a 2xx answer; None when it has no body. Anything else is a PlatformError.

    No error shows the ``token`` of the request.
    """
    status, content = answer.status, answer.body
    if 300 <= status < 400:
        malformed(route, f"a redirect, status {status}; set the URL that VVP itself answers at")
    if status >= 400:
        raise _refusal(answer, route, token)
    if not content.strip():
        return None
    kind = answer.headers.get("Content-Type", "")
    if "json" not in kind.lower():
        malformed(route, f"status {status} with content type {kind.partition(';')[0]!r}")
    return _parsed(content, route)


def _parsed(content: bytes, route: str) -> Json:
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        malformed(route, "broken JSON")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _refusal(answer: Answer, route: str, token: str | None) -> PlatformError:
    status = answer.status
    words = vvp_words(answer.body, answer.headers.get("Content-Type", ""), token)
    text = f"{route}: {status}{': ' + words if words else ''}"
    if status == 401:
        return PlatformUnauthorized(f"{text} (the token is missing or not valid)", status=status)
    if status == 403:
        return PlatformForbidden(f"{text} (the token's role does not permit it)", status=status)
    if status == 404:
        return PlatformNotFound(text, status=status)
    if status == 409:
        return PlatformConflict(text, status=status)
    if status == 429 or status >= 500:
        after = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        return PlatformFault(text, status=status, retry_after=after)
    return PlatformRejected(text, status=status)
