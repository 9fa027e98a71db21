"""What a run permits, as the planner needs to know it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from vpsync.model.options import Adopt, DriftMode


@dataclass(frozen=True, slots=True)
class Brakes:
    """How much a pass may change before a person has to say so."""

    max_delete_percent: float = 30.0
    max_update_percent: float = 30.0
    """Of the objects that are ours in the scope of the run, from :data:`from_objects` on."""
    from_objects: int = 10
    max_deletes: int | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Who may have what in VVP."""

    namespaces: Mapping[str, frozenset[str]] | None = None
    """Kubernetes namespace to the VVP namespaces it may use; None for no limits."""
    admin_namespaces: frozenset[str] | None = None
    """Kubernetes namespaces that may hold VpNamespaces; None for all."""
    target_namespaces: frozenset[str] | None = None
    """Kubernetes namespaces that targets may run jobs in; None for all."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share the work of an owner id."""

    index: int = 0
    """From 0, as a pod of a StatefulSet or of an Indexed Job is counted."""
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @property
    def is_all(self) -> bool:
        """Whether there is no other."""
        return self.count == 1

    def has(self, vvp_namespace: str) -> bool:
        """Whether a VVP namespace is this shard's; every run, on any machine, says the same."""
        digest = hashlib.sha256(vvp_namespace.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index


ALL = Shard()
"""That of a run which shares with nobody."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The part of the settings that decides what is planned, and the time it is planned at."""

    owner_id: str = "default"
    """Tells the objects of this cluster from those of another one that shares the VVP."""
    cluster: str = ""
    """Which cluster the resources are in; empty where that is not known, and for files."""
    now: float = 0.0
    """Seconds since 1970, UTC."""
    adopt: Adopt = Adopt.MATCHING
    """Which unmarked VVP objects are taken over."""
    drift: DriftMode = DriftMode.CORRECT
    """What is done about drift where a resource does not say."""
    brakes: Brakes = Brakes()
    tenancy: Tenancy = Tenancy()
    sees_all_claimants: bool = True
    """Whether every resource that could hold a VVP namespace is among those that the run sees."""
    prune: bool = False
    """Whether objects that no manifest stands for are deleted; only where manifests are files."""
    max_restarts: int = 20
    """Restarts of running jobs in one pass; 0 for no limit."""
    transition_timeout: float = 600.0
    """Seconds for which a TRANSITIONING deployment is left alone."""
    confirm_state_loss: bool = False
    """Whether deployments may be created anew although their state is lost."""
    savepoint_retries: int = 0
    """How often a savepoint that VVP reported as FAILED is asked for again."""
    intent_grace: float = 120.0
    """Seconds after which an unanswered savepoint request cannot be under way any more."""
