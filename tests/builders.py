"""Short builders of what the core works with; every default is an ordinary case that is in order.

A resource is a deployment ``orders`` on the target ``jobs`` unless told otherwise. Edits are JSON
pointers with the value to put there: into ``spec`` of a manifest, into the whole of a VVP object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME, KINDS
from vpsync.kinds.kind import Kind, Update
from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync
from vpsync.model.finding import Finding
from vpsync.model.json import leaves, path_from_pointer, pointer, value_at
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.options import ResourceOptions
from vpsync.model.outcome import Applied, Result
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, GROUP, Desired, Manifest, ResourceKey, annotation
from vpsync.planning.options import InvalidAnnotation, read_options
from vpsync.planning.ownership.history import declaration
from vpsync.planning.ownership.managed_fields import MANAGED, managed_text
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.ownership.sent_values import sent_values
from vpsync.planning.plan import Plan, declare, guard, plan
from vpsync.planning.policy import Policy
from vpsync.status.conditions import concluded
from vpsync.status.patches import summary

Edits = Mapping[str, Any]

NOW = 1_750_000_000.0
"""Seconds since 1970 at which the tests' passes run: 2025-06-15T15:06:40Z."""

REMOVED = object()
"""As the value of an edit: the member goes."""

SPECS: dict[str, dict[str, Any]] = {
    "VpNamespace": {"roleBindings": [{"role": "owner", "members": ["group:platform"]}]},
    "VpDeploymentTarget": {
        "metadata": {"labels": {"team": "orders"}},
        "spec": {"kubernetes": {"namespace": "flink-jobs"}},
    },
    "VpDeployment": {
        "metadata": {"labels": {"team": "orders"}},
        "deploymentTargetName": "jobs",
        "spec": {
            "state": "RUNNING",
            "upgradeStrategy": {"kind": "STATEFUL"},
            "restoreStrategy": {"kind": "LATEST_STATE"},
            "template": {
                "spec": {
                    "artifact": {"kind": "JAR", "jarUri": "s3://jobs/orders-1.jar"},
                    "parallelism": 2,
                    "flinkConfiguration": {"state.backend": "rocksdb"},
                }
            },
        },
    },
    "VpSavepoint": {"deploymentName": "orders"},
}
NAMES = {
    "VpNamespace": "analytics",
    "VpDeploymentTarget": "jobs",
    "VpDeployment": "orders",
    "VpSavepoint": "before-upgrade",
}


def at(offset: float = 0.0) -> str:
    """The RFC 3339 timestamp so many seconds after :data:`NOW`."""
    moment = datetime.fromtimestamp(NOW + offset, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def copied(value: Any) -> Any:
    """A copy of a JSON value; much quicker than a copy of just anything."""
    if isinstance(value, Mapping):
        return {key: copied(member) for key, member in value.items()}
    return [copied(member) for member in value] if isinstance(value, list) else value


def edited(document: Mapping[str, Any], edits: Edits | None) -> dict[str, Any]:
    """A copy of the document with the edits made; objects on the way are created."""
    result: dict[str, Any] = copied(document)
    for place_of, value in (edits or {}).items():
        *parents, last = path_from_pointer(place_of)
        place = result
        for key in parents:
            place = place.setdefault(key, {})
        if value is REMOVED:
            place.pop(last, None)
        else:
            place[last] = copied(value)
    return result


def manifest(
    kind: str = "VpDeployment",
    name: str = "",
    edits: Edits | None = None,
    *,
    notes: Mapping[str, str] | None = None,
    namespace: str = "team",
    in_file: bool = False,
    **members: Any,
) -> Manifest:
    """A custom resource; ``notes`` are annotations of ours by their short names."""
    name = name or NAMES[kind]
    in_cluster: dict[str, Any] = {
        "status": {"observedGeneration": -1},
        "uid": f"uid-of-{name}",
        "generation": 1,
        "resource_version": "7",
        "created": "2025-06-01T08:00:00Z",
        "finalizers": (FINALIZER,) if kind != "VpSavepoint" else (),
    }
    defaults = {"origin": "orders.yaml:1"} if in_file else in_cluster
    return Manifest(
        key=ResourceKey(kind, namespace, name),
        spec=edited(SPECS[kind], edits),
        annotations={annotation(key): text for key, text in (notes or {}).items()},
        api_version=f"{GROUP}/{BY_NAME[kind].versions[0]}",
        **{**defaults, **members},
    )


def going(
    kind: str = "VpDeployment",
    edits: Edits | None = None,
    *,
    confirmed: bool = True,
    **members: Any,
) -> Manifest:
    """A resource whose deletion somebody asked for, known to VVP by its status.

    ``confirmed`` says that the state of its job may be lost.
    """
    if confirmed and kind == "VpDeployment":
        members["notes"] = {"confirm-state-loss": "yes", **members.get("notes", {})}
    resource = manifest(
        kind, edits=edits, **{"deletion_requested": "2025-06-01T09:00:00Z", **members}
    )
    known = {"id": identity_of(resource), "observedGeneration": 1}
    return resource if "status" in members else replace(resource, status=known)


def desired(resource: Manifest) -> Desired:
    """What a valid resource wants, its reference not yet resolved."""
    try:
        options = read_options(resource)
    except InvalidAnnotation:
        options = ResourceOptions()
    return BY_NAME[resource.key.kind].declare(resource, options)


def identity_of(resource: Manifest) -> str:
    """The id that VVP gave the object of a resource."""
    if resource.key.kind == "VpNamespace":
        return platform_of(resource).name
    return f"id-of-{platform_of(resource).name}"


def platform_of(resource: Manifest) -> PlatformKey:
    """The VVP object that a resource stands for."""
    return BY_NAME[resource.key.kind].platform_key(resource)


def observed(
    resource: Manifest,
    edits: Edits | None = None,
    *,
    marked: bool = True,
    owner: str = "default",
    identity: str = "",
) -> Observed:
    """The VVP object that vpsync made of a resource, filled up from VVP's defaults, then edited."""
    kind, key = BY_NAME[resource.key.kind], platform_of(resource)
    identity = identity or identity_of(resource)
    declared = declared_body(resource)
    if kind.update is Update.REPLACE:
        served = {"name": f"namespaces/{key.name}", "lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE"}
        return Observed(key, identity, edited({**served, **declared}, edits))
    notes = own_notes(resource, owner) if marked else {}
    metadata = {
        **declared["metadata"],
        "name": key.name,
        "namespace": key.namespace,
        "id": identity,
        "createdAt": at(-86_400),
        "modifiedAt": at(-3_600),
        "resourceVersion": 3,
        "annotations": {**(declared["metadata"].get("annotations") or {}), **notes},
    }
    body = {**declared, "metadata": metadata}
    if kind.name == "VpDeployment":
        body = edited(body, _vvps_part(body))
    return Observed(key, identity, edited(body, edits))


def declared_body(resource: Manifest) -> dict[str, Any]:
    """The part of a VVP object that a resource declares, with the id of the target it names."""
    wanted = desired(resource)
    if resource.key.kind != "VpDeployment" or wanted.reference is None:
        return edited(wanted.body, None)
    [name] = wanted.reference.names
    return edited(wanted.body, {"/spec/deploymentTargetId": f"id-of-{name}"})


def own_notes(resource: Manifest, owner: str = "default") -> dict[str, str]:
    """The marker and the record that vpsync keeps on the VVP object of a resource."""
    marker = marker_for(resource, str(platform_of(resource)), owner)
    if not resource.in_cluster:
        marker = replace(marker, declared=declaration(desired(resource)))
    marker = replace(marker, values=sent_values(desired(resource), policy()))
    paths = (path for path, _ in leaves(declared_body(resource)))
    return {OWNER: marker.text(), MANAGED: managed_text(paths)}


def _vvps_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """What VVP adds to a deployment: defaults, and the state it is in."""
    state = value_at(body, ("spec", "state")) or "RUNNING"
    edits: dict[str, Any] = {
        "/spec/state": state,
        "/status/state": state,
        "/spec/maxJobCreationAttempts": 4,
        "/spec/template/spec/logging/loggingProfile": "default",
    }
    if state == "RUNNING":
        edits["/status/running"] = {
            "jobId": "job-1",
            "transitionTime": at(-3_600),
            "conditions": [],
        }
    return edits


def note_at(key: str) -> str:
    """The JSON pointer of an annotation of a VVP object."""
    return pointer(("metadata", "annotations", key))


def target(name: str = "jobs", edits: Edits | None = None) -> Observed:
    """A deployment target in VVP."""
    return observed(manifest("VpDeploymentTarget", name), edits)


def savepoint(
    identity: str = "sp-1",
    state: str = "COMPLETED",
    edits: Edits | None = None,
    *,
    marker: str = "",
) -> Observed:
    """A savepoint of the deployment ``orders`` in VVP; ``marker`` is the text of its annotation."""
    body = {
        "metadata": {
            "id": identity,
            "deploymentId": "id-of-orders",
            "jobId": "job-1",
            "origin": "USER_REQUEST",
            "createdAt": at(-60),
            "annotations": {OWNER: marker} if marker else {},
        },
        "spec": {"savepointLocation": f"s3://savepoints/{identity}"}
        if state == "COMPLETED"
        else {},
        "status": {"state": state},
    }
    return Observed(PlatformKey("VpSavepoint", "default", ""), identity, edited(body, edits))


def snapshot(
    *objects: Observed,
    namespaces: Iterable[str] | None = ("default",),
    failed: Mapping[tuple[str, str], PlatformError] | None = None,
    **members: Any,
) -> Snapshot:
    """A whole view of VVP: these objects and the target ``jobs``; every list arrived but ``failed``."""
    jobs = target()
    held = {jobs.key: jobs} | {seen.key: seen for seen in objects if seen.key.name}
    stand = {key.name for key in held if key.kind == "VpNamespace"}
    there = None if namespaces is None else frozenset(namespaces) | stand
    places = there if there is not None else frozenset({"default"})
    failed = failed or {}
    for name in {"savepoints", "failed_savepoints"} & members.keys():
        known = members[name].items()
        members[name] = {("default", at) if isinstance(at, str) else at: one for at, one in known}
    return Snapshot(
        objects={
            key: seen for key, seen in held.items() if (key.kind, key.namespace) not in failed
        },
        listed=frozenset(_lists(places)) - frozenset(failed),
        failed=failed,
        namespaces=there,
        **members,
    )


def _lists(namespaces: Iterable[str]) -> Iterable[tuple[str, str]]:
    listed = [kind.name for kind in KINDS if kind.name not in ("VpNamespace", "VpSavepoint")]
    return ((kind, namespace) for kind in listed for namespace in namespaces)


def with_savepoints(*found: Observed, deployment: Observed | None = None) -> Snapshot:
    """A view in which these are the savepoints of the running deployment ``orders``."""
    job = deployment or observed(manifest())
    return snapshot(job, savepoints={job.id: found})


def policy(**members: Any) -> Policy:
    """The rules of a run at :data:`NOW`."""
    return Policy(**{"now": NOW, **members})


def planned(
    *resources: Manifest,
    vvp: Snapshot | None = None,
    rules: Policy | None = None,
    findings: Mapping[ResourceKey, Sequence[Finding]] | None = None,
) -> Plan:
    """The plan for some resources; ``findings`` are those that a schema would have found."""
    known = findings or {}
    rules = rules or policy()
    found = ((resource, known.get(resource.key, ())) for resource in resources)
    planned_for = plan(*declare(found, rules.tenancy), vvp or snapshot(), rules)
    return guard(planned_for, rules)


def decided(resource: Manifest, vvp: Snapshot | None = None, **rules: Any) -> Decision:
    """What is decided about one resource."""
    [decision] = planned(resource, vvp=vvp, rules=policy(**rules)).decisions
    return decision


def changed(resource: Manifest, vvp: Snapshot | None = None, **rules: Any) -> Change:
    """The change that is planned for one resource."""
    decision = decided(resource, vvp, **rules)
    assert isinstance(decision, Change), decision
    return decision


def blocked(resource: Manifest, vvp: Snapshot | None = None, **rules: Any) -> Blocked:
    """Why nothing is planned for one resource."""
    decision = decided(resource, vvp, **rules)
    assert isinstance(decision, Blocked), decision
    return decision


def released(resource: Manifest, vvp: Snapshot | None = None, **rules: Any) -> Finalized:
    """The end of one resource's deletion."""
    decision = decided(resource, vvp, **rules)
    assert isinstance(decision, Finalized), decision
    return decision


def in_sync(resource: Manifest, vvp: Snapshot | None = None, **rules: Any) -> InSync:
    """That nothing is to do for one resource."""
    decision = decided(resource, vvp, **rules)
    assert isinstance(decision, InSync), decision
    return decision


def sent(change: Change) -> dict[str, Any]:
    """What a change sends, by JSON pointer."""
    return {item.pointer: item.after for item in change.fields}


def applied(resource: Manifest, answer: Observed | None, vvp: Snapshot | None = None) -> Result:
    """That the change planned for a resource was carried out, with VVP's answer."""
    change = changed(resource, vvp)
    return concluded(change, Applied(change, answer))


def status(
    ready: str = "True",
    synced: str = "True",
    *,
    reason: Reason = Reason.Succeeded,
    generation: int = 1,
    since: float = -3_600,
    **members: Any,
) -> dict[str, Any]:
    """The status that an earlier pass wrote; ``Stalled`` and ``Reconciling`` follow from the reason."""
    told = {"Ready": ready, "Synced": synced}
    if reason.stalled:
        told["Stalled"] = "True"
    if reason.waiting:
        told["Reconciling"] = "True"
    conditions = [
        {
            "type": kind,
            "status": value,
            "reason": Reason.Succeeded.name
            if kind == "Synced" and value == "True"
            else reason.name,
            "message": "as it was",
            "observedGeneration": generation,
            "lastTransitionTime": at(since),
        }
        for kind, value in told.items()
    ]
    told_of_it = summary(conditions)
    return {
        "observedGeneration": generation,
        "conditions": conditions,
        "summary": told_of_it,
        **members,
    }


def kind_named(name: str) -> Kind:
    """The kind of that name."""
    return BY_NAME[name]
