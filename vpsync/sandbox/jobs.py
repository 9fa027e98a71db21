"""Jobs: what a deployment runs. Created and ended by VVP only; clients read them.

A job's `spec` is a frozen copy of the template it was started from (VVP page "Jobs"). Terminal jobs
are kept.
"""

from vpsync.sandbox.annotations import SPEC_VERSION
from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.errors import not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.snapshots import fail
from vpsync.sandbox.space import DeploymentRecord, Space


def list_jobs(platform: Platform, call: Call) -> Reply:
    """GET of the jobs, filtered by `deploymentId`."""
    space = platform.space(call.namespace)
    deployment = call.query.get("deploymentId")
    if deployment is None:
        return json_reply(200, platform.list_text(space.jobs))
    return json_reply(
        200, space.jobs.list_text(platform.arrange(space.jobs.of_deployment(deployment)))
    )


def get_job(platform: Platform, call: Call) -> Reply:
    """GET of a job by id."""
    space = platform.space(call.namespace)
    job = space.jobs.with_id(call.ref)
    if job is None:
        raise not_found("Job", call.ref)
    return json_reply(200, space.jobs.text(job))


def create_job(
    platform: Platform, space: Space, record: DeploymentRecord, restored: Record | None
) -> Record:
    """A new job in STARTING for a deployment, restored from a savepoint if one is given."""
    template = record.spec.get("template", {}).get("spec", {})
    spec: JsonObject = {
        "allowNonRestoredState": record.spec.get("restoreStrategy", {}).get(
            "allowNonRestoredState", False
        ),
        **template,
    }
    if target := platform.target_of(space, record.spec):
        spec["deploymentTarget"] = {"kubernetes": target.spec["kubernetes"]}
    if restored is not None:
        spec["savepointLocation"] = restored.spec.get("savepointLocation", "")
    metadata = space.jobs.new_metadata(space.name)
    metadata["deploymentId"] = record.id
    metadata["deploymentName"] = record.name
    if session := record.spec.get("sessionClusterName"):
        metadata["sessionClusterName"] = session
    metadata["annotations"] = {SPEC_VERSION: str(record.spec_version)}
    job = space.jobs.add(Record("Job", metadata, spec, {"state": "STARTING"}))
    record.job = job
    record.deployed = deployed_part(platform, space, record.spec)
    record.upgrade_forced = False
    return job


def start_job(platform: Platform, space: Space, job: Record) -> None:
    """The job reached STARTED."""
    now = platform.identity.now()
    job.status = {
        "state": "STARTED",
        "started": {
            "startedAt": now,
            "flinkJobId": job.id.replace("-", ""),
            "lastUpdateTime": now,
            "observedFlinkJobRestarts": 0,
            "observedFlinkJobStatus": "RUNNING",
        },
    }
    space.jobs.touch(job)


def move_job(space: Space, job: Record, state: str) -> None:
    """The job goes to a state without details, such as TERMINATING."""
    job.status = {**(job.status or {}), "state": state}
    space.jobs.touch(job)


def end_job(
    platform: Platform, space: Space, record: DeploymentRecord, state: str, message: str = ""
) -> None:
    """The active job of a deployment, if any, ends in a terminal state.

    Savepoints of it that were still being taken fail with it.
    """
    job, record.job = record.job, None
    if job is None:
        return
    now = platform.identity.now()
    job.metadata["terminatedAt"] = now
    job.status = {**(job.status or {}), "state": state}
    if state == "FAILED":
        job.status["failure"] = {"message": message, "reason": "JobFailed", "failedAt": now}
    space.jobs.touch(job)
    for savepoint in space.savepoints.of_deployment(record.id):
        if savepoint.metadata.get("jobId") == job.id and savepoint.state == "STARTED":
            fail(platform, space, savepoint, "The job ended before the savepoint was complete.")


def deployed_part(platform: Platform, space: Space, spec: JsonObject) -> JsonObject:
    """The part of a deployment spec whose change means a new job; the same target is no change."""
    target = platform.target_of(space, spec)
    references = [target.id if target else None, spec.get("sessionClusterName")]
    return {"template": spec.get("template"), "references": references}
