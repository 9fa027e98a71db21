"""Deployment defaults of a namespace, and the global ones (VVP page "Deployment Defaults").

One object per namespace, with GET and PATCH only; its spec is any subset of a deployment spec.
"""

from vpsync.sandbox.call import Call, Reply, json_reply, value_reply
from vpsync.sandbox.deployments import check_version
from vpsync.sandbox.deploymentspecs import clean
from vpsync.sandbox.errors import bad_request
from vpsync.sandbox.members import METADATA, conform, patch_part
from vpsync.sandbox.mergepatch import merge_patch
from vpsync.sandbox.platform import Platform


def get_defaults(platform: Platform, call: Call) -> Reply:
    """GET of the defaults of a namespace."""
    space = platform.space(call.namespace)
    return json_reply(200, space.default_collection.text(space.defaults))


def patch_defaults(platform: Platform, call: Call) -> Reply:
    """PATCH: a JSON merge patch of labels, annotations and spec.

    VVP 2.4.0 refused a deployment target here (fixed in 2.4.1); so does the sandbox as 2.4.0.
    """
    space = platform.open_space(call.namespace)
    record = space.defaults
    sent = patch_part(call.body, "metadata")
    check_version(platform, record.metadata, sent)
    keys = ("labels", "annotations")
    held = {key: record.metadata[key] for key in keys if key in record.metadata}
    patch = {key: sent[key] for key in keys if key in sent}
    metadata = conform(METADATA, merge_patch(held, patch), "metadata", platform.strict())
    spec = clean(platform, merge_patch(record.spec, patch_part(call.body, "spec")))
    if platform.options.version == "2.4.0" and "deploymentTargetId" in spec:
        raise bad_request("A deployment target is not allowed in the deployment defaults.")
    for key in keys:
        record.metadata.pop(key, None)
    record.metadata.update(metadata)
    record.spec = spec
    space.default_collection.touch(record, spec=True)
    return json_reply(200, space.default_collection.text(record))


def get_global_defaults(platform: Platform, call: Call) -> Reply:
    """GET of the defaults that an administrator configured for all namespaces."""
    body = {"kind": "GlobalDeploymentDefaults", "apiVersion": "v1"}
    return value_reply(200, {**body, "spec": platform.options.global_defaults})
