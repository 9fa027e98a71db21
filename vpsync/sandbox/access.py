"""Who may do what: the role table of the VVP page "Authorization".

Roles viewer, editor and owner belong to one namespace; admin is platform-wide and sees namespaces,
not what is inside them.
"""

import hmac
from dataclasses import dataclass
from enum import Enum

from vpsync.sandbox.errors import forbidden, unauthorized
from vpsync.sandbox.platform import Platform


class Resource(Enum):
    """The rows of the role table; all that it does not name is OTHER."""

    API_TOKEN = "ApiToken"
    DEFAULTS = "DeploymentDefaults"
    TARGET = "DeploymentTarget"
    NAMESPACE = "Namespace"
    SECRET_VALUE = "SecretValue"
    OTHER = "everything else"
    SYSTEM_INFO = "system information"
    LIVENESS = "status"


class Verb(Enum):
    """What a request does to a resource."""

    LIST = "List"
    GET = "Get"
    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


_NONE: frozenset[Verb] = frozenset()
_ALL = frozenset(Verb)
_READ = frozenset({Verb.LIST, Verb.GET})

ROLE_TABLE: dict[Resource, dict[str, frozenset[Verb]]] = {
    Resource.API_TOKEN: {"viewer": _NONE, "editor": _NONE, "owner": _ALL, "admin": _NONE},
    Resource.DEFAULTS: {
        "viewer": frozenset({Verb.GET}),
        "editor": frozenset({Verb.GET}),
        "owner": _ALL,
        "admin": _NONE,
    },
    Resource.TARGET: {"viewer": _READ, "editor": _READ, "owner": _ALL, "admin": _NONE},
    Resource.NAMESPACE: {
        "viewer": _NONE,
        "editor": _NONE,
        "owner": frozenset({Verb.GET, Verb.UPDATE}),
        "admin": _ALL,
    },
    Resource.SECRET_VALUE: {"viewer": _NONE, "editor": _ALL, "owner": _ALL, "admin": _NONE},
    Resource.OTHER: {"viewer": _READ, "editor": _ALL, "owner": _ALL, "admin": _NONE},
}
"""Verbs that each role has on each resource."""


@dataclass(frozen=True, slots=True)
class _Principal:
    """Who a request comes from: a role, in one namespace or (admin) on the platform."""

    role: str
    namespace: str | None


def authenticate(platform: Platform, admin_token: str | None, header: str | None) -> _Principal:
    """Who sent that `Authorization` header; 401 without a token or with an unknown one."""
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise unauthorized()
    if admin_token is not None and _same(secret, admin_token):
        return _Principal("admin", None)
    for space in platform.spaces.values():
        for token in space.tokens.values():
            if _same(secret, token.secret):
                return _Principal(token.role, space.name)
    raise unauthorized()


def authorize(principal: _Principal, namespace: str, resource: Resource, verb: Verb) -> None:
    """403 unless the role allows the verb there; an empty namespace is the platform."""
    if resource in (Resource.SYSTEM_INFO, Resource.LIVENESS):
        return
    if principal.namespace is not None and namespace and principal.namespace != namespace:
        raise forbidden()
    if verb not in ROLE_TABLE[resource][principal.role]:
        raise forbidden()


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
