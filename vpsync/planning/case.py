"""One resource that is there to stay, with all that a pass knows about it: what the rules look at.

Made once, so that annotations, ownership and managed fields are read once. Whatever is decided about a
resource is decided by rules: predicates over its case that return a decision, or nothing where they
have nothing to say. The first that says something wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar

from vpsync.errors import PlatformError, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Kind
from vpsync.model.decision import Blocked, Decision, Unreadable
from vpsync.model.json import KnownAfterApply, Path
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.options import DriftMode, ResourceOptions
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, ResourceKey
from vpsync.planning.diff.references import Resolved, resolve
from vpsync.planning.ownership.history import kept_managed
from vpsync.planning.ownership.managed_fields import MANAGED, ManagedFields, read_managed
from vpsync.planning.ownership.marker import OWNER, UNOWNED, Ownership, Proof, ownership_of
from vpsync.planning.policy import Policy

Subject = TypeVar("Subject")

Rule = Callable[[Subject], Decision | None]
"""A predicate over a case: a decision, or None where it has nothing to say."""


def first(rules: Iterable[Rule[Subject]], subject: Subject) -> Decision | None:
    """What the first rule says that says something."""
    for rule in rules:
        if (decision := rule(subject)) is not None:
            return decision
    return None


@dataclass(frozen=True, slots=True)
class Case:
    """One resource that is there to stay, and what VVP holds for it."""

    desired: Desired
    """What it wants; the id of what it refers to is filled in where that is known."""
    resolved: Resolved | None
    """What it refers to; None where it refers to nothing."""
    observed: Observed | None
    """The VVP object of its name."""
    proof: Proof
    """Whose that object is."""
    managed: ManagedFields | None
    """What was declared before, on an object that is ours; None where nothing is known."""
    snapshot: Snapshot
    policy: Policy
    planned: Set[PlatformKey]
    """The objects that this plan creates before it: they count as there."""
    present: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
    """The resources that the run sees, whatever is decided about them."""

    @property
    def manifest(self) -> Manifest:
        """The resource."""
        return self.desired.manifest

    @property
    def key(self) -> PlatformKey:
        """The VVP object that it stands for."""
        return self.desired.platform

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return BY_NAME[self.desired.platform.kind]

    @property
    def options(self) -> ResourceOptions:
        """What its annotations ask for."""
        return self.desired.options

    @property
    def drift(self) -> DriftMode:
        """What is done about drift: by its annotation, else by the run's settings."""
        return self.options.drift or self.policy.drift

    @property
    def is_ours(self) -> bool:
        """Whether the VVP object is this resource's."""
        return self.proof.ownership is Ownership.OURS

    def blocked(self, reason: Reason, message: str, shown: Observed | None = None) -> Blocked:
        """That nothing is done, and why; ``shown`` is what the status mirrors, and so claims."""
        return Blocked(self.manifest, reason, message, self.key, shown)

    def blocked_as_it_is(self, reason: Reason, message: str) -> Blocked:
        """That nothing is done about an object, which is shown only where it is ours."""
        return self.blocked(reason, message, self.observed if self.is_ours else None)

    def unreadable(self, error: PlatformError) -> Decision:
        """That VVP could not be read."""
        return unreadable(self.manifest, self.key, error)


def case_of(
    desired: Desired,
    snapshot: Snapshot,
    policy: Policy,
    planned: Set[PlatformKey],
    present: Mapping[ResourceKey, Manifest] | None = None,
) -> Case:
    """The case of one resource."""
    resolved = None
    if desired.reference is not None:
        resolved = resolve(desired.reference, snapshot, planned)
    if isinstance(resolved, (str, KnownAfterApply)):
        desired = with_reference(desired, resolved)
    manifest, observed = desired.manifest, snapshot.find(desired.platform)
    proof = (
        ownership_of(manifest, observed, policy.owner_id, policy.cluster) if observed else UNOWNED
    )
    managed = None
    if observed is not None and proof.ownership is Ownership.OURS:
        # On the object, or where VVP drops annotations, in the status.
        text = observed.annotations.get(MANAGED)
        managed = read_managed(kept_managed(manifest) if text is None else text)
    return Case(
        desired, resolved, observed, proof, managed, snapshot, policy, planned, present or {}
    )


def with_reference(desired: Desired, identity: str | KnownAfterApply) -> Desired:
    """The resource with the id of what it refers to in its body."""
    path: Path = desired.reference_path
    body = {**desired.body, path[0]: {**desired.body[path[0]], path[1]: identity}}
    return replace(desired, body=body)


def unreadable(manifest: Manifest, key: PlatformKey, error: PlatformError) -> Decision:
    """The decision where VVP could not be read."""
    if isinstance(error, PlatformUnauthorized):
        return Blocked(manifest, Reason.Unauthorized, str(error), key)
    return Unreadable(manifest, key, str(error))


def is_marked(case: Case) -> bool:
    """Whether our marker stands on the object as it should, or VVP was seen to drop it."""
    if case.proof.marked:
        return True
    unmarked = case.observed is not None and OWNER not in case.observed.annotations
    return case.is_ours and unmarked and kept_managed(case.manifest) is not None
