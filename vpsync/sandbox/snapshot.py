"""The end state of a platform, made comparable between two runs.

Ids, times, versions and the controllers' annotations differ from run to run and are left out;
references by id become names. Events are left out: they tell the way, not the end.
"""

import copy
from typing import Any

from vpsync.sandbox.annotations import SERVER_PREFIX
from vpsync.sandbox.autopilot import policy_of
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.snapshots import BASE
from vpsync.sandbox.space import DeploymentRecord, Space

_VOLATILE = frozenset(
    {"id", "namespace", "createdAt", "modifiedAt", "resourceVersion", "terminatedAt", "jobId"}
)


def end_state(platform: Platform) -> JsonObject:
    """`{namespace: {roleBindings, apiTokens, deployments, targets, ...}}`, objects by name.

    A deployment carries its `savepoints` and `jobs` in order of creation.
    """
    return copy.deepcopy(
        {name: _space(platform, space) for name, space in sorted(platform.spaces.items())}
    )


def _space(platform: Platform, space: Space) -> JsonObject:
    deployments = {
        record.name: _deployment(platform, space, record) for record in space.deployments
    }
    orphans = [
        _savepoint(record)
        for record in space.savepoints
        if space.deployments.with_id(record.metadata["deploymentId"]) is None
    ]
    return {
        "terminating": space.terminating,
        "roleBindings": space.role_bindings,
        "apiTokens": {name: token.role for name, token in sorted(space.tokens.items())},
        "defaults": _plain(space.defaults),
        "targets": {record.name: _plain(record) for record in space.targets},
        "secretValues": {
            record.name: {**_plain(record), "value": record.value} for record in space.secret_values
        },
        "sessionClusters": {record.name: _plain(record) for record in space.session_clusters},
        "deployments": deployments,
        "plain": {kind: sorted(held) for kind, held in sorted(space.plain.items()) if held},
        "artifacts": sorted(space.artifacts),
        "tables": sorted(space.tables),
        "views": sorted(space.views),
        "orphanedSavepoints": orphans,
    }


def _deployment(platform: Platform, space: Space, record: DeploymentRecord) -> JsonObject:
    shown = _plain(record)
    if target := platform.target_of(space, record.spec):
        shown["spec"] = {**record.spec, "deploymentTargetName": target.name}
        shown["spec"].pop("deploymentTargetId", None)
    shown["savepoints"] = [_savepoint(own) for own in space.savepoints.of_deployment(record.id)]
    shown["jobs"] = [_job(own) for own in space.jobs.of_deployment(record.id)]
    shown["autopilot"] = policy_of(space, record)["mode"]
    return shown


def _savepoint(record: Record) -> JsonObject:
    shown = _plain(record)
    shown["metadata"].pop("deploymentId")
    location = str(record.spec.get("savepointLocation", ""))
    shown["spec"] = {"savepointLocation": "taken" if location.startswith(BASE) else location}
    return shown


def _job(record: Record) -> JsonObject:
    spec = {key: value for key, value in record.spec.items() if key != "savepointLocation"}
    return {"spec": spec, "state": record.state, "restored": "savepointLocation" in record.spec}


def _plain(record: Record) -> JsonObject:
    metadata: dict[str, Any] = {
        key: value for key, value in record.metadata.items() if key not in _VOLATILE
    }
    if "annotations" in metadata:
        metadata["annotations"] = {
            key: value
            for key, value in metadata["annotations"].items()
            if not key.startswith(SERVER_PREFIX)
        }
    shown: JsonObject = {"metadata": metadata, "spec": record.spec}
    if record.status is not None:
        shown["state"] = record.state
        running = record.status.get("running")
        if running and "conditions" in running:
            shown["conditions"] = {own["type"]: own["status"] for own in running["conditions"]}
    return shown
