"""What the API server answered: JSON, or the error that it is."""

from __future__ import annotations

import json

from vpsync.errors import (
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterNotFound,
    ClusterUnreachable,
)
from vpsync.model.json import Json
from vpsync.redact.text import quoted


class Expired(ClusterError):
    """The continue token of a list is too old (410)."""


class Invalid(ClusterError):
    """The object would break its schema, or a test of a JSON patch failed (422)."""


class NoAnswer(ClusterUnreachable):
    """The API server cannot be reached."""


class Busy(ClusterError):
    """The API server asks to come again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
        """Of the pause; 0 where that is left to us."""


def refusal(
    method: str, path: str, status: int, data: bytes, retry_after: str | None
) -> ClusterError:
    """The error that an answer of any status but 2xx is, in the API server's words."""
    words = _status_message(data)
    text = f"Kubernetes answered {status} to {method} {path.partition('?')[0]}: {words}"
    if status == 401:
        return ClusterUnreachable(f"Kubernetes does not accept the credentials: {words}")
    if status == 403:
        return ClusterForbidden(text)
    if status == 404:
        return ClusterNotFound(
            f"{text} (are the CRDs installed? `vpsync crds | kubectl apply -f -`)"
        )
    if status == 409:
        return ClusterConflict(text)
    if status == 422:
        return Invalid(text)
    if status == 410:
        return Expired(text)
    if status == 429 or status >= 500:
        return Busy(text, _seconds(retry_after))
    return ClusterError(text)


def _status_message(data: bytes) -> str:
    """The message of a ``Status``; a body of any other shape is not shown."""
    try:
        message = json.loads(data).get("message")
    except (ValueError, AttributeError):
        return "no reason given"
    return quoted(str(message), 500)


def parsed(data: bytes, path: str) -> Json:
    """The JSON of a body; :class:`ClusterError` where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ClusterError(f"the answer to {path.partition('?')[0]} is no JSON") from error


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def cause(error: BaseException) -> str:
    """What kept the connection from working, in words that hold no credentials."""
    text = str(error)
    for sign, words in (
        ("refused", "connection refused"),
        ("CERTIFICATE", "its certificate is not accepted"),
        ("timed out", "time limit reached"),
        ("Name or service", "its name cannot be resolved"),
    ):
        if sign in text:
            return words
    return type(error).__name__
