"""Deployments over REST (Application Manager swagger 2.7.1, VVP page "REST API & CI/CD").

From 2.4 a deployment is addressed by name or id, and a path value that reads as an id is looked up
as one first. Before 2.4 only ids are addresses, and names are free text.
"""

from collections.abc import Mapping

from vpsync.sandbox.annotations import SPEC_VERSION, TRANSITIONING, merge_annotations
from vpsync.sandbox.call import Call, Reply, json_reply, value_reply
from vpsync.sandbox.deploymentspecs import new_spec, patched_spec, replaced_spec
from vpsync.sandbox.errors import ApiError, bad_request, conflict, not_found
from vpsync.sandbox.habits import NEWER_METADATA, without_newer_fields
from vpsync.sandbox.jobs import deployed_part
from vpsync.sandbox.jsontext import JsonObject, loads
from vpsync.sandbox.lifecycle import poll, spec_changed
from vpsync.sandbox.members import METADATA, conform, part, patch_part
from vpsync.sandbox.mergepatch import merge_patch
from vpsync.sandbox.names import check_label, is_id
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.selectors import parse_selector
from vpsync.sandbox.space import DeploymentRecord, Space
from vpsync.sandbox.subject import Subject


def list_deployments(platform: Platform, call: Call) -> Reply:
    """GET of the deployments, filtered by `labelSelector`; the read pushes those it shows."""
    space = platform.space(call.namespace)
    deployments = space.deployments
    text = call.query.get("labelSelector")
    if not text:
        for record in list(deployments.moving.values()):
            poll(Subject(platform, space, record))
        return json_reply(200, platform.list_text(deployments))
    selected = parse_selector(text)
    shown = [record for record in deployments if selected(record.metadata["labels"])]
    for record in shown:
        if record.id in deployments.moving:
            poll(Subject(platform, space, record))
    return json_reply(200, deployments.list_text(platform.arrange(shown)))


def create_deployment(platform: Platform, call: Call) -> Reply:
    """POST: 201 with the deployment as its defaults complete it."""
    space = platform.open_space(call.namespace)
    return json_reply(201, _create(platform, space, call.body))


def get_deployment(platform: Platform, call: Call) -> Reply:
    """GET by id or name; the read pushes it on."""
    space = platform.space(call.namespace)
    record = found_deployment(platform, space, call.ref)
    if record.id in space.deployments.moving:
        poll(Subject(platform, space, record))
    return json_reply(200, space.deployments.text(record))


def list_with_cr(platform: Platform, call: Call) -> Reply:
    """GET of `with-cr` (seen in 2.15): the deployments, each with what the vendor's operator holds.

    That is nothing here. The members of an item besides `deployment` are unverified.
    """
    found = loads(list_deployments(platform, call).body)
    return value_reply(200, {"items": [{"deployment": own} for own in found["items"]]})


def get_with_cr(platform: Platform, call: Call) -> Reply:
    """GET of `with-cr/<name>`: one deployment with what the vendor's operator holds."""
    return value_reply(200, {"deployment": loads(get_deployment(platform, call).body)})


def patch_deployment(platform: Platform, call: Call) -> Reply:
    """PATCH: a JSON merge patch of metadata and spec."""
    space = platform.space(call.namespace)
    record = found_deployment(platform, space, call.ref)
    sent = patch_part(call.body, "metadata")
    if sent.get("name", record.name) != record.name and platform.release >= (2, 4):
        raise bad_request("metadata.name is immutable.")
    check_version(platform, record.metadata, sent)
    keys = ("labels", "annotations", "displayName", "name")
    held = {key: record.metadata[key] for key in keys if key in record.metadata}
    merged = merge_patch(held, sent)
    metadata = _metadata(platform, merged)
    spec = patched_spec(platform, space, record.spec, patch_part(call.body, "spec"))
    _write(platform, space, record, metadata, spec)
    return json_reply(200, space.deployments.text(record))


def put_deployment(platform: Platform, call: Call) -> Reply:
    """PUT (2.4+): creates the deployment or replaces it; it keeps its id."""
    space = platform.open_space(call.namespace)
    record = _lookup(platform, space, call.ref)
    sent = part(call.body, "metadata")
    name = record.name if record else call.ref
    check_path(platform, sent, {"name": name, "namespace": call.namespace})
    if record is None:
        body = {**call.body, "metadata": {**sent, "name": name}}
        return json_reply(201, _create(platform, space, body))
    check_version(platform, record.metadata, sent)
    metadata = _metadata(platform, sent)
    if platform.options.put_keeps_metadata:
        for key in ("labels", "annotations"):
            metadata[key] = {**record.metadata[key], **metadata.get(key, {})}
    use_defaults = platform.options.put_applies_defaults
    if platform.release >= (2, 6):
        use_defaults = call.flag("applyDefaults", use_defaults)
    spec = replaced_spec(platform, space, record.spec, part(call.body, "spec"), use_defaults)
    _write(platform, space, record, metadata, spec)
    return json_reply(200, space.deployments.text(record))


def check_path(platform: Platform, sent: JsonObject, path: Mapping[str, str]) -> None:
    """Refuses the metadata of a PUT that say something else than its path does."""
    for key, value in path.items():
        if sent.get(key) not in (None, value) and platform.options.put_name_mismatch == "reject":
            raise bad_request(f"metadata.{key} must be '{value}', as in the path.")


def delete_deployment(platform: Platform, call: Call) -> Reply:
    """DELETE: 200 with the deleted deployment; its desired state must be CANCELLED or SUSPENDED."""
    space = platform.space(call.namespace)
    record = found_deployment(platform, space, call.ref)
    if record.spec.get("state") not in ("CANCELLED", "SUSPENDED"):
        raise ApiError(
            platform.options.delete_running_status,
            "The deployment must be in desired state CANCELLED or SUSPENDED.",
        )
    moving = record.transition is not None or record.state == "TRANSITIONING"
    if moving and not platform.options.delete_while_transitioning:
        raise conflict("The deployment is transitioning.")
    text = space.deployments.text(record)
    remove_deployment(platform, space, record)
    return json_reply(200, text)


def remove_deployment(platform: Platform, space: Space, record: DeploymentRecord) -> None:
    """Takes a deployment away with its jobs and events; savepoints as the options say."""
    subject = Subject(platform, space, record)
    subject.end_job("TERMINATED")
    for job in space.jobs.of_deployment(record.id):
        space.jobs.remove(job)
    for event in space.events.of_deployment(record.id):
        space.events.remove(event)
    if not platform.options.savepoints_survive_deployment:
        for savepoint in space.savepoints.of_deployment(record.id):
            space.savepoints.remove(savepoint)
    space.policies.pop(record.id, None)
    space.deployments.remove(record)


def found_deployment(platform: Platform, space: Space, ref: str) -> DeploymentRecord:
    """The deployment that a path value addresses; 404 when there is none."""
    record = _lookup(platform, space, ref)
    if record is None:
        raise not_found("Deployment", ref)
    return record


def check_version(platform: Platform, held: JsonObject, sent: JsonObject) -> None:
    """409 for an outdated `metadata.resourceVersion`, if the platform is told to mind it."""
    if platform.options.stale_resource_version == "conflict":
        version = sent.get("resourceVersion")
        if version not in (None, held["resourceVersion"]):
            raise conflict("The object was changed in the meantime: metadata.resourceVersion.")


def _lookup(platform: Platform, space: Space, ref: str) -> DeploymentRecord | None:
    if is_id(ref) and (record := space.deployments.with_id(ref.lower())):
        return record
    return space.deployments.named(ref) if platform.release >= (2, 4) else None


def _metadata(platform: Platform, sent: JsonObject) -> JsonObject:
    metadata: JsonObject = conform(METADATA, sent, "metadata", platform.strict())
    if platform.options.drops_newer_fields:
        metadata = without_newer_fields(metadata, NEWER_METADATA, platform.release)
    return metadata


def _create(platform: Platform, space: Space, body: JsonObject) -> bytes:
    sent = _metadata(platform, part(body, "metadata"))
    name = sent.get("name")
    if platform.release >= (2, 4):
        check_label("Deployment", name)
        if space.deployments.named(str(name)):
            raise conflict(f"Deployment '{name}' exists already.")
    elif not isinstance(name, str) or not name:
        raise bad_request("metadata.name is required.")
    spec = new_spec(platform, space, part(body, "spec"))
    metadata = space.deployments.new_metadata(space.name)
    metadata["name"] = name
    if "displayName" in sent:
        metadata["displayName"] = sent["displayName"]
    metadata["labels"] = sent.get("labels", {})
    own = {SPEC_VERSION: "1", TRANSITIONING: "false"}
    dropped = platform.options.drop_foreign_annotations
    metadata["annotations"] = merge_annotations(sent.get("annotations", {}), own, dropped)
    record = DeploymentRecord("Deployment", metadata, spec, {"state": "CANCELLED"})
    if platform.options.status_on_create == "absent":
        record.status = None
    space.deployments.add(record)
    spec_changed(Subject(platform, space, record))
    if record.status is None:
        space.deployments.moving[record.id] = record
    return space.deployments.text(record)


def _write(
    platform: Platform,
    space: Space,
    record: DeploymentRecord,
    sent: JsonObject,
    spec: JsonObject,
) -> None:
    changed = spec != record.spec
    if platform.options.live_target_change == "reject":
        live = record.job is not None or record.transition is not None
        before, after = (deployed_part(platform, space, own) for own in (record.spec, spec))
        if live and after["references"] != before["references"]:
            raise conflict("The deployment target cannot change while the deployment is active.")
    held = record.metadata["annotations"]
    dropped = platform.options.drop_foreign_annotations
    annotations = merge_annotations(sent.get("annotations", {}), held, dropped)
    restarting = platform.options.annotation_write_restarts and annotations != held
    if changed or restarting:
        record.spec_version += 1
        annotations[SPEC_VERSION] = str(record.spec_version)
    record.metadata["annotations"] = annotations
    record.metadata["labels"] = sent.get("labels", {})
    record.metadata.pop("displayName", None)
    if "displayName" in sent:
        record.metadata["displayName"] = sent["displayName"]
    record.spec = spec
    record.upgrade_forced = record.upgrade_forced or (restarting and record.job is not None)
    if changed and platform.options.failed_restarts_on_change and record.steady == "FAILED":
        Subject(platform, space, record).end_job("TERMINATED")
        record.steady = "CANCELLED"
    space.deployments.touch(record, spec=changed)
    spec_changed(Subject(platform, space, record))
