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
from vpsync.model.credentials import without_credentials
from vpsync.model.decoding import decoded
from vpsync.model.json import Json
from vpsync.net.exchange import Answer
from vpsync.net.retry import retry_after


class Expired(ClusterError):
    """The continue token of a list is too old (410)."""


class Invalid(ClusterError):
    """The object would break its schema, or a test of a JSON patch failed (422)."""


def refusal(answer: Answer, method: str, path: str) -> ClusterError:
    """The error that an answer of any status but 2xx is, in the API server's words."""
    status, words = answer.status, _status_message(answer.body)
    text = f"Kubernetes answered {status} to {method} {path.partition('?')[0]}: {words}"
    if status == 401:
        refused = f"Kubernetes does not accept the credentials: {words}"
        return ClusterUnreachable(refused, status=status)
    if status == 403:
        return ClusterForbidden(text, status=status)
    if status == 404:
        advice = "(are the CRDs installed? `vpsync crds | kubectl apply -f -`)"
        return ClusterNotFound(f"{text} {advice}", status=status)
    if status == 409:
        return ClusterConflict(text, status=status)
    if status == 422:
        return Invalid(text, status=status)
    if status == 410:
        return Expired(text, status=status)
    if status == 429 or status >= 500:
        after = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        return ClusterError(text, status=status, retry_after=after)
    return ClusterError(text, status=status)


def _status_message(data: bytes) -> str:
    """The message of a ``Status``; a body of any other shape is not shown."""
    try:
        message = json.loads(data).get("message")
    except (ValueError, AttributeError):
        return "no reason given"
    return without_credentials(" ".join(str(message).split()))[:500]


def parsed(data: bytes, path: str) -> Json:
    """The JSON of a body; :class:`ClusterError` where it is none."""
    try:
        return decoded(data)
    except ValueError as error:
        raise ClusterError(f"the answer to {path.partition('?')[0]} is no JSON") from error
