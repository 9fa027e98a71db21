"""How the path of a request finds its operation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from vpsync.sandbox.access import Resource, Verb
from vpsync.sandbox.call import Call, Reply
from vpsync.sandbox.platform import Platform

Handler: TypeAlias = Callable[[Platform, Call], Reply]

Entry: TypeAlias = tuple[tuple[int, ...], str, str, Resource, Verb, Handler]
"""First release, method, path with its parameters, and what the operation does to which resource."""

_ENTERPRISE = ("/namespaces/", "/apitokens/", "/autopilot/")


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

    def __init__(self, table: Iterable[Entry], release: tuple[int, ...]) -> None:
        """Knows the entries of the table that are not newer than the release."""
        self._root = Node()
        for since, method, path, resource, verb, handler in table:
            if since <= release:
                enterprise = path.startswith(_ENTERPRISE)
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
