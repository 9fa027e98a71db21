"""What must hold of every status and of every write, whatever a test is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vpsync.model.reasons import Reason
from vpsync.sandbox import LoggedRequest

from .admin import GROUP, PLURALS
from .apiserver.audit import AuditEntry

CONDITIONS = ("Ready", "Synced", "Reconciling", "Stalled")


def condition(resource: dict[str, Any], kind: str) -> dict[str, Any]:
    """A condition of a resource; empty where it has none."""
    conditions = resource.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == kind), {})


def kstatus(resource: dict[str, Any]) -> str:
    """What Flux and Argo CD read: the rules of sigs.k8s.io/cli-utils, ``kstatus``, anew."""
    metadata, status = resource["metadata"], resource.get("status", {})
    if "deletionTimestamp" in metadata:
        return "Terminating"
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return "InProgress"
    if condition(resource, "Reconciling").get("status") == "True":
        return "InProgress"
    if condition(resource, "Stalled").get("status") == "True":
        return "Failed"
    ready = condition(resource, "Ready").get("status", "True")
    return "Current" if ready == "True" else "InProgress"


def assert_status_is_sound(resource: dict[str, Any]) -> None:
    """The conditions are those of the design, and kstatus reads them as they are meant."""
    status = resource.get("status", {})
    if status.get("observedGeneration", -1) == -1:
        assert status.get("conditions", []) == []
        assert kstatus(resource) == "InProgress", "unobserved, so nobody may take it for ready"
        return
    assert status["observedGeneration"] <= resource["metadata"]["generation"]
    kinds = [one["type"] for one in status["conditions"] if one["type"] in CONDITIONS]
    assert len(set(kinds)) == len(kinds)
    assert {"Ready", "Synced"} <= set(kinds)
    assert not {"Reconciling", "Stalled"} <= set(kinds)
    refused = condition(resource, "Stalled").get("reason") == Reason.Unauthorized.name
    for one in status["conditions"]:
        _assert_condition_is_sound(one)
        if not (refused and one["type"] == "Ready"):  # It stays what it was.
            assert one["observedGeneration"] == status["observedGeneration"]
    if status["observedGeneration"] == resource["metadata"]["generation"]:
        _assert_kstatus_agrees(resource, kinds)


def _assert_condition_is_sound(one: dict[str, Any]) -> None:
    assert one["reason"] in Reason.__members__
    assert one["message"] is not None
    assert datetime.fromisoformat(one["lastTransitionTime"]).tzinfo is not None
    if one["type"] in ("Reconciling", "Stalled"):
        assert one["status"] == "True", "there only while it is true"
    else:
        assert one["status"] in ("True", "False", "Unknown")


def _assert_kstatus_agrees(resource: dict[str, Any], kinds: list[str]) -> None:
    if "deletionTimestamp" in resource["metadata"]:
        expected = "Terminating"
    elif "Reconciling" in kinds:
        expected = "InProgress"
    elif "Stalled" in kinds:
        expected = "Failed"
    else:
        is_ready = condition(resource, "Ready")["status"] == "True"
        expected = "Current" if is_ready else "InProgress"
    assert kstatus(resource) == expected


def assert_write_is_ours_to_make(entry: AuditEntry) -> None:
    """A write of vpsync: a status, the finalizer, its own annotations, an event, its Lease; never a spec."""
    shown = f"{entry.verb} {entry.uri}: {entry.body}"
    if entry.resource == "leases":
        assert entry.verb in ("create", "update"), shown
        if entry.code < 400:
            # The log has no body of what was refused.
            assert (entry.body or {})["metadata"]["name"].startswith("vpsync-"), shown
        return
    if entry.resource == "events":
        recurs = entry.verb == "patch" and set(entry.body or {}) <= {
            "lastTimestamp",
            "message",
            "count",
            "series",
        }
        assert entry.verb == "create" or recurs, shown
        return
    assert entry.group == GROUP, shown
    assert entry.resource in PLURALS, shown
    assert entry.verb == "patch", shown
    if entry.body is None:
        # Refused by the rights before its body was read, or cut off when its sender was killed.
        assert entry.code >= 400, f"carried out without a body: {shown}"
    elif isinstance(entry.body, list):
        allowed = ("/metadata/finalizers", "/metadata/uid", "/metadata/resourceVersion")
        assert all(step["path"].startswith(allowed) for step in entry.body), shown
        assert entry.subresource == "", shown
        assert entry.body[0]["op"] == "test", shown
    elif entry.subresource == "status":
        assert set(entry.body) <= {"status", "metadata"}, shown
        assert set(entry.body.get("metadata", {})) <= {"resourceVersion"}, shown
    else:
        assert set(entry.body) == {"metadata"}, shown
        assert set(entry.body["metadata"]) == {"annotations"}, shown
        assert all(key.startswith(f"{GROUP}/") for key in entry.body["metadata"]["annotations"])


def assert_statuses_say_what_changed(entries: Iterable[AuditEntry]) -> None:
    """Each status patch of vpsync holds only members that differ from what was there.

    ``entries`` are all patches of statuses in one namespace, those of others included, since the
    resources were created.
    """
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        if entry.subresource != "status" or entry.code != 200:
            continue
        status = held.setdefault((entry.resource, entry.name), {"observedGeneration": -1})
        for member, value in entry.body["status"].items():
            before = status.get(member)
            status[member] = _merged(before, value)
            by_us = entry.user.startswith("system:serviceaccount:")
            if by_us and not (before is None and value is None):
                assert status[member] != before, f"{entry.uri}: {member} says nothing new"


def _merged(before: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def sent(requests: Iterable[LoggedRequest]) -> Counter[tuple[str, str]]:
    """How often VVP carried out what: the method, and the collection with the name or id."""
    return Counter(_what(request) for request in requests if request.applied)


def _what(request: LoggedRequest) -> tuple[str, str]:
    collection, _, identity = (
        request.path.partition("/namespaces/")[2].partition("/")[2].partition("/")
    )
    if request.path.startswith("/namespaces/v1/"):
        collection, identity = "namespaces", request.path.rpartition("/namespaces")[2].strip("/")
        identity = identity or str(request.body["name"]).removeprefix("namespaces/")
    metadata = (request.body or {}).get("metadata") or {}
    name = identity or metadata.get("name") or metadata.get("deploymentId")
    return request.method, f"{collection}/{name}"
