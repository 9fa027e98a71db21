"""Savepoints over REST: trigger, register, read, delete (VVP page "Savepoints", swagger 2.6.2).

Deleting removes data and resource in the background: the resource passes PENDING_DELETION and
DELETING before it is gone. Which savepoints are eligible for it is stated nowhere.
"""

from vpsync.sandbox.annotations import SPEC_VERSION, merge_annotations
from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.errors import bad_request, conflict, not_found
from vpsync.sandbox.events import record_event
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import SAVEPOINT_METADATA, SAVEPOINT_SPEC, conform, part
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.snapshots import complete, fail, new_savepoint_metadata, take
from vpsync.sandbox.space import DeploymentRecord, Space

_DELETION = ("PENDING_DELETION", "DELETING")


def create_savepoint(platform: Platform, call: Call) -> Reply:
    """POST: triggers a savepoint, or registers one.

    The vendor's recipe for that has location and `flinkSavepointId` in `spec`, `status.state`
    COMPLETED, and the annotation with the version of the deployment's spec.
    """
    space = platform.open_space(call.namespace)
    strict = platform.strict()
    metadata = conform(SAVEPOINT_METADATA, part(call.body, "metadata"), "metadata", strict)
    spec = conform(SAVEPOINT_SPEC, part(call.body, "spec"), "spec", strict)
    deployment = metadata.get("deploymentId")
    if not deployment:
        raise bad_request("metadata.deploymentId is required.")
    record = space.deployments.with_id(deployment)
    if record is None:
        raise not_found("Deployment", deployment)
    if _registers(platform, spec):
        savepoint = _register(platform, space, record, spec)
        held = savepoint.metadata["annotations"]
        held[SPEC_VERSION] = metadata.get("annotations", {}).get(SPEC_VERSION, held[SPEC_VERSION])
    else:
        savepoint = _trigger(platform, space, record)
    if platform.options.keep_annotations_on_savepoints:
        held = savepoint.metadata["annotations"]
        sent = metadata.get("annotations", {})
        savepoint.metadata["annotations"] = merge_annotations(sent, held, drop_foreign=False)
    return json_reply(201, space.savepoints.text(savepoint))


def list_savepoints(platform: Platform, call: Call) -> Reply:
    """GET, filtered by `deploymentId` and `jobId`; the read pushes the savepoints that it shows."""
    space = platform.space(call.namespace)
    deployment, job = call.query.get("deploymentId"), call.query.get("jobId")
    if deployment is None and job is None:
        for record in list(space.savepoints.moving.values()):
            poll_savepoint(platform, space, record)
        return json_reply(200, platform.list_text(space.savepoints))
    known = space.savepoints
    shown = known.of_deployment(deployment) if deployment is not None else list(known)
    if job is not None:
        shown = [record for record in shown if record.metadata.get("jobId") == job]
    for record in shown:
        if record.id in space.savepoints.moving:
            poll_savepoint(platform, space, record)
    shown = [record for record in shown if space.savepoints.with_id(record.id)]
    return json_reply(200, space.savepoints.list_text(platform.arrange(shown)))


def get_savepoint(platform: Platform, call: Call) -> Reply:
    """GET of a savepoint by id; the read pushes it on."""
    space = platform.space(call.namespace)
    savepoint = _found(space, call.ref)
    if savepoint.id in space.savepoints.moving:
        poll_savepoint(platform, space, savepoint)
        savepoint = _found(space, call.ref)
    return json_reply(200, space.savepoints.text(savepoint))


def delete_savepoint(platform: Platform, call: Call) -> Reply:
    """DELETE of resource and data; `?force=true` drops the resource at once."""
    space = platform.space(call.namespace)
    savepoint = _found(space, call.ref)
    if call.flag("force", False):
        space.savepoints.remove(savepoint)
        return json_reply(200, b"")
    if savepoint.state == "STARTED":
        raise conflict("A savepoint that is being taken cannot be deleted.")
    newest = space.savepoints.of_deployment(savepoint.metadata["deploymentId"])[-1]
    if newest is savepoint and not platform.options.latest_savepoint_deletable:
        raise conflict("The latest savepoint of a deployment is not eligible for deletion.")
    if savepoint.state not in _DELETION:
        savepoint.status = {"state": "PENDING_DELETION"}
        savepoint.polls_left = platform.options.polls_per_transition
        space.savepoints.moving[savepoint.id] = savepoint
        space.savepoints.touch(savepoint)
    return json_reply(200, b"")


def poll_savepoint(platform: Platform, space: Space, savepoint: Record) -> None:
    """A read shows this savepoint: pushes it one step on."""
    if savepoint.polls_left > 0:
        savepoint.polls_left -= 1
        if savepoint.state == "PENDING_DELETION" and savepoint.polls_left == 0:
            savepoint.status = {"state": "DELETING"}
            space.savepoints.touch(savepoint)
    elif savepoint.state in _DELETION:
        space.savepoints.remove(savepoint)
    else:
        _end(platform, space, savepoint)


def _trigger(platform: Platform, space: Space, record: DeploymentRecord) -> Record:
    if record.job is None or record.job.state != "STARTED":
        raise bad_request("No active job for a deployment.")
    savepoint = take(platform, space, record, "USER_REQUEST")
    savepoint.polls_left = platform.options.polls_per_transition
    space.savepoints.moving[savepoint.id] = savepoint
    text = "Successfully triggered a savepoint."
    record_event(platform, space, "SUCCESSFULLY_TRIGGERED_A_SAVEPOINT", text, record, record.job.id)
    return savepoint


def _registers(platform: Platform, spec: JsonObject) -> bool:
    alone = platform.options.location_alone == "registers"
    return bool(spec.get("savepointLocation") and (alone or spec.get("flinkSavepointId")))


def _register(
    platform: Platform, space: Space, record: DeploymentRecord, spec: JsonObject
) -> Record:
    metadata: JsonObject = new_savepoint_metadata(platform, space, record, "COPIED")
    return space.savepoints.add(Record("Savepoint", metadata, spec, {"state": "COMPLETED"}))


def _end(platform: Platform, space: Space, savepoint: Record) -> None:
    record = space.deployments.with_id(savepoint.metadata["deploymentId"])
    reason = record.next_savepoint_failure if record else None
    job = savepoint.metadata.get("jobId")
    if record is not None and reason is not None:
        record.next_savepoint_failure = None
        fail(platform, space, savepoint, reason)
        name = "AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT"
        record_event(platform, space, name, reason, record, job)
        return
    complete(space, savepoint)
    if record is not None:
        text = "The savepoint is complete."
        record_event(platform, space, "TRANSITIONED_TO_COMPLETED", text, record, job)


def _found(space: Space, savepoint_id: str) -> Record:
    savepoint = space.savepoints.with_id(savepoint_id)
    if savepoint is None:
        raise not_found("Savepoint", savepoint_id)
    return savepoint
