"""Taking savepoints: their creation, their end, and which one a job is restored from.

One taken on request is pushed on by reads of that savepoint; one that belongs to a suspension or an
upgrade by reads of its deployment.
"""

from vpsync.sandbox.annotations import SPEC_VERSION
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.space import DeploymentRecord, Space

BASE = "s3://vvp/flink-savepoints"
"""Where the simulated platform keeps its savepoints."""


def take(platform: Platform, space: Space, record: DeploymentRecord, origin: str) -> Record:
    """A savepoint in STARTED of the active job, its location already filled in."""
    job = record.job.id if record.job else None
    metadata = new_savepoint_metadata(platform, space, record, origin)
    if job is not None:
        metadata["jobId"] = job
    path = f"namespaces/{space.name}/deployments/{record.id}/{metadata['id']}"
    spec = {
        "savepointLocation": f"{BASE}/{path}",
        "flinkSavepointId": platform.identity.new_id(),
    }
    return space.savepoints.add(Record("Savepoint", metadata, spec, {"state": "STARTED"}))


def new_savepoint_metadata(
    platform: Platform, space: Space, record: DeploymentRecord, origin: str
) -> JsonObject:
    """Metadata of a savepoint of that deployment which is created now."""
    metadata = space.savepoints.new_metadata(space.name)
    metadata["deploymentId"] = record.id
    metadata["origin"] = origin
    if platform.release >= (2, 5):
        metadata["type"] = "FULL"
    metadata["annotations"] = {SPEC_VERSION: str(record.spec_version)}
    return metadata


def complete(space: Space, savepoint: Record) -> None:
    """The savepoint can be restored from now on."""
    show_savepoint(space, savepoint, "COMPLETED")


def show_savepoint(space: Space, savepoint: Record, state: str) -> None:
    """Sets `status.state`; reads do not push the savepoint on any more."""
    savepoint.status = {"state": state}
    space.savepoints.moving.pop(savepoint.id, None)
    space.savepoints.touch(savepoint)


def fail(
    platform: Platform, space: Space, savepoint: Record, message: str, state: str = "FAILED"
) -> None:
    """The savepoint could not be taken (or deleted); `status.failure` says why."""
    savepoint.status = {
        "state": state,
        "failure": {
            "message": message,
            "reason": "SavepointFailed",
            "failedAt": platform.identity.now(),
        },
    }
    space.savepoints.moving.pop(savepoint.id, None)
    space.savepoints.touch(savepoint)


def newest_restorable(space: Space, deployment_id: str, strategy: str) -> Record | None:
    """The savepoint that a restore strategy picks, None to start from empty state.

    LATEST_STATE takes the newest completed one of any origin, LATEST_SAVEPOINT leaves out retained
    checkpoints, NONE takes none.
    """
    if strategy == "NONE":
        return None
    for savepoint in reversed(space.savepoints.of_deployment(deployment_id)):
        retained = savepoint.metadata["origin"] == "RETAINED_CHECKPOINT"
        if savepoint.state == "COMPLETED" and not (retained and strategy == "LATEST_SAVEPOINT"):
            return savepoint
    return None
