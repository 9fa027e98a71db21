"""Deployment targets over REST (VVP page "Deployment Targets").

Their spec is immutable; PUT (2.4+) changes labels and annotations. No version has a PATCH.
"""

from collections.abc import Iterator

from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.deployments import check_version
from vpsync.sandbox.errors import ApiError, bad_request, conflict, not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import METADATA, TARGET_SPEC, conform, part
from vpsync.sandbox.names import check_wide
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.space import Space


def list_targets(platform: Platform, call: Call) -> Reply:
    """GET of all targets of the namespace."""
    return json_reply(200, platform.list_text(platform.space(call.namespace).targets))


def create_target(platform: Platform, call: Call) -> Reply:
    """POST: 201; 400 or 409, by version, for a name that is taken."""
    space = platform.open_space(call.namespace)
    metadata, spec = _body(platform, call)
    name = check_wide("Deployment target", metadata.get("name"))
    if space.targets.named(name):
        status = platform.options.duplicate_target_status
        known = 409 if platform.release >= (2, 6) else 400
        raise ApiError(status or known, f"Deployment target '{name}' exists already.")
    return json_reply(201, _create(space, name, metadata, spec))


def get_target(platform: Platform, call: Call) -> Reply:
    """GET by name."""
    space = platform.space(call.namespace)
    return json_reply(200, space.targets.text(_found(space, call.ref)))


def put_target(platform: Platform, call: Call) -> Reply:
    """PUT: creates the target, or replaces its labels and annotations."""
    space = platform.open_space(call.namespace)
    metadata, spec = _body(platform, call)
    name = metadata.get("name", call.ref)
    if name != call.ref and platform.options.put_name_mismatch == "reject":
        raise bad_request(f"metadata.name must be '{call.ref}', as in the path.")
    record = space.targets.named(call.ref)
    if record is None:
        return json_reply(201, _create(space, check_wide("Target", call.ref), metadata, spec))
    check_version(platform, record.metadata, metadata)
    if spec != record.spec:
        status = platform.options.changed_target_status
        raise ApiError(status, "The spec of a deployment target is immutable.")
    for key in ("labels", "annotations"):
        kept = record.metadata[key] if platform.options.put_keeps_metadata else {}
        record.metadata[key] = {**kept, **metadata.get(key, {})}
    space.targets.touch(record)
    return json_reply(200, space.targets.text(record))


def delete_target(platform: Platform, call: Call) -> Reply:
    """DELETE: 409 while a deployment or session cluster refers to the target."""
    space = platform.space(call.namespace)
    target = _found(space, call.ref)
    holder = next(_holders(space, target), None)
    if holder is not None:
        raise conflict(f"Deployment target '{target.name}' is referenced by {holder}.")
    text = space.targets.text(target)
    space.targets.remove(target)
    return json_reply(200, text)


def _body(platform: Platform, call: Call) -> tuple[JsonObject, JsonObject]:
    strict = platform.strict()
    metadata = conform(METADATA, part(call.body, "metadata"), "metadata", strict)
    spec = conform(TARGET_SPEC, part(call.body, "spec"), "spec", strict)
    if "kubernetes" not in spec:
        raise bad_request("spec.kubernetes is required.")
    return metadata, spec


def _create(space: Space, name: str, sent: JsonObject, spec: JsonObject) -> bytes:
    metadata = space.targets.new_metadata(space.name) | {"name": name}
    metadata["labels"] = sent.get("labels", {})
    metadata["annotations"] = sent.get("annotations", {})
    record = space.targets.add(Record("DeploymentTarget", metadata, spec))
    return space.targets.text(record)


def _found(space: Space, name: str) -> Record:
    target = space.targets.named(name)
    if target is None:
        raise not_found("Deployment target", name)
    return target


def _holders(space: Space, target: Record) -> Iterator[str]:
    for deployment in space.deployments:
        spec = deployment.spec
        by_id = spec.get("deploymentTargetId") == target.id
        if by_id or spec.get("deploymentTargetName") == target.name:
            yield f"deployment '{deployment.name}'"
    for cluster in space.session_clusters:
        if cluster.spec.get("deploymentTargetName") == target.name:
            yield f"session cluster '{cluster.name}'"
