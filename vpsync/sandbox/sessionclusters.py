"""Session clusters over REST, and their controller (VVP page "Session Clusters", swagger 2.4.3).

While a cluster is not stopped only `state` and `numberOfTaskManagers` may change, and it cannot be
stopped while deployments run on it. Its defaults apply in the user interface only. Conditions of
DELETE are unverified: it asks for STOPPED and no reference, unless switched off.
"""

from vpsync.sandbox.annotations import REFERENCES, RESOURCES_ACQUIRED, merge_annotations
from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.deployments import check_version
from vpsync.sandbox.errors import bad_request, conflict, not_found
from vpsync.sandbox.events import record_event
from vpsync.sandbox.habits import NEWER_CLUSTER_FIELDS, without_newer_fields
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import METADATA, SESSION_SPEC, conform, part, patch_part
from vpsync.sandbox.mergepatch import merge_patch
from vpsync.sandbox.names import check_label
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.quantities import canonical_quantities
from vpsync.sandbox.records import Record
from vpsync.sandbox.space import Space

_SCALABLE = frozenset({"state", "numberOfTaskManagers"})
_ENDS = {"STARTING": "RUNNING", "UPDATING": "RUNNING", "STOPPING": "STOPPED"}


def list_clusters(platform: Platform, call: Call) -> Reply:
    """GET of all session clusters; the read pushes them on."""
    space = platform.space(call.namespace)
    for record in list(space.session_clusters.moving.values()):
        poll_cluster(platform, space, record)
    return json_reply(200, platform.list_text(space.session_clusters))


def create_cluster(platform: Platform, call: Call) -> Reply:
    """POST of a new session cluster."""
    space = platform.open_space(call.namespace)
    name = part(call.body, "metadata").get("name")
    text = _create(platform, space, call.body, name)
    return json_reply(platform.options.create_status, text)


def get_cluster(platform: Platform, call: Call) -> Reply:
    """GET by name; the read pushes it on."""
    space = platform.space(call.namespace)
    record = _found(space, call.ref)
    if record.id in space.session_clusters.moving:
        poll_cluster(platform, space, record)
    return json_reply(200, space.session_clusters.text(record))


def put_cluster(platform: Platform, call: Call) -> Reply:
    """PUT: creates the session cluster or replaces it."""
    space = platform.open_space(call.namespace)
    record = space.session_clusters.named(call.ref)
    if record is None:
        return json_reply(201, _create(platform, space, call.body, call.ref))
    metadata = part(call.body, "metadata")
    return json_reply(200, _write(platform, space, record, metadata, part(call.body, "spec")))


def patch_cluster(platform: Platform, call: Call) -> Reply:
    """PATCH: a JSON merge patch of metadata and spec."""
    space = platform.space(call.namespace)
    record = _found(space, call.ref)
    sent = patch_part(call.body, "metadata")
    held = {key: record.metadata[key] for key in ("name", "labels", "annotations")}
    spec = merge_patch(record.spec, patch_part(call.body, "spec"))
    return json_reply(200, _write(platform, space, record, merge_patch(held, sent), spec))


def delete_cluster(platform: Platform, call: Call) -> Reply:
    """DELETE of a session cluster that is stopped and that no deployment refers to."""
    space = platform.space(call.namespace)
    record = _found(space, call.ref)
    stopped = record.spec["state"] == "STOPPED" and record.state in ("STOPPED", "FAILED")
    if platform.options.session_delete_needs_stop and not stopped:
        raise conflict(f"Session cluster '{record.name}' is not stopped.")
    if any(held.spec.get("sessionClusterName") == record.name for held in space.deployments):
        raise conflict(f"Session cluster '{record.name}' is referenced by a deployment.")
    text = space.session_clusters.text(record)
    space.session_clusters.remove(record)
    return json_reply(200, text)


def poll_cluster(platform: Platform, space: Space, record: Record) -> None:
    """A read shows this session cluster: pushes it one step on."""
    if record.polls_left > 0:
        record.polls_left -= 1
        return
    state = _ENDS[record.state]
    now = platform.identity.now()
    record.status = {"state": state}
    if state == "RUNNING":
        record.status["running"] = {"startedAt": now, "lastUpdateTime": now}
    acquired = {RESOURCES_ACQUIRED: "true" if state == "RUNNING" else "false"}
    record.metadata["annotations"] = {**record.metadata["annotations"], **acquired}
    space.session_clusters.moving.pop(record.id, None)
    space.session_clusters.touch(record)
    word = "STARTED" if state == "RUNNING" else "STOPPED"
    name = f"SESSION_CLUSTER_SUCCESSFULLY_{word}"
    record_event(platform, space, name, f"The session cluster is {state}.", record, None)


def _create(platform: Platform, space: Space, body: JsonObject, name: object) -> bytes:
    sent = conform(METADATA, part(body, "metadata"), "metadata", platform.strict())
    checked = check_label("Session cluster", name)
    if space.session_clusters.named(checked):
        raise conflict(f"Session cluster '{checked}' exists already.")
    spec = _spec(platform, space, part(body, "spec"))
    metadata = space.session_clusters.new_metadata(space.name) | {"name": checked}
    metadata["labels"] = sent.get("labels", {})
    own = {REFERENCES: '{"state":"OPEN","references":[]}', RESOURCES_ACQUIRED: "false"}
    metadata["annotations"] = merge_annotations(sent.get("annotations", {}), own, False)
    record = Record("SessionCluster", metadata, spec, {"state": "STOPPED"})
    space.session_clusters.add(record)
    _steer(platform, space, record, {})
    return space.session_clusters.text(record)


def _write(
    platform: Platform, space: Space, record: Record, sent: JsonObject, body: JsonObject
) -> bytes:
    check_version(platform, record.metadata, sent)
    if sent.get("name", record.name) != record.name:
        raise bad_request("metadata.name is immutable.")
    metadata = conform(METADATA, sent, "metadata", platform.strict())
    spec, before = _spec(platform, space, body), record.spec
    changed = {key for key in spec.keys() | before.keys() if spec.get(key) != before.get(key)}
    terminal = before["state"] == "STOPPED" and record.state in ("STOPPED", "FAILED")
    if not terminal and changed - _SCALABLE:
        raise bad_request(f"Only {', '.join(sorted(_SCALABLE))} may change before it is stopped.")
    if spec["state"] == "STOPPED" and before["state"] == "RUNNING":
        used = [held for held in space.deployments if held.job is not None]
        if any(held.spec.get("sessionClusterName") == record.name for held in used):
            raise conflict("Deployments run on this session cluster.")
    held_annotations = record.metadata["annotations"]
    sent_annotations = metadata.get("annotations", {})
    record.metadata["annotations"] = merge_annotations(sent_annotations, held_annotations, False)
    record.metadata["labels"] = metadata.get("labels", {})
    record.spec = spec
    space.session_clusters.touch(record, spec=True)
    _steer(platform, space, record, before)
    return space.session_clusters.text(record)


def _steer(platform: Platform, space: Space, record: Record, before: JsonObject) -> None:
    if record.spec["state"] == "STOPPED":
        state = "STOPPED" if record.state == "STOPPED" else "STOPPING"
    elif record.state in ("STOPPED", "STOPPING"):
        state = "STARTING"
    elif record.spec.get("numberOfTaskManagers") != before.get("numberOfTaskManagers"):
        state = "UPDATING"
    else:
        state = record.state
    if state != record.state:
        record.status = {"state": state}
        record.polls_left = platform.options.polls_per_transition
        space.session_clusters.moving[record.id] = record
        space.session_clusters.touch(record)


def _spec(platform: Platform, space: Space, body: JsonObject) -> JsonObject:
    spec: JsonObject = conform(SESSION_SPEC, body, "spec", platform.strict())
    if platform.options.drops_newer_fields:
        spec = without_newer_fields(spec, NEWER_CLUSTER_FIELDS, platform.release)
    if platform.options.canonical_quantities and "kubernetes" in spec:
        spec["kubernetes"] = canonical_quantities(spec["kubernetes"])
    spec.setdefault("state", "STOPPED")
    target = spec.get("deploymentTargetName")
    if not target:
        raise bad_request("spec.deploymentTargetName is required.")
    if space.targets.named(target) is None:
        raise bad_request(f"Deployment target '{target}' does not exist.")
    return spec


def _found(space: Space, name: str) -> Record:
    record = space.session_clusters.named(name)
    if record is None:
        raise not_found("Session cluster", name)
    return record
