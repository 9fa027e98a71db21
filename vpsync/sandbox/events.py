"""VVP events: what the controllers did to a deployment, a job or a session cluster.

Names are those of the event enumeration of the Application Manager swagger. Events have no time
filter and are kept for ever, unless the option `max_events_per_deployment` prunes them.
"""

from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.space import Space


def record_event(
    platform: Platform, space: Space, name: str, message: str, subject: Record, job: str | None
) -> None:
    """Adds an event about a deployment or session cluster; `job` is the id of the job, if any."""
    metadata = space.events.new_metadata(space.name)
    del metadata["modifiedAt"]
    metadata["name"] = name
    metadata["resourceName"] = subject.name
    key = "sessionClusterId" if subject.kind == "SessionCluster" else "deploymentId"
    metadata[key] = subject.id
    if job:
        metadata["jobId"] = job
    space.events.add(Record("Event", metadata, {"message": message}))
    limit = platform.options.max_events_per_deployment
    if limit is not None:
        for old in space.events.of_deployment(subject.id)[: -limit or None]:
            space.events.remove(old)


def list_events(platform: Platform, call: Call) -> Reply:
    """GET of the events, filtered by `deploymentId`, `jobId` and `sessionClusterId`."""
    space = platform.space(call.namespace)
    deployment = call.query.get("deploymentId")
    records = space.events.of_deployment(deployment) if deployment else list(space.events)
    for key in ("jobId", "sessionClusterId"):
        if wanted := call.query.get(key):
            records = [record for record in records if record.metadata.get(key) == wanted]
    return json_reply(200, space.events.list_text(platform.arrange(records)))
