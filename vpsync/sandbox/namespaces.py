"""Namespaces over REST (VVP page "Namespaces", Platform swagger 2.7.1).

Names are fully qualified in bodies (`namespaces/<name>`) and bare in paths. DELETE is asynchronous:
the namespace is TERMINATING for some reads, then it answers 404 and everything in it is gone.
"""

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.errors import bad_request, conflict
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import ROLE_BINDINGS, conform
from vpsync.sandbox.names import check_label
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.space import Space

_PREFIX = "namespaces/"
_KNOWN = frozenset(
    {"name", "roleBindings", "createTime", "lifecyclePhase", "previewSessionClusterName"}
)


def list_namespaces(platform: Platform, call: Call) -> Reply:
    """GET of all namespaces; the read pushes those that are being deleted."""
    for space in list(platform.spaces.values()):
        poll_namespace(platform, space)
    shown = platform.arrange([show(platform, space) for space in platform.spaces.values()])
    if not shown and platform.options.omit_empty_lists:
        return value_reply(200, {})
    return value_reply(200, {"namespaces": shown})


def create_namespace(platform: Platform, call: Call) -> Reply:
    """POST: the namespace in its envelope."""
    name = _body_name(platform, call.body)
    if name in platform.spaces:
        raise conflict(f"Namespace '{name}' exists already.")
    space = platform.add_space(name, _bindings(platform, call.body.get("roleBindings")))
    status = platform.options.platform_create_status
    return value_reply(status, {"namespace": show(platform, space)})


def get_namespace(platform: Platform, call: Call) -> Reply:
    """GET by name; the read pushes its deletion."""
    poll_namespace(platform, platform.space(call.namespace))
    space = platform.space(call.namespace)
    return value_reply(200, {"namespace": show(platform, space)})


def put_namespace(platform: Platform, call: Call) -> Reply:
    """PUT: replaces `roleBindings` as a whole."""
    space = platform.open_space(call.namespace)
    if _body_name(platform, call.body) != space.name:
        raise bad_request(f"name must be '{_PREFIX}{space.name}', as in the path.")
    space.role_bindings = _bindings(platform, call.body.get("roleBindings"))
    return value_reply(200, {"namespace": show(platform, space)})


def patch_namespace(platform: Platform, call: Call) -> Reply:
    """PATCH (2.4+): changes the members that the body names."""
    space = platform.open_space(call.namespace)
    if not isinstance(call.body, dict):
        raise bad_request("Invalid request body: must be an object")
    if "roleBindings" in call.body:
        sent = _bindings(platform, call.body["roleBindings"])
        if platform.options.patch_merges_role_bindings:
            sent = space.role_bindings + [own for own in sent if own not in space.role_bindings]
        space.role_bindings = sent
    return value_reply(200, {"namespace": show(platform, space)})


def delete_namespace(platform: Platform, call: Call) -> Reply:
    """DELETE: 200 with the namespace in TERMINATING."""
    space = platform.space(call.namespace)
    if not space.terminating:
        space.terminating = True
        space.polls_left = platform.options.polls_until_namespace_gone
    return value_reply(200, {"namespace": show(platform, space)})


def set_preview_cluster(platform: Platform, call: Call) -> Reply:
    """POST of `:setPreviewSessionCluster` (2.4+): answers an empty object."""
    space = platform.open_space(call.namespace)
    name = call.body.get("previewSessionClusterName") if isinstance(call.body, dict) else None
    if not isinstance(name, str):
        raise bad_request("previewSessionClusterName is required.")
    space.preview_session_cluster = name or None
    return value_reply(200, {})


def poll_namespace(platform: Platform, space: Space) -> None:
    """A read shows this namespace: pushes its deletion one step on."""
    if not space.terminating:
        return
    if space.polls_left > 0:
        space.polls_left -= 1
    else:
        del platform.spaces[space.name]


def show(platform: Platform, space: Space) -> JsonObject:
    """The namespace as a client reads it."""
    phase = "TERMINATING" if space.terminating else "ACTIVE"
    shown: JsonObject = {
        "name": _PREFIX + space.name,
        "roleBindings": space.role_bindings,
        "createTime": space.create_time,
        "lifecyclePhase": f"LIFECYCLE_PHASE_{phase}",
    }
    if not space.role_bindings and platform.options.omit_empty_lists:
        del shown["roleBindings"]
    if space.preview_session_cluster and platform.release >= (2, 4):
        shown["previewSessionClusterName"] = space.preview_session_cluster
    return shown


def _body_name(platform: Platform, body: object) -> str:
    if not isinstance(body, dict):
        raise bad_request("Invalid request body: must be an object")
    if platform.strict() and (unknown := body.keys() - _KNOWN):
        raise bad_request(f"Invalid request body: {sorted(unknown)[0]}: unknown field")
    name = body.get("name")
    if not isinstance(name, str) or not name.startswith(_PREFIX):
        raise bad_request(f"name must have the form {_PREFIX}<name>.")
    return check_label("Namespace", name.removeprefix(_PREFIX))


def _bindings(platform: Platform, value: object) -> list[JsonObject]:
    bindings: list[JsonObject] = conform(
        ROLE_BINDINGS, value if value is not None else [], "roleBindings", platform.strict()
    )
    if any("role" not in binding for binding in bindings):
        raise bad_request("roleBindings: role is required.")
    return bindings
