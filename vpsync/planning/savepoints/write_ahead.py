"""The record that a savepoint is about to be asked for, made before the request.

It lives in the resource's status, or for a manifest from a file as an annotation on the deployment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from vpsync.kinds.values import text_at
from vpsync.model.change import Change
from vpsync.model.json import Json, JsonObject
from vpsync.model.observed import Observed
from vpsync.model.resource import Manifest, annotation
from vpsync.model.timestamps import seconds
from vpsync.planning.ownership.marker import OWNER, read_marker, sealed, unsealed

CREATED = ("metadata", "createdAt")


@dataclass(frozen=True, slots=True)
class SavepointRequest:
    """That a savepoint is about to be asked for."""

    nonce: str
    deployment_id: str
    after: str
    """``createdAt`` of the newest savepoint that VVP had then: VVP's own clock."""
    requested: str
    """When the intent was recorded (RFC 3339)."""
    id: str = ""
    """The savepoint that came of it, where the record lives on the deployment."""

    def as_json(self) -> dict[str, Json]:
        """The intent as a status or an annotation holds it."""
        value = {
            "nonce": self.nonce,
            "deploymentId": self.deployment_id,
            "after": self.after,
            "requested": self.requested,
        }
        return {**value, "id": self.id} if self.id else value


def read_request(value: JsonObject | None) -> SavepointRequest | None:
    """The intent in a status or annotation; None when there is none."""
    if not value or not isinstance(value.get("nonce"), str):
        return None
    texts = (str(value.get(key) or "") for key in ("deploymentId", "after", "requested", "id"))
    return SavepointRequest(value["nonce"], *texts)


def request_annotation(manifest: Manifest) -> str:
    """Where a file's savepoint is remembered: a key of its own on the deployment."""
    name = f"{manifest.key.namespace}/{manifest.key.name}"
    return annotation("savepoint-" + hashlib.sha256(name.encode()).hexdigest()[:12])


def request_text(manifest: Manifest, intent: SavepointRequest) -> str:
    """The annotation's value."""
    resource = f"{manifest.key.namespace}/{manifest.key.name}"
    return sealed({"v": 1, "resource": resource, **intent.as_json()})


def request_for(change: Change, savepoints: Iterable[Observed], requested: str) -> SavepointRequest:
    """The intent to record before a planned savepoint is asked for."""
    marker = read_marker(change.metadata[OWNER])
    deployment_id = text_at(change.patch(), ("metadata", "deploymentId"))
    created = (text_at(savepoint.body, CREATED) for savepoint in savepoints)
    newest = max(created, key=lambda text: seconds(text) or 0.0, default="")
    return SavepointRequest(marker.nonce if marker else "", deployment_id, newest, requested)


def known_request(manifest: Manifest, deployment: Observed | None) -> SavepointRequest | None:
    """The recorded intent: from the status, or for a file from the deployment's annotation."""
    if manifest.in_cluster:
        return read_request(manifest.status.get("intent"))
    text = deployment.annotations.get(request_annotation(manifest)) if deployment else None
    return read_request(unsealed(text))


def known_id(manifest: Manifest, intent: SavepointRequest | None) -> str:
    """The id that VVP answered with; empty while none is known."""
    if manifest.in_cluster:
        return str(manifest.status.get("id") or "")
    return intent.id if intent else ""
