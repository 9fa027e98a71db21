"""The way out: what takes vpsync off resources and their VVP objects, and touches nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME, position
from vpsync.kinds.kind import Update
from vpsync.model.change import Action, Cause, Change
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER, Ownership, known_object, ownership_of
from vpsync.planning.queries import InitialQuery
from vpsync.planning.savepoints.write_ahead import request_annotation


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """What one resource and its VVP object lose."""

    manifest: Manifest
    platform: PlatformKey
    change: Change | None = None
    """Takes our annotations off the VVP object; None where it bears none of ours."""
    left_alone: str = ""
    """Why the VVP object of that name stays as it is, where it bears somebody's marker."""
    kept: str = ""
    """Why nothing is taken off at all: the finalizer protects what could not be looked at."""
    unread: PlatformError | None = None
    """Why VVP could not be read, where that is what keeps it."""

    @property
    def has_finalizer(self) -> bool:
        """Whether the resource bears our finalizer."""
        return FINALIZER in self.manifest.finalizers

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take off."""
        return not self.has_finalizer and self.change is None and not self.kept


def release_lists(manifests: Iterable[Manifest]) -> InitialQuery:
    """What has to be read of VVP to know whose its objects are."""
    keys = [_key(manifest) for manifest in manifests if _bears_marker(manifest)]
    return InitialQuery(frozenset((key.namespace, key.kind) for key in keys), frozenset())


def releases(
    manifests: Iterable[Manifest], snapshot: Snapshot, owner_id: str
) -> tuple[ReleaseStep, ...]:
    """What each resource loses, those that depend on others first."""
    ordered = sorted(manifests, key=lambda item: (-position(item.key.kind), item.key))
    intents = frozenset(request_annotation(m) for m in ordered if BY_NAME[m.key.kind].taken_once)
    steps = [_release(manifest, snapshot, owner_id, intents) for manifest in ordered]
    unread = _nothing_read(ordered, snapshot)
    return tuple(
        _unread(step, unread) if unread and step.has_finalizer and not step.kept else step
        for step in steps
    )


def _nothing_read(manifests: Iterable[Manifest], snapshot: Snapshot) -> PlatformError | None:
    """Why VVP told nothing at all; None where a list arrived, or none was needed."""
    keys = [_key(manifest) for manifest in manifests if _bears_marker(manifest)]
    failures = [snapshot.failure(key.kind, key.namespace) for key in keys]
    return failures[0] if failures and None not in failures else None


def _unread(step: ReleaseStep, why: PlatformError) -> ReleaseStep:
    return replace(step, kept=f"VVP could not be read: {why}", unread=why)


def why_nothing(planned: Sequence[ReleaseStep]) -> PlatformError | None:
    """Why VVP told nothing, so that nothing can be taken off; None where something can, or need not."""
    left = [step for step in planned if not step.is_empty]
    return left[0].unread if left and all(step.unread for step in left) else None


def finalizers_only(manifests: Iterable[Manifest]) -> tuple[ReleaseStep, ...]:
    """The finalizers alone, for a VVP that is gone."""
    ordered = sorted(manifests, key=lambda item: (-position(item.key.kind), item.key))
    return tuple(ReleaseStep(manifest, _key(manifest)) for manifest in ordered)


def _key(manifest: Manifest) -> PlatformKey:
    return BY_NAME[manifest.key.kind].platform_key(manifest)


def _bears_marker(manifest: Manifest) -> bool:
    """Whether a VVP object of that kind and name can bear a marker that can be taken off."""
    kind = BY_NAME[manifest.key.kind]
    markable = kind.annotated and kind.update is not Update.NEVER
    return markable and not kind.name_findings(manifest, _key(manifest))


def _release(
    manifest: Manifest, snapshot: Snapshot, owner_id: str, intents: frozenset[str]
) -> ReleaseStep:
    key = _key(manifest)
    if not _bears_marker(manifest):
        return ReleaseStep(manifest, key)
    failure = snapshot.failure(key.kind, key.namespace)
    if failure is not None:
        return _unread(ReleaseStep(manifest, key), failure)
    observed = known_object(manifest, key, snapshot)
    if observed is None and key in snapshot.doubled:
        text = f"VVP has more than one object named {key.name!r}; delete all but one"
        return ReleaseStep(manifest, key, kept=text)
    observed = observed or snapshot.find(key)
    if observed is None:
        return ReleaseStep(manifest, key)
    proof = ownership_of(manifest, observed, owner_id)
    if proof.ownership is Ownership.FOREIGN:
        return ReleaseStep(manifest, key, left_alone=f"it belongs to {proof.holder}")
    if proof.ownership is Ownership.UNOWNED:
        return ReleaseStep(manifest, key)
    return ReleaseStep(manifest, key, _unmarking(manifest, observed, intents))


def _unmarking(manifest: Manifest, observed: Observed, intents: frozenset[str]) -> Change | None:
    ours = sorted({OWNER, MANAGED, *intents} & observed.annotations.keys())
    if not ours:
        return None
    return Change(
        Action.UPDATE, BY_NAME[manifest.key.kind].verb, manifest, observed.key,
        "released by vpsync", Cause.RECORD, observed=observed, metadata=dict.fromkeys(ours),
    )  # fmt: skip
