"""The plan of one pass: a decision about every resource, in the order in which it is carried out.

A pure function of what is desired, what was observed, and the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from vpsync.errors import InvalidManifest
from vpsync.kinds import BY_NAME, KINDS, level
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, InSync, Invalid
from vpsync.model.observed import PlatformKey, Snapshot
from vpsync.model.problem import Problem
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Desired, Manifest
from vpsync.planning.guards.brakes import guard
from vpsync.planning.guards.tenancy import refusal as tenancy_refusal
from vpsync.planning.options import InvalidAnnotation, read_options
from vpsync.planning.ownership.marker import Ownership, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.decide import decide_deletion
from vpsync.planning.savepoints.decide import decide_savepoint
from vpsync.planning.savepoints.triggers import decide_requests, requested_savepoint
from vpsync.planning.upsert.decide import decide


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions in plan order: creations and updates by dependency, then deletions in reverse."""

    decisions: tuple[Decision, ...]
    tripped: tuple[str, ...] = ()
    """Which brakes hold a class of changes back, in words."""
    passed: tuple[str, ...] = ()
    """Which brakes were passed by ``--force``."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The writes to VVP, in order."""
        return tuple(item for item in self.decisions if isinstance(item, Change))

    def levels(self) -> list[tuple[Change, ...]]:
        """The changes in groups; those of one group may run side by side."""
        return [tuple(group) for _, group in groupby(self.changes, key=_stage)]


def declare(
    manifests: Iterable[tuple[Manifest, Sequence[Problem]]],
) -> tuple[list[Desired], list[Manifest], list[Invalid]]:
    """Valid resources, resources being deleted, and invalid ones.

    Each manifest comes with the problems that its schema found. A deletion needs no valid manifest.
    """
    desired: list[Desired] = []
    deleted: list[Manifest] = []
    invalid: list[Invalid] = []
    for manifest, problems in manifests:
        if manifest.deleting:
            deleted.append(manifest)
        elif problems:
            invalid.append(Invalid(manifest, tuple(problems)))
        else:
            try:
                desired.append(BY_NAME[manifest.key.kind].declare(manifest))
            except InvalidManifest as error:
                invalid.append(Invalid(manifest, error.problems))
    return desired, deleted, invalid


def plan(
    desired: Iterable[Desired],
    deleted: Iterable[Manifest],
    invalid: Iterable[Invalid],
    snapshot: Snapshot,
    policy: Policy,
) -> Plan:
    """Decides about every resource; the order of the input does not matter."""
    ordered = sorted(desired, key=lambda item: (level(item.key.kind), item.key))
    losers = _losers(ordered, snapshot, policy)
    claimed = frozenset(
        str(item.manifest.status["id"])
        for item in ordered
        if item.key.kind == SAVEPOINT.name and item.manifest.status.get("id")
    )
    planned: set[PlatformKey] = set()
    requests: list[Desired] = []
    decisions: list[Decision] = []
    for item in ordered:
        decision: Decision
        if item.key in losers:
            decision = losers[item.key]
        elif (refused := _refused(item.manifest, item.platform, policy)) is not None:
            decision = refused
        elif item.key.kind == SAVEPOINT.name:
            decision = decide_savepoint(item, snapshot, policy, planned, claimed)
        else:
            decision = decide(item, snapshot, policy, planned)
        decision = _heeding_pause(item, decision)
        if isinstance(decision, Change) and decision.action is Action.CREATE:
            planned.add(decision.platform)
        decisions.append(decision)
        if isinstance(decision, InSync) and (asked := requested_savepoint(item)) is not None:
            requests.append(asked)
    decisions += decide_requests(requests, snapshot, policy, planned, claimed)
    going = sorted(deleted, key=lambda item: (-level(item.key.kind), item.key))
    wanted = frozenset(item.platform for item in ordered)
    decisions += [_deletion(manifest, snapshot, policy, wanted, claimed) for manifest in going]
    decisions += sorted(
        invalid, key=lambda item: (level(item.manifest.key.kind), item.manifest.key)
    )
    guarded = guard(decisions, policy)
    return Plan(guarded.decisions, guarded.tripped, guarded.passed)


def _refused(manifest: Manifest, platform: PlatformKey, policy: Policy) -> Blocked | None:
    """Why nothing is done about a resource, whatever VVP holds."""
    try:
        read_options(manifest)
    except InvalidAnnotation as error:
        return Blocked(manifest, Reason.InvalidAnnotation, str(error.problem), platform)
    refusal = tenancy_refusal(manifest, platform, policy.tenancy)
    return Blocked(manifest, Reason.NotPermitted, refusal, platform) if refusal else None


def _heeding_pause(item: Desired, decision: Decision) -> Decision:
    """A paused resource is looked at, and told about, and not written for."""
    if isinstance(decision, (Change, InSync)) and read_options(item.manifest).paused:
        would = f"; it would {decision.action}" if isinstance(decision, Change) else ""
        ours = isinstance(decision, InSync) or decision.action is Action.UPDATE
        return Blocked(
            item.manifest,
            Reason.Paused,
            f"paused by annotation{would}",
            item.platform,
            decision.observed if ours else None,
            item,
        )
    return decision


def _deletion(
    manifest: Manifest,
    snapshot: Snapshot,
    policy: Policy,
    wanted: frozenset[PlatformKey],
    claimed: frozenset[str],
) -> Decision:
    refused = _refused(manifest, BY_NAME[manifest.key.kind].platform_key(manifest), policy)
    if refused is not None and FINALIZER in manifest.finalizers:
        return refused
    decision = decide_deletion(manifest, snapshot, policy, wanted, claimed)
    if isinstance(decision, Change) and read_options(manifest).paused:
        message = "paused by annotation: the deletion waits until that is taken off"
        return Blocked(manifest, Reason.Paused, message, decision.platform, decision.observed)
    return decision


def _losers(
    desired: Iterable[Desired], snapshot: Snapshot, policy: Policy
) -> dict[object, Blocked]:
    """The resources that stand for a VVP object which another resource already has.

    The one that the marker names has it; where there is none, the older one.
    """
    claimants: dict[PlatformKey, list[Desired]] = {}
    for item in desired:
        if item.key.kind != SAVEPOINT.name:
            claimants.setdefault(item.platform, []).append(item)
    losers: dict[object, Blocked] = {}
    for key, rivals in claimants.items():
        if len(rivals) < 2:
            continue
        winner, *others = sorted(rivals, key=lambda item: _precedence(item, snapshot, policy))
        why = "is older" if _precedence(winner, snapshot, policy)[0] else "has it already"
        for other in others:
            message = f"{winner.key} stands for the same VVP object {key} and {why}"
            losers[other.key] = Blocked(other.manifest, Reason.NotOwned, message, key)
    return losers


def _precedence(
    item: Desired, snapshot: Snapshot, policy: Policy
) -> tuple[bool, tuple[str, str, str]]:
    observed = snapshot.find(item.platform)
    held = ownership_of(item.manifest, observed, policy.owner_id).ownership if observed else None
    return (held is not Ownership.OURS, item.manifest.age)


def _stage(change: Change) -> tuple[bool, int]:
    deletes = change.action is Action.DELETE
    return (deletes, len(KINDS) - level(change.key.kind) if deletes else level(change.key.kind))
