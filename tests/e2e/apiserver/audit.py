"""Reads the API server's audit log: the honest record of the requests it was really sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
# Reviews are "created" to ask a question; nothing of these groups is ever stored.
_QUESTIONS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})

# One line for each request, with the body of writes. A watch is told when it starts, because it
# may outlive the test; everything else when it is answered.
POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "rules": [
        # How the server is probed until it serves.
        {"level": "None", "nonResourceURLs": ["/readyz"]},
        {
            "level": "Metadata",
            "verbs": ["watch"],
            "omitStages": ["RequestReceived", "ResponseComplete"],
        },
        {"level": "Request", "verbs": sorted(_WRITES), "omitStages": ["RequestReceived"]},
        {"level": "Metadata", "omitStages": ["RequestReceived"]},
    ],
}


class AuditError(Exception):
    """The audit log lacks a request that the server was sent."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One request as the API server saw it, refused ones included.

    ``user`` is the one acted as, so the impersonated one where there is one, and empty when the
    credentials were refused. ``code`` is the HTTP status. Texts that do not apply are empty:
    ``resource`` for a path such as ``/readyz``, ``name`` for a list. ``body`` is the decoded JSON
    sent with a write (for a patch, the patch); it is ``None`` for reads and for writes that were
    refused before their body was read.
    """

    verb: str
    user: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    uri: str
    body: Any

    @property
    def mutating(self) -> bool:
        """Whether the request asked to change what is stored; a dry run or a review does not."""
        if self.verb not in _WRITES or self.group in _QUESTIONS:
            return False
        return "All" not in parse_qs(urlsplit(self.uri).query).get("dryRun", [])

    @property
    def internal(self) -> bool:
        """Whether the API server sent the request to itself."""
        return self.user == "system:apiserver"


def parse_entries(lines: Iterable[bytes]) -> list[AuditEntry]:
    """The entries of audit log ``lines``, in the order they were answered."""
    return [_entry(json.loads(line)) for line in lines]


def lost_entries(server_log: str) -> list[str]:
    """What the server's own log tells of requests that it could not write to the audit log."""
    _, *losses = server_log.split("Error in audit plugin")
    return ["\n".join(loss.splitlines()[:3]) for loss in losses]


def _entry(event: dict[str, Any]) -> AuditEntry:
    target = event.get("objectRef", {})
    user = event.get("impersonatedUser", event.get("user", {}))
    return AuditEntry(
        verb=event["verb"],
        user=user.get("username", ""),
        group=target.get("apiGroup", ""),
        resource=target.get("resource", ""),
        subresource=target.get("subresource", ""),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        uri=event["requestURI"],
        body=event.get("requestObject"),
    )
