"""JSON merge patch: the semantics of every PATCH of the Application Manager.

RFC 7386: objects merge member by member, `null` removes a member, arrays and scalars are replaced
whole. The VVP page "REST API" of version 1.2 says so; for 2.x it is inferred from the bodies that
all 2.x clients send.

Nothing here changes its arguments: results share unchanged parts with them.
"""

from typing import Any

from vpsync.sandbox.jsontext import JsonObject


def merge_patch(target: Any, patch: Any) -> Any:
    """`target` with the merge patch `patch` applied."""
    if not isinstance(patch, dict):
        return patch
    result: JsonObject = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def fill(defaults: Any, value: Any) -> Any:
    """`value` with members that it lacks taken from `defaults`, at every depth of objects.

    Layers are composed with it: global defaults < defaults of the namespace < request body.
    """
    if not isinstance(defaults, dict) or not isinstance(value, dict):
        return value
    result: JsonObject = dict(defaults)
    for key, own in value.items():
        result[key] = fill(defaults[key], own) if key in defaults else own
    return result
