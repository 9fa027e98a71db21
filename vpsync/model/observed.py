"""What VVP was seen to hold in this pass, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vpsync.errors import PlatformError, PlatformFault
from vpsync.model.json import JsonObject, value_at

NAMESPACE_KIND = "VpNamespace"
"""The one kind that is known by name here: VVP namespaces are the places of all other objects."""


@dataclass(frozen=True, slots=True, order=True)
class PlatformKey:
    """Which VVP object: kind of the resource that stands for it, VVP namespace and name.

    A VVP namespace stands in itself: its ``namespace`` and ``name`` are equal. A savepoint has no
    name in VVP; its ``name`` is empty.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        stands_alone = self.kind == NAMESPACE_KIND or not self.name
        return self.namespace if stands_alone else f"{self.namespace}/{self.name}"


def namespace_key(name: str) -> PlatformKey:
    """The key of a VVP namespace."""
    return PlatformKey(NAMESPACE_KIND, name, name)


@dataclass(frozen=True, slots=True)
class Observed:
    """One VVP object as VVP returned it."""

    key: PlatformKey
    id: str
    body: JsonObject

    @property
    def annotations(self) -> Mapping[str, str]:
        """``metadata.annotations``, empty where there are none."""
        value = value_at(self.body, ("metadata", "annotations"))
        return value if isinstance(value, dict) else {}

    @property
    def state(self) -> str:
        """``status.state``, empty where there is none."""
        status = self.body.get("status")
        return str(status.get("state") or "") if isinstance(status, dict) else ""

    @property
    def resource_version(self) -> int:
        """``metadata.resourceVersion``; 0 where there is none."""
        version = value_at(self.body, ("metadata", "resourceVersion"))
        return version if isinstance(version, int) and not isinstance(version, bool) else 0


Location = tuple[str, str]
"""A VVP namespace and something in it: a kind, or an id."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was observed in one pass.

    Absence must be proved: an object is absent only where a complete list of its VVP namespace
    lacks it, or where the Platform's complete list lacks the VVP namespace itself.
    """

    objects: Mapping[PlatformKey, Observed] = field(default_factory=dict)
    listed: frozenset[tuple[str, str]] = frozenset()
    """Kind and VVP namespace of every list that arrived whole."""
    doubled: frozenset[PlatformKey] = frozenset()
    """Names that more than one object has: possible before VVP 2.4."""
    failed: Mapping[tuple[str, str], PlatformError] = field(default_factory=dict)
    """Kind and VVP namespace of every list that did not."""
    namespaces: frozenset[str] | None = None
    """The VVP namespaces that exist; None where the Platform did not tell."""
    namespaces_failure: PlatformError | None = None
    """Why the VVP namespaces could not be listed."""
    contents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What a VVP namespace that is to be deleted still holds, in words."""
    content_markers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The ownership markers on what such a VVP namespace holds, as they stand in the annotations."""
    savepoints: Mapping[Location, Sequence[Observed]] = field(default_factory=dict)
    """Savepoints by VVP namespace and deployment id, where they were asked for. A status can name any id, so
    what one VVP namespace answers about it says nothing of another."""
    failed_savepoints: Mapping[Location, PlatformError] = field(default_factory=dict)
    """VVP namespaces and ids of deployments whose savepoints could not be listed."""
    never_ran: frozenset[str] = frozenset()
    """Deployment ids of which VVP has no job, where that was asked."""
    jobs: Mapping[str, JsonObject] = field(default_factory=dict)
    """Jobs by id, where they were asked for."""
    newest_jobs: Mapping[str, JsonObject] = field(default_factory=dict)
    """The job that came last, by deployment id, where that was asked and there is one."""
    events: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """VVP events by deployment id, where they were asked for."""
    autopilot: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """VVP namespaces that were asked about it: the deployments, by id or name, with an active Autopilot
    policy; None where VVP did not tell."""
    community: bool = False
    """Whether this is the Community Edition: one VVP namespace, no tokens."""

    ids: Mapping[tuple[str, str, str], Observed] = field(init=False)
    """The objects by kind, VVP namespace and id."""

    def __post_init__(self) -> None:
        ids = {
            (key.kind, key.namespace, observed.id): observed
            for key, observed in self.objects.items()
        }
        object.__setattr__(self, "ids", ids)

    def find(self, key: PlatformKey) -> Observed | None:
        """The object of that kind, VVP namespace and name."""
        return self.objects.get(key)

    def by_id(self, kind: str, namespace: str, identity: str) -> Observed | None:
        """The object of that kind and id in one VVP namespace."""
        return self.ids.get((kind, namespace, identity))

    def failure(self, kind: str, namespace: str) -> PlatformError | None:
        """Why nothing can be said about that kind in that VVP namespace, if so."""
        if kind == NAMESPACE_KIND:
            return self.namespaces_failure
        if self.namespaces is not None and namespace not in self.namespaces:
            return None
        if (kind, namespace) in self.listed:
            return None
        unasked = PlatformFault(f"{kind} in VVP namespace {namespace!r} was not listed")
        return self.failed.get((kind, namespace), unasked)
