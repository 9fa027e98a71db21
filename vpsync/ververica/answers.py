"""What VVP answered: JSON of the expected shape, or the error that it is."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import requests

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
from vpsync.ververica.error_message import vvp_words


class Malformed(PlatformFault):
    """An answer that is not the expected JSON; asking again gives the same."""


class Throttled(PlatformFault):
    """An answer that asks for a pause."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
        """Of the pause; 0 where VVP leaves it to us."""


def malformed(route: str, what: str) -> NoReturn:
    """Refuses an answer whose shape is not the documented one."""
    raise Malformed(f"{route}: the answer is not what VVP's API promises ({what})")


def decoded(
    response: requests.Response, content: bytes, route: str, token: str | None = None
) -> Json:
    """The JSON of a 2xx answer; None when it has no body. Anything else is a PlatformError.

    No error shows the ``token`` of the request.
    """
    status = response.status_code
    if 300 <= status < 400:
        malformed(route, f"a redirect, status {status}; set the URL that VVP itself answers at")
    if status >= 400:
        raise _refusal(response, content, route, token)
    if not content.strip():
        return None
    kind = response.headers.get("Content-Type", "")
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


def _refusal(
    response: requests.Response, content: bytes, route: str, token: str | None
) -> PlatformError:
    status = response.status_code
    words = vvp_words(content, response.headers.get("Content-Type", ""), token)
    text = f"{route}: {status}{': ' + words if words else ''}"
    if status == 401:
        return PlatformUnauthorized(f"{text} (the token is missing or not valid)")
    if status == 403:
        return PlatformForbidden(f"{text} (the token's role does not permit it)")
    if status == 404:
        return PlatformNotFound(text)
    if status == 409:
        return PlatformConflict(text)
    if status == 429 or status >= 500:
        return Throttled(text, _seconds(response.headers.get("Retry-After")))
    return PlatformRejected(text)


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0
