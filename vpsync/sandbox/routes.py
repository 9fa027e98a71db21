"""Which method and path is served by which handler, since which version.

Paths are those of the Application Manager swagger 2.1.0 to 2.7.1 and the Platform swagger 2.0.0 to
2.7.1. An endpoint that is newer than the simulated version does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vpsync.sandbox import (
    autopilot,
    defaults,
    deployments,
    events,
    information,
    jobs,
    namespaces,
    savepoints,
    secretvalues,
    sessionclusters,
    targets,
    tokens,
)
from vpsync.sandbox.access import Resource, Verb
from vpsync.sandbox.call import Call, Reply
from vpsync.sandbox.platform import Platform

Handler: TypeAlias = Callable[[Platform, Call], Reply]

_AM = "/api/v1/namespaces/{ns}"
_NS = "/namespaces/v1/namespaces"
_TOKENS = "/apitokens/v1/namespaces/{ns}/apitokens"
_PILOT = "/autopilot/v1alpha1/namespaces/{ns}"
_POLICY = _PILOT + "/deployments/{ref}/autopilotpolicy"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: what it takes to be allowed, and who does it."""

    handler: Handler
    resource: Resource
    verb: Verb
    enterprise: bool
    """Whether the Community edition refuses it."""


@dataclass(slots=True)
class Node:
    """A place in the tree of path segments."""

    children: dict[str, "Node"] = field(default_factory=dict)
    wild: "Node | None" = None
    parameter: str = ""
    routes: dict[str, Route] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A known path: its operations by method, and the values of its parameters."""

    routes: Mapping[str, Route]
    namespace: str
    ref: str


class Router:
    """Finds operations by path."""

    def __init__(self, release: tuple[int, ...]) -> None:
        self._root = Node()
        for since, method, path, resource, verb, handler in _TABLE:
            if since <= release:
                enterprise = not path.startswith("/api/")
                self._add(method, path, Route(handler, resource, verb, enterprise))

    def find(self, segments: list[str]) -> Match | None:
        """The operations on a path, given by its decoded segments; None for an unknown path."""
        node = self._root
        values = {"ns": "", "ref": ""}
        for segment in segments:
            action = ""
            child = node.children.get(segment)
            if child is None and node.wild is not None and segment:
                child = node.wild
                name, _, action = segment.partition(":")
                if action:
                    child = child.children.get(":" + action)
                if child is not None:
                    values[node.wild.parameter] = name
            if child is None:
                return None
            node = child
        if not node.routes:
            return None
        return Match(node.routes, values["ns"], values["ref"])

    def _add(self, method: str, path: str, route: Route) -> None:
        node = self._root
        for segment in path.strip("/").split("/"):
            name, _, action = segment.partition(":")
            if name.startswith("{"):
                if node.wild is None:
                    node.wild = Node(parameter="")
                    node.wild.parameter = name.strip("{}")
                node = node.wild
                if action:
                    node = node.children.setdefault(":" + action, Node(parameter=node.parameter))
            else:
                node = node.children.setdefault(segment, Node())
        node.routes[method] = route


_OTHER, _TARGET, _SECRET = Resource.OTHER, Resource.TARGET, Resource.SECRET_VALUE
_SPACE, _TOKEN, _DEFAULTS = Resource.NAMESPACE, Resource.API_TOKEN, Resource.DEFAULTS
_LIST, _GET, _CREATE, _UPDATE, _DELETE = Verb.LIST, Verb.GET, Verb.CREATE, Verb.UPDATE, Verb.DELETE

_TABLE: tuple[tuple[tuple[int, int], str, str, Resource, Verb, Handler], ...] = (
    ((2, 0), "GET", _NS, _SPACE, _LIST, namespaces.list_namespaces),
    ((2, 0), "POST", _NS, _SPACE, _CREATE, namespaces.create_namespace),
    ((2, 0), "GET", _NS + "/{ns}", _SPACE, _GET, namespaces.get_namespace),
    ((2, 0), "PUT", _NS + "/{ns}", _SPACE, _UPDATE, namespaces.put_namespace),
    ((2, 4), "PATCH", _NS + "/{ns}", _SPACE, _UPDATE, namespaces.patch_namespace),
    ((2, 0), "DELETE", _NS + "/{ns}", _SPACE, _DELETE, namespaces.delete_namespace),
    (
        (2, 4),
        "POST",
        _NS + "/{ns}:setPreviewSessionCluster",
        _SPACE,
        _UPDATE,
        namespaces.set_preview_cluster,
    ),
    ((2, 0), "GET", _TOKENS, _TOKEN, _LIST, tokens.list_tokens),
    ((2, 0), "POST", _TOKENS, _TOKEN, _CREATE, tokens.create_token),
    ((2, 0), "GET", _TOKENS + "/{ref}", _TOKEN, _GET, tokens.get_token),
    ((2, 0), "DELETE", _TOKENS + "/{ref}", _TOKEN, _DELETE, tokens.delete_token),
    ((2, 0), "GET", _AM + "/deployment-targets", _TARGET, _LIST, targets.list_targets),
    ((2, 0), "POST", _AM + "/deployment-targets", _TARGET, _CREATE, targets.create_target),
    ((2, 0), "GET", _AM + "/deployment-targets/{ref}", _TARGET, _GET, targets.get_target),
    ((2, 4), "PUT", _AM + "/deployment-targets/{ref}", _TARGET, _UPDATE, targets.put_target),
    ((2, 0), "DELETE", _AM + "/deployment-targets/{ref}", _TARGET, _DELETE, targets.delete_target),
    ((2, 0), "GET", _AM + "/deployments", _OTHER, _LIST, deployments.list_deployments),
    ((2, 0), "POST", _AM + "/deployments", _OTHER, _CREATE, deployments.create_deployment),
    ((2, 0), "GET", _AM + "/deployments/{ref}", _OTHER, _GET, deployments.get_deployment),
    ((2, 0), "PATCH", _AM + "/deployments/{ref}", _OTHER, _UPDATE, deployments.patch_deployment),
    ((2, 4), "PUT", _AM + "/deployments/{ref}", _OTHER, _UPDATE, deployments.put_deployment),
    ((2, 0), "DELETE", _AM + "/deployments/{ref}", _OTHER, _DELETE, deployments.delete_deployment),
    ((2, 1), "GET", _AM + "/deployment-defaults", _DEFAULTS, _GET, defaults.get_defaults),
    ((2, 1), "PATCH", _AM + "/deployment-defaults", _DEFAULTS, _UPDATE, defaults.patch_defaults),
    (
        (2, 1),
        "GET",
        "/api/v1/global-deployment-defaults",
        Resource.SYSTEM_INFO,
        _GET,
        defaults.get_global_defaults,
    ),
    ((2, 3), "GET", _AM + "/sessionclusters", _OTHER, _LIST, sessionclusters.list_clusters),
    ((2, 3), "POST", _AM + "/sessionclusters", _OTHER, _CREATE, sessionclusters.create_cluster),
    ((2, 3), "GET", _AM + "/sessionclusters/{ref}", _OTHER, _GET, sessionclusters.get_cluster),
    ((2, 3), "PUT", _AM + "/sessionclusters/{ref}", _OTHER, _UPDATE, sessionclusters.put_cluster),
    (
        (2, 3),
        "PATCH",
        _AM + "/sessionclusters/{ref}",
        _OTHER,
        _UPDATE,
        sessionclusters.patch_cluster,
    ),
    (
        (2, 3),
        "DELETE",
        _AM + "/sessionclusters/{ref}",
        _OTHER,
        _DELETE,
        sessionclusters.delete_cluster,
    ),
    ((2, 0), "GET", _AM + "/savepoints", _OTHER, _LIST, savepoints.list_savepoints),
    ((2, 0), "POST", _AM + "/savepoints", _OTHER, _CREATE, savepoints.create_savepoint),
    ((2, 0), "GET", _AM + "/savepoints/{ref}", _OTHER, _GET, savepoints.get_savepoint),
    ((2, 6), "DELETE", _AM + "/savepoints/{ref}", _OTHER, _DELETE, savepoints.delete_savepoint),
    ((2, 0), "GET", _AM + "/jobs", _OTHER, _LIST, jobs.list_jobs),
    ((2, 0), "GET", _AM + "/jobs/{ref}", _OTHER, _GET, jobs.get_job),
    ((2, 0), "GET", _AM + "/events", _OTHER, _LIST, events.list_events),
    ((2, 0), "GET", _AM + "/secret-values", _SECRET, _LIST, secretvalues.list_secrets),
    ((2, 0), "POST", _AM + "/secret-values", _SECRET, _CREATE, secretvalues.create_secret),
    ((2, 0), "GET", _AM + "/secret-values/{ref}", _SECRET, _GET, secretvalues.get_secret),
    ((2, 0), "PATCH", _AM + "/secret-values/{ref}", _SECRET, _UPDATE, secretvalues.patch_secret),
    ((2, 0), "DELETE", _AM + "/secret-values/{ref}", _SECRET, _DELETE, secretvalues.delete_secret),
    ((2, 0), "GET", "/api/v1/status", Resource.LIVENESS, _GET, information.get_status),
    (
        (2, 0),
        "GET",
        "/api/v1/status/system-info",
        Resource.SYSTEM_INFO,
        _GET,
        information.get_system_info,
    ),
    ((2, 2), "GET", _PILOT, _OTHER, _LIST, autopilot.list_policies),
    ((2, 2), "GET", _POLICY, _OTHER, _GET, autopilot.get_policy),
    ((2, 2), "PUT", _POLICY, _OTHER, _UPDATE, autopilot.put_policy),
    ((2, 2), "GET", _POLICY + ":recommendation", _OTHER, _GET, autopilot.get_recommendation),
    ((2, 2), "GET", _POLICY + ":status", _OTHER, _GET, autopilot.get_policy_status),
)
