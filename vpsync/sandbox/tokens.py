"""API tokens over REST (VVP page "API Tokens").

A token belongs to one namespace and has one role there. Its secret is shown in the answer to the
POST and never again; there is no update.
"""

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.errors import ApiError, bad_request, conflict
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.names import check_wide
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.space import ApiToken, Space

_ROLES = ("viewer", "editor", "owner")


def list_tokens(platform: Platform, call: Call) -> Reply:
    """GET of the tokens of a namespace, without their secrets."""
    space = platform.space(call.namespace)
    shown = platform.arrange([_show(space, token) for token in space.tokens.values()])
    if not shown and platform.options.omit_empty_lists:
        return value_reply(200, {})
    return value_reply(200, {"apiTokens": shown})


def create_token(platform: Platform, call: Call) -> Reply:
    """POST: the token with its secret; 409 for a name that is taken."""
    space = platform.open_space(call.namespace)
    if not isinstance(call.body, dict):
        raise bad_request("Invalid request body: must be an object")
    prefix = f"namespaces/{space.name}/apitokens/"
    full = call.body.get("name")
    if not isinstance(full, str) or not full.startswith(prefix):
        raise bad_request(f"name must have the form {prefix}<name>.")
    name = check_wide("API token", full.removeprefix(prefix))
    role = call.body.get("role")
    if role not in _ROLES:
        raise bad_request(f"role: {role!r} is not one of {', '.join(_ROLES)}")
    if name in space.tokens:
        raise conflict(f"API token '{name}' exists already.")
    token = add_token(platform, space, name, role, platform.identity.new_id())
    shown = {"apiToken": {**_show(space, token), "secret": token.secret}}
    return value_reply(platform.options.platform_create_status, shown)


def get_token(platform: Platform, call: Call) -> Reply:
    """GET by name, without the secret."""
    space = platform.space(call.namespace)
    return value_reply(200, {"apiToken": _show(space, _found(platform, space, call.ref))})


def delete_token(platform: Platform, call: Call) -> Reply:
    """DELETE: revokes the token at once and answers an empty object."""
    space = platform.space(call.namespace)
    del space.tokens[_found(platform, space, call.ref).name]
    return value_reply(200, {})


def add_token(platform: Platform, space: Space, name: str, role: str, secret: str) -> ApiToken:
    """Stores a token, known by its secret from now on."""
    token = ApiToken(name, role, secret, platform.identity.now_millis())
    space.tokens[name] = token
    return token


def _show(space: Space, token: ApiToken) -> JsonObject:
    return {
        "name": f"namespaces/{space.name}/apitokens/{token.name}",
        "role": token.role,
        "createTime": token.create_time,
    }


def _found(platform: Platform, space: Space, name: str) -> ApiToken:
    token = space.tokens.get(name)
    if token is None:
        status = platform.options.absent_token_status
        raise ApiError(status, f"API token '{name}' could not be found.")
    return token
