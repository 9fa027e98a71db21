"""What can be learnt of a VVP by reading: its version, and what a token may do there.

VVP has no way to ask for the role of a token. What it lists tells it all the same: secret values are
listed for editors and owners, API tokens for owners alone (VVP documentation, "Authorization").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

from vpsync.errors import PlatformError, PlatformUnauthorized
from vpsync.model.json import Json, JsonObject, objects_in, value_at
from vpsync.model.releases import Release, release_in
from vpsync.ververica.answers import malformed
from vpsync.ververica.client import Client
from vpsync.ververica.urls import url


class Role(Enum):
    """What a token may do in a VVP namespace."""

    NONE = "none"
    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Access:
    """What a VVP namespace lets a run do."""

    role: Role
    has_token: bool
    refusal: str = ""
    """What VVP says where it refuses everything."""
    tokens: tuple[JsonObject, ...] = ()
    """The API tokens of the namespace, without their secrets, where an owner asks."""


def system_version(client: Client, namespace: str = "") -> str:
    """The version that VVP says it is; empty where it says none.

    ``namespace`` is a VVP namespace whose token is to be used, rather than that for the Platform API.
    """
    token = client.tokens.for_namespace(namespace) if namespace else client.tokens.for_platform()
    token = token or client.tokens.for_namespace("default")
    address = url(client.app_manager_url, ("v1", "status", "system-info"))
    answer = client.transport.send("GET", address, token)
    if not isinstance(answer, Mapping):
        malformed("GET system-info", "there is no object")
    version = value_at(answer, ("status", "revisionInformation", "buildVersion"))
    return version if isinstance(version, str) else ""


def known_version(client: Client, namespace: str) -> str:
    """The same, asked once in a run; empty also where VVP refuses to say: nothing goes wrong without."""
    return client.version.known(partial(system_version, client, namespace))


def known_release(client: Client, namespace: str) -> Release | None:
    """The release that this is; None where VVP does not say."""
    return release_in(known_version(client, namespace))


def access(client: Client, namespace: str) -> Access:
    """What a run may do in a VVP namespace; PlatformError where VVP gives no clear answer."""
    try:
        has_token = client.tokens.for_namespace(namespace) is not None
        client.raw_list("deployments", namespace)
    except PlatformUnauthorized as error:
        return Access(Role.NONE, _has_token(client, namespace), str(error))
    if not _may_list_secrets(client, namespace):
        return Access(Role.VIEWER, has_token)
    tokens = _tokens(client, namespace)
    if tokens is None:
        return Access(Role.EDITOR, has_token)
    return Access(Role.OWNER, has_token, tokens=tokens)


def _has_token(client: Client, namespace: str) -> bool:
    try:
        return client.tokens.for_namespace(namespace) is not None
    except PlatformUnauthorized:
        return True  # One was meant, and cannot be read.


def _may_list_secrets(client: Client, namespace: str) -> bool:
    """Whether secret values are listed; what is listed is dropped at once."""
    try:
        client.raw_list("secret-values", namespace)
    except PlatformUnauthorized:
        return False
    return True


def _tokens(client: Client, namespace: str) -> tuple[JsonObject, ...] | None:
    """The API tokens as the namespace's own token sees them; None where it may not, or none exist."""
    segments = ("apitokens", "v1", "namespaces", namespace, "apitokens")
    address = url(client.platform_url, segments)
    try:
        answer: Json = client.transport.send("GET", address, client.tokens.for_namespace(namespace))
    except PlatformUnauthorized:
        return None
    except PlatformError:
        return ()  # The Community Edition has no tokens, and lets everybody do everything.
    return tuple(objects_in(value_at(answer, ("apiTokens",))))
