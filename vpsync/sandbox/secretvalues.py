"""Secret values over REST (VVP page "Secret Values").

What a read shows of the value is stated nowhere; by default nothing. A secret that is referenced
may be deleted, and a change does not touch running jobs.
"""

from vpsync.sandbox.call import Call, Reply, json_reply
from vpsync.sandbox.deployments import check_version
from vpsync.sandbox.errors import bad_request, conflict, not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import METADATA, SECRET_SPEC, conform, part, patch_part
from vpsync.sandbox.mergepatch import merge_patch
from vpsync.sandbox.names import check_wide
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.space import SecretRecord, Space


def list_secrets(platform: Platform, call: Call) -> Reply:
    """GET of all secret values of the namespace."""
    return json_reply(200, platform.list_text(platform.space(call.namespace).secret_values))


def create_secret(platform: Platform, call: Call) -> Reply:
    """POST of a new secret value."""
    space = platform.open_space(call.namespace)
    sent = conform(METADATA, part(call.body, "metadata"), "metadata", platform.strict())
    name = check_wide("Secret value", sent.get("name"))
    if space.secret_values.named(name):
        raise conflict(f"Secret value '{name}' exists already.")
    spec, value = _spec(platform, part(call.body, "spec"))
    metadata = space.secret_values.new_metadata(space.name) | {"name": name}
    metadata["labels"] = sent.get("labels", {})
    metadata["annotations"] = sent.get("annotations", {})
    record = SecretRecord("SecretValue", metadata, spec, value=value)
    space.secret_values.add(record)
    return json_reply(platform.options.create_status, space.secret_values.text(record))


def get_secret(platform: Platform, call: Call) -> Reply:
    """GET by name."""
    space = platform.space(call.namespace)
    return json_reply(200, space.secret_values.text(_found(space, call.ref)))


def patch_secret(platform: Platform, call: Call) -> Reply:
    """PATCH: a JSON merge patch; a body without a value keeps the value."""
    space = platform.space(call.namespace)
    record = _found(space, call.ref)
    sent = patch_part(call.body, "metadata")
    check_version(platform, record.metadata, sent)
    if sent.get("name", record.name) != record.name:
        raise bad_request("metadata.name is immutable.")
    held = {key: record.metadata[key] for key in ("name", "labels", "annotations")}
    metadata = conform(METADATA, merge_patch(held, sent), "metadata", platform.strict())
    before = {**record.spec, "value": record.value}
    spec, value = _spec(platform, merge_patch(before, patch_part(call.body, "spec")))
    record.metadata["labels"] = metadata.get("labels", {})
    record.metadata["annotations"] = metadata.get("annotations", {})
    record.spec, record.value = spec, value
    space.secret_values.touch(record, spec=True)
    return json_reply(200, space.secret_values.text(record))


def delete_secret(platform: Platform, call: Call) -> Reply:
    """DELETE by name, also while it is referenced."""
    space = platform.space(call.namespace)
    record = _found(space, call.ref)
    text = space.secret_values.text(record)
    space.secret_values.remove(record)
    return json_reply(200, text)


def _spec(platform: Platform, body: JsonObject) -> tuple[JsonObject, str]:
    spec: JsonObject = conform(SECRET_SPEC, body, "spec", platform.strict())
    kind = spec.get("kind", "PLAIN")
    if kind.upper() != "PLAIN":
        raise bad_request(f"spec.kind: {kind!r} is not PLAIN")
    if "value" not in spec:
        raise bad_request("spec.value is required.")
    shown = kind.upper() if platform.options.secret_kind_case == "upper" else kind
    return {"kind": shown}, spec["value"]


def _found(space: Space, name: str) -> SecretRecord:
    record = space.secret_values.named(name)
    if record is None:
        raise not_found("Secret value", name)
    return record
