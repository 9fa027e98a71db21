"""What the statuses of resources say, one row each: read from the cluster alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vpsync import __version__
from vpsync.kinds import BY_NAME, position
from vpsync.model.condition import find_condition, weightiest
from vpsync.model.json import Json, JsonObject, objects_in
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import GROUP, Manifest, ResourceKey
from vpsync.planning.ownership.history import is_new
from vpsync.redact.credentials import without_credentials

PENDING = "Pending"
"""Stands where a reason would, while no pass has judged the present spec."""

GONE = "(gone)"
"""Stands where a state would, of a resource that is no more."""

_PHASE = "LIFECYCLE_PHASE_"


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource and its VVP object; what is not known is empty."""

    key: ResourceKey
    platform: PlatformKey
    id: str = ""
    state: str = ""
    """The state, as VVP calls it."""
    ready: str = ""
    """``True``, ``False`` or ``Unknown``."""
    synced: str = ""
    reason: str = ""
    """Of the condition that matters most, as the message."""
    message: str = ""
    drift: str = ""
    """``yes``, ``no``, or empty where it is not known."""
    created: str = ""
    """When it was created (RFC 3339)."""
    deleting: bool = False
    short_kind: str = ""
    """What kubectl takes for the kind in few letters, such as ``vpd``."""


def rows_of(manifests: Iterable[Manifest], short_kinds: Mapping[str, str]) -> list[ResourceRow]:
    """The rows by Kubernetes namespace, kind in dependency order, and name."""
    ordered = sorted(
        manifests, key=lambda one: (one.key.namespace, position(one.key.kind), one.key.name)
    )
    return [row_of(manifest, short_kinds[manifest.key.kind]) for manifest in ordered]


def row_of(manifest: Manifest, short_kind: str) -> ResourceRow:
    """What the status of one resource says."""
    status = manifest.status
    ready = find_condition(status, "Ready") or {}
    synced = find_condition(status, "Synced") or {}
    worst = weightiest(objects_in(status.get("conditions")))
    members = {
        "ready": _text(ready, "status"),
        "synced": _text(synced, "status"),
        "reason": _text(worst, "reason"),
        "message": without_credentials(_text(worst, "message")),
        "drift": _drift(synced),
    }
    if is_new(manifest) or status.get("observedGeneration") != manifest.generation:
        members |= {
            "ready": "Unknown",
            "synced": "Unknown",
            "drift": "",
            "reason": PENDING,
            "message": "no pass has looked at this spec yet",
        }
    return ResourceRow(
        key=manifest.key,
        platform=BY_NAME[manifest.key.kind].platform_key(manifest),
        id=_text(status, "id"),
        state=_text(status, "state") or _text(status, "lifecyclePhase").removeprefix(_PHASE),
        created=manifest.created,
        deleting=manifest.deleting,
        short_kind=short_kind,
        **members,
    )


def _drift(synced: JsonObject) -> str:
    if synced.get("status") == "True":
        return "no"
    return "yes" if synced.get("reason") == Reason.Drifted.name else ""


def _text(value: JsonObject, key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""


def resource_name(key: ResourceKey) -> str:
    """What kubectl takes and prints (``-o name``)."""
    return f"{key.kind.lower()}.{GROUP}/{key.name}"


def rows_as_json(rows: Iterable[ResourceRow]) -> dict[str, Json]:
    """The rows as data, with the keys in this order; it holds no ages, so that it is repeatable."""
    return {
        "formatVersion": "1.0",
        "tool": f"vpsync/{__version__}",
        "resources": [_as_json(row) for row in rows],
    }


def _as_json(row: ResourceRow) -> dict[str, Json]:
    return {
        "kind": row.key.kind,
        "namespace": row.key.namespace,
        "name": row.key.name,
        "platform": {
            "namespace": row.platform.namespace,
            "name": row.platform.name,
            "id": row.id or None,
        },
        "state": row.state or None,
        "ready": row.ready or None,
        "synced": row.synced or None,
        "reason": row.reason or None,
        "message": row.message,
        "drift": {"yes": True, "no": False}.get(row.drift),
        "deleting": row.deleting,
        "createdAt": row.created or None,
    }
