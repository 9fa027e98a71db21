"""Custom resources: as they are held, and as we understand them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vpsync.model.finding import Finding
from vpsync.model.json import JsonObject, Path
from vpsync.model.observed import PlatformKey
from vpsync.model.options import DEFAULTS, ResourceOptions

GROUP = "ververicaplatform.fintechstudios.com"
FINALIZER = "finalizers.fintechstudios.com"


def annotation(name: str) -> str:
    """The full key of one of our annotations."""
    return f"{GROUP}/{name}"


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """Which custom resource: its kind, Kubernetes namespace and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A custom resource as a cluster or a file holds it, leftovers of older operators removed."""

    key: ResourceKey
    spec: JsonObject
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    status: JsonObject = field(default_factory=dict)
    api_version: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    created: str = ""
    """``metadata.creationTimestamp``; empty for a file."""
    deletion_requested: str = ""
    """``metadata.deletionTimestamp``; empty while nobody asked for its deletion."""
    pruned: bool = False
    """Whether its file is gone, so that it was rebuilt from the marker on the VVP object."""
    finalizers: tuple[str, ...] = ()
    host: ResourceKey | None = None
    """The resource in whose status this one lives, where it is only asked for by an annotation."""
    origin: str = "cluster"
    """``cluster``, or the file and line it was read from."""

    doubts: tuple[Finding, ...] = ()
    """Fields that no schema knows and that resemble a known one; they are sent all the same."""

    @property
    def home(self) -> ResourceKey:
        """The resource in the cluster: this one, or the one in whose status it lives."""
        return self.host or self.key

    @property
    def in_cluster(self) -> bool:
        """Whether a cluster holds it, so that it has a status, a UID and a generation."""
        return self.uid != ""

    @property
    def deleting(self) -> bool:
        """Whether somebody asked for its deletion, or took its file away."""
        return self.deletion_requested != "" or self.pruned

    @property
    def age(self) -> tuple[str, str, str]:
        """Sorts claimants of one VVP object: the older first, then by namespace and name."""
        return (self.created or "9999", self.key.namespace, self.key.name)

    def note(self, name: str) -> str | None:
        """The value of one of our annotations."""
        return self.annotations.get(annotation(name))


@dataclass(frozen=True, slots=True)
class Reference:
    """Another VVP object that a manifest names, by name, by id, or twice by both."""

    kind: str
    namespace: str
    """The VVP namespace; references never leave it."""
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        noun = self.kind.removeprefix("Vp")
        return (
            f"{noun} {' and '.join((*self.names, *self.ids))!r} in VVP namespace {self.namespace!r}"
        )


@dataclass(frozen=True, slots=True)
class Desired:
    """What a valid manifest wants of VVP."""

    manifest: Manifest
    platform: PlatformKey
    body: JsonObject
    """The declared part of the VVP object, in VVP's own shape and types."""
    reference: Reference | None = None
    reference_path: Path = ()
    """Where in ``body`` the id of the referenced object goes."""
    options: ResourceOptions = DEFAULTS
    """What the resource's annotations ask for."""

    @property
    def key(self) -> ResourceKey:
        """The resource that wants it."""
        return self.manifest.key
