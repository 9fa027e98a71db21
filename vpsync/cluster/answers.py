"""What the API server answered: JSON, or the error that it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from vpsync.errors import (
    ClusterConflict,
    ClusterError,
    ClusterForbidden,
    ClusterNotFound,
    ClusterRejected,
    ClusterUnreachable,
)
from vpsync.model.decoding import decoded
from vpsync.model.json import Json, JsonObject, objects_in, value_at
from vpsync.net.exchange import Answer
from vpsync.net.retry import retry_after
from vpsync.redact.redactor import Redactor, hiding
from vpsync.redact.text import quoted


class Expired(ClusterError):
    """The continue token of a list is too old (410)."""


class TestFailed(ClusterRejected):
    """A JSON patch does not fit the object any more (422)."""


def refusal(
    answer: Answer, method: str, path: str, host: str, secrets: Iterable[str] = ()
) -> ClusterError:
    """The error that an answer of any status but 2xx is, in the API server's words without ``secrets``."""
    status, document = answer.status, _status_of(answer.body)
    words = _message_of(document, hiding(secrets))
    text = f"Kubernetes answered {status} to {method} {path.partition('?')[0]}: {words}"
    if method != "GET" and _is_denial(status, document):
        return ClusterRejected(text, status=status)
    if status == 401:
        refused = f"Kubernetes at {host} does not accept the credentials: {words}"
        return ClusterUnreachable(refused, status=status)
    if status == 403:
        return ClusterForbidden(text, status=status)
    if status == 404:
        advice = "(are the CRDs installed? `vpsync crds | kubectl apply -f -`)"
        return ClusterNotFound(f"{text} {advice}", status=status)
    if status == 409:
        return ClusterConflict(text, status=status)
    if status == 422:
        error = TestFailed if _is_unfit(document) else ClusterRejected
        return error(text, status=status)
    if status == 410:
        return Expired(text, status=status)
    after = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    return ClusterError(text, status=status, retry_after=after)


def _is_denial(status: int, document: JsonObject) -> bool:
    """Whether an admission policy or a webhook denied a write, with a status that others use, too.

    A policy chooses 403, 413 or 422, and is a cause in the details. A webhook chooses any status, most
    often 403, and gives no details. The authoriser's 403 has details and no cause in them.
    (apiserver ``admission/plugin/policy/validating/dispatcher.go`` and
    ``admission/plugin/webhook/errors``, 1.34.)
    """
    if document.get("kind") != "Status" or status not in (403, 413):
        return False
    details = document.get("details")
    if details is None:
        return status == 403
    return isinstance(details, Mapping) and bool(details.get("causes"))


def _is_unfit(document: JsonObject) -> bool:
    """Whether a 422 is about the object as it is now, and not about what somebody permits.

    For a patch that does not fit, the details are empty, where a policy names the object, a schema the
    fields, and a webhook gives none (apiserver ``endpoints/handlers/patch.go``, 1.34). Finalizers are
    forbidden to an object that is being deleted.
    """
    details = document.get("details")
    causes = objects_in(value_at(details, ("causes",)))
    return details == {} or any(one.get("field") == "metadata.finalizers" for one in causes)


def _status_of(data: bytes) -> JsonObject:
    """The ``Status`` of an error; empty where the body is of any other shape, and so of others."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _message_of(document: JsonObject, hides: Redactor) -> str:
    if "message" not in document:
        return "no reason given"
    return quoted(str(document["message"]), 500, hides)


def parsed(data: bytes, path: str) -> Json:
    """The JSON of a body; :class:`ClusterError` where it is none."""
    try:
        return decoded(data)
    except ValueError as error:
        raise ClusterError(f"the answer to {path.partition('?')[0]} is no JSON") from error
