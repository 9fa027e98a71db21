"""VVP's routes: where each kind lives, and what its answers must look like.

Sources: the published specifications of the Application Manager and Platform APIs, 2.0 to 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vpsync.errors import PlatformForbidden, PlatformNotFound, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Address, Api, Kind
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.observed import Observed, PlatformKey, namespace_key
from vpsync.ververica.answers import malformed
from vpsync.ververica.refusals import Refusals
from vpsync.ververica.run_tokens import RunTokens
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import Transport
from vpsync.ververica.urls import url
from vpsync.ververica.version import VersionOnce

_NAMESPACES = ("namespaces", "v1", "namespaces")


@dataclass(slots=True)
class Client:
    """Typed access to VVP; what it can send depends on the transport it is given."""

    transport: Transport
    app_manager_url: str
    """The base URL of the Application Manager API, which ends in ``/api``."""
    platform_url: str
    tokens: Tokens
    run_tokens: RunTokens | None = None
    version: VersionOnce = field(default_factory=VersionOnce)
    refusals: Refusals | None = None
    """What a run of several passes over files must not send again."""

    # Application Manager ------------------------------------------------------------------

    def list_kind(
        self, kind: Kind, namespace: str, query: Mapping[str, str] | None = None
    ) -> list[Observed]:
        """Every object of a kind in a VVP namespace."""
        items = self.raw_list(kind.collection, namespace, query)
        return [observed_from(kind, namespace, item, kind.collection) for item in items]

    def raw_list(
        self, collection: str, namespace: str, query: Mapping[str, str] | None = None
    ) -> list[JsonObject]:
        """The items of a collection: a list of objects, or an error."""
        route = f"GET {collection} of VVP namespace {namespace!r}"
        answer = self.app_manager("GET", namespace, (collection,), query=query)
        items = answer.get("items") if isinstance(answer, Mapping) else None
        if not isinstance(items, list):
            malformed(route, "there is no list of items")
        if not all(isinstance(item, Mapping) for item in items):
            malformed(route, "an item is no object")
        return items

    def job(self, namespace: str, identity: str) -> JsonObject:
        """The job with this id."""
        answer = self.app_manager("GET", namespace, ("jobs", identity))
        if not isinstance(answer, Mapping) or not isinstance(answer.get("status"), Mapping):
            malformed(f"GET job {identity}", "there is no status")
        return answer

    def has(self, key: PlatformKey, identity: str) -> bool:
        """Whether VVP has the object of that key and id; only its own 404 says that it has not."""
        kind = BY_NAME[key.kind]
        try:
            if kind.api is Api.PLATFORM:
                self.platform("GET", (*_NAMESPACES, key.name), None, key.name)
                return True
            path = _path(kind, Observed(key, identity, {}))
            answer = self.app_manager("GET", key.namespace, path)
        except PlatformNotFound:
            return False
        return observed_from(kind, key.namespace, answer, f"GET {kind.collection}").id == identity

    def app_manager(
        self,
        method: str,
        namespace: str,
        rest: tuple[str, ...],
        body: Json = None,
        query: Mapping[str, str] | None = None,
    ) -> Json:
        """A request below a VVP namespace, with that namespace's token."""
        target = url(self.app_manager_url, ("v1", "namespaces", namespace, *rest), query)
        return self._within(namespace, method, target, body)

    def autopiloted(self, namespace: str) -> frozenset[str]:
        """The deployments of a VVP namespace that an active Autopilot policy scales, by id or name."""
        segments = ("autopilot", "v1alpha1", "namespaces", namespace)
        items = self.part_of(namespace, segments, "policies")
        active = [item for item in items if item.get("mode") == "AUTOPILOT_MODE_ACTIVE"]
        return frozenset(_deployment_of(item) for item in active)

    def part_of(
        self,
        namespace: str,
        segments: tuple[str, ...],
        member: str,
        query: Mapping[str, str] | None = None,
    ) -> list[JsonObject]:
        """A list of the Platform API that is about what is inside a VVP namespace.

        A token of the role admin sees nothing there: that namespace's own token is used.
        """
        answer = self._within(namespace, "GET", url(self.platform_url, segments, query))
        # VVP may leave an empty list out, as JSON made from protocol buffers does.
        items = answer.get(member, []) if isinstance(answer, Mapping) else None
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            malformed(f"GET {segments[0]}", f"there is no list of {member}")
        return items

    def _within(self, namespace: str, method: str, target: str, body: Json = None) -> Json:
        """A request with the token of a VVP namespace."""
        token = self.tokens.for_namespace(namespace)
        try:
            return self.transport.send(method, target, token, body)
        except PlatformUnauthorized as error:
            # A refused request was not carried out, so it may be sent again, once.
            renewed = self._another_token(error, namespace, token)
            if renewed == token:
                raise self._explained(error, token, namespace) from error
        return self.transport.send(method, target, renewed, body)

    def _another_token(
        self, error: PlatformUnauthorized, namespace: str, refused: str | None
    ) -> str | None:
        """One that was rotated meanwhile, or one that this run creates for itself."""
        renewed = self.tokens.for_namespace(namespace)
        is_forbidden = refused is not None and isinstance(error, PlatformForbidden)
        if renewed != refused or self.run_tokens is None or is_forbidden:
            return renewed
        self.run_tokens.obtain(namespace, refused)
        return self.tokens.for_namespace(namespace)

    def _explained(
        self, error: PlatformUnauthorized, token: str | None, namespace: str
    ) -> PlatformUnauthorized:
        if token:
            return error
        variable = f"APPMANAGER_API_TOKEN_{namespace.upper().replace('-', '_')}"
        text = f"{error}; no token is set: {variable} or APPMANAGER_API_TOKEN"
        why = self.run_tokens.why_none(namespace) if self.run_tokens else ""
        return PlatformUnauthorized(f"{text}; and none could be created: {why}" if why else text)

    # Platform API -------------------------------------------------------------------------

    def namespaces(self) -> list[Observed]:
        """Every VVP namespace."""
        answer = self.platform("GET", _NAMESPACES)
        items = answer.get("namespaces") if isinstance(answer, Mapping) else None
        if not isinstance(items, list):
            malformed("GET namespaces", "there is no list of namespaces")
        return [namespace_from(item) for item in items]

    def platform(
        self,
        method: str,
        segments: tuple[str, ...],
        body: Json = None,
        namespace: str | None = None,
    ) -> Json:
        """A request to the Platform API."""
        target = url(self.platform_url, segments)
        token = self.tokens.for_platform(namespace)
        try:
            return self.transport.send(method, target, token, body)
        except PlatformUnauthorized:
            renewed = self.tokens.for_platform(namespace)
            if renewed == token:
                raise
        return self.transport.send(method, target, renewed, body)

    def read(self, kind: Kind, observed: Observed) -> Observed:
        """One object anew, at the id that was read in this pass."""
        path = _path(kind, observed)
        answer = self.app_manager("GET", observed.key.namespace, path)
        return observed_from(kind, observed.key.namespace, answer, f"GET {kind.collection}")

    # Writes -------------------------------------------------------------------------------

    def create(self, kind: Kind, namespace: str, name: str, body: Json) -> Observed:
        """Creates an object and returns VVP's answer."""
        if kind.api is Api.PLATFORM:
            full = {"name": f"namespaces/{name}", **body}
            return namespace_from(
                value_at(self.platform("POST", _NAMESPACES, full), ("namespace",))
            )
        answer = self.app_manager("POST", namespace, (kind.collection,), body)
        return observed_from(kind, namespace, answer, f"POST {kind.collection}")

    def change(
        self,
        kind: Kind,
        observed: Observed,
        method: str,
        body: Json,
        query: Mapping[str, str] | None = None,
    ) -> Observed:
        """Changes an object at the id that was read in this pass, and returns VVP's answer."""
        if kind.api is Api.PLATFORM:
            full = {"name": f"namespaces/{observed.key.name}", **body}
            answer = self.platform(
                method, (*_NAMESPACES, observed.key.name), full, observed.key.name
            )
            return namespace_from(value_at(answer, ("namespace",)))
        path = _path(kind, observed)
        answer = self.app_manager(method, observed.key.namespace, path, body, query)
        return observed_from(kind, observed.key.namespace, answer, f"{method} {kind.collection}")

    def delete(self, kind: Kind, observed: Observed) -> None:
        """Deletes the object; :class:`PlatformNotFound` where it is gone already."""
        if kind.api is Api.PLATFORM:
            self.platform("DELETE", (*_NAMESPACES, observed.key.name), None, observed.key.name)
        else:
            path = _path(kind, observed)
            self.app_manager("DELETE", observed.key.namespace, path)


def observed_from(kind: Kind, namespace: str, item: Json, route: str) -> Observed:
    """An object of the Application Manager; an error when it has no id, or no name where it must."""
    metadata = item.get("metadata") if isinstance(item, Mapping) else None
    if not isinstance(metadata, Mapping):
        malformed(route, "an object has no metadata")
    name = metadata.get("name") if kind.named else ""
    identity = metadata.get("id")
    if not isinstance(identity, str) or not identity or not isinstance(name, str):
        malformed(route, "an object has no id or no name")
    return Observed(PlatformKey(kind.name, namespace, name), identity, item)


def namespace_from(item: Json) -> Observed:
    """A VVP namespace; its name in the body is ``namespaces/<name>``."""
    full = item.get("name") if isinstance(item, Mapping) else None
    if not isinstance(full, str) or not full.startswith("namespaces/"):
        malformed("namespaces", "a namespace has no name")
    name = full.removeprefix("namespaces/")
    return Observed(namespace_key(name), name, item)


def _path(kind: Kind, observed: Observed) -> tuple[str, ...]:
    """Where an existing object of the Application Manager is, below its VVP namespace."""
    match kind.address:
        case Address.ID:
            return (kind.collection, observed.id)
        case Address.NAME:
            return (kind.collection, observed.key.name)
        case Address.NAMESPACE:
            return (kind.collection,)


def _deployment_of(policy: JsonObject) -> str:
    """Whose an Autopilot policy is, by its name ``namespaces/…/deployments/<id>/autopilotpolicy``."""
    parts = str(policy.get("name")).split("/")
    if "deployments" not in parts[:-1]:
        malformed("GET autopilot", "a policy does not say which deployment it is of")
    return parts[parts.index("deployments") + 1]
