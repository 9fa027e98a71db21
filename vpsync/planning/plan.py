"""The plan of one pass: a decision about every resource, in the order in which it is carried out.

A pure function of what is desired, what was observed, and the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TypeVar

from vpsync.errors import InternalError, InvalidManifest
from vpsync.kinds import BY_NAME, KINDS, level, position
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, InSync, Invalid, Unreadable
from vpsync.model.finding import Finding
from vpsync.model.observed import Location, PlatformKey, Snapshot
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Desired, Manifest, ResourceKey
from vpsync.planning.case import Case, case_of
from vpsync.planning.diff.references import by_name
from vpsync.planning.guards import brakes
from vpsync.planning.guards.tenancy import refusal as tenancy_refusal
from vpsync.planning.options import InvalidAnnotation, read_options
from vpsync.planning.ownership.marker import place_in_status
from vpsync.planning.policy import Policy, Tenancy
from vpsync.planning.removal.decide import decide_deletion
from vpsync.planning.removal.relocation import old_namespace
from vpsync.planning.savepoints.decide import Homes, decide_savepoint
from vpsync.planning.savepoints.triggers import decide_request, requested_savepoint
from vpsync.planning.upsert.decide import decide
from vpsync.planning.upsert.rivals import homes_of, losers_of

Refused = Invalid | Blocked
"""What is decided about a resource before anything is asked of VVP."""

NO_LIMITS = Tenancy()

_D = TypeVar("_D")


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
    manifests: Iterable[tuple[Manifest, Sequence[Finding]]], tenancy: Tenancy = NO_LIMITS
) -> tuple[list[Desired], list[Manifest], list[Refused]]:
    """Valid resources, resources being deleted, and those that nothing is done about.

    Each manifest comes with what its schema found wrong. A deletion needs no valid manifest.
    What is refused here claims nothing and causes no request to VVP.
    """
    desired: list[Desired] = []
    deleted: list[Manifest] = []
    refused: list[Refused] = []
    for manifest, findings in manifests:
        try:
            declared = _declared(manifest, findings, tenancy)
        except Exception as error:  # One resource's bug stays that resource's.
            declared = internal_error(manifest, error)
        match declared:
            case Desired():
                desired.append(declared)
            case Manifest():
                deleted.append(declared)
            case _:
                refused.append(declared)
    return desired, deleted, refused


def _declared(
    manifest: Manifest, findings: Sequence[Finding], tenancy: Tenancy
) -> Desired | Manifest | Refused:
    kind = BY_NAME[manifest.key.kind]
    if manifest.deleting:
        # Without our finalizer it is not ours to hold back.
        has_finalizer = FINALIZER in manifest.finalizers
        refused = (
            _refused(manifest, kind.platform_key(manifest), tenancy) if has_finalizer else None
        )
        return refused or manifest
    if findings:
        return Invalid(manifest, tuple(findings))
    try:
        desired = kind.declare(manifest)
    except InvalidManifest as error:
        return Invalid(manifest, error.findings)
    refused = _refused(manifest, desired.platform, tenancy)
    return refused or replace(desired, options=read_options(manifest))


def _refused(manifest: Manifest, platform: PlatformKey, tenancy: Tenancy) -> Blocked | None:
    """Why nothing is done about a resource, whatever VVP holds."""
    try:
        read_options(manifest)
    except InvalidAnnotation as error:
        return Blocked(manifest, Reason.InvalidAnnotation, str(error.finding), platform)
    # Also where its object was before: who may write a status must not reach further by it.
    before = old_namespace(manifest, platform)
    platforms = (platform, replace(platform, namespace=before)) if before else (platform,)
    for key in platforms:
        refusal = tenancy_refusal(manifest, key, tenancy)
        if refusal is not None:
            return Blocked(manifest, Reason.NotPermitted, refusal, platform)
    return None


def invalid_in(refused: Iterable[Refused], tenancy: Tenancy) -> list[Manifest]:
    """The resources about which nothing is decided because of what stands in them.

    Those are left out whose status names a VVP namespace that is not for them.
    """
    invalid = (
        item.manifest
        for item in refused
        if isinstance(item, Invalid) or item.reason is Reason.InvalidAnnotation
    )
    return [one for one in invalid if tenancy_refusal(one, _recorded(one), tenancy) is None]


def _recorded(manifest: Manifest) -> PlatformKey:
    kind, vvp_namespace, _ = place_in_status(manifest)
    return PlatformKey(kind, vvp_namespace, "")


def plan(
    desired: Iterable[Desired],
    deleted: Iterable[Manifest],
    refused: Iterable[Refused],
    snapshot: Snapshot,
    policy: Policy,
) -> Plan:
    """Decides about every resource; the order of the input does not matter.

    What is too much at once is held back by :func:`guard`.
    """
    ordered = sorted(desired, key=lambda item: (position(item.key.kind), item.key))
    going, undone = tuple(deleted), tuple(refused)
    claimed = frozenset(_claimed(ordered))
    seen = (*(item.manifest for item in (*ordered, *undone)), *going)
    present = {manifest.key: manifest for manifest in seen}
    decisions = [
        *_upserts(ordered, snapshot, policy, claimed, present),
        *_deletions(ordered, going, snapshot, policy, claimed),
        *sorted(undone, key=lambda item: (position(item.manifest.key.kind), item.manifest.key)),
    ]
    return Plan(tuple(decisions))


def with_names(planned: Plan) -> Plan:
    """The plan for a VVP that takes the names of what manifests refer to."""
    named = (by_name(item) if isinstance(item, Change) else item for item in planned.decisions)
    return replace(planned, decisions=tuple(named))


def guard(planned: Plan, policy: Policy) -> Plan:
    """The plan with what goes beyond the brakes held back."""
    guarded = brakes.guard(planned.decisions, policy)
    return Plan(guarded.decisions, guarded.tripped, guarded.passed)


def _claimed(desired: Iterable[Desired]) -> Iterator[Location]:
    """What was taken once that resources stand for: VVP namespaces and ids."""
    for item in desired:
        if BY_NAME[item.key.kind].taken_once and item.manifest.status.get("id"):
            yield item.platform.namespace, str(item.manifest.status["id"])


def _upserts(
    ordered: Sequence[Desired],
    snapshot: Snapshot,
    policy: Policy,
    claimed: frozenset[Location],
    present: Mapping[ResourceKey, Manifest],
) -> list[Decision]:
    losers = losers_of(ordered, snapshot, policy)
    homes = homes_of(ordered, losers, snapshot, policy)
    planned: set[PlatformKey] = set()
    requests: list[tuple[Desired, int]] = []
    decisions: list[Decision] = []
    for item in ordered:
        make_case = partial(case_of, item, snapshot, policy, planned, present)
        lost: Decision | None = losers.get(item.key)
        decide_one = partial(_upsert, make_case, claimed, homes)
        decision = kept_apart(item.manifest, decide_one) if lost is None else lost
        if isinstance(decision, Change) and decision.action is Action.CREATE:
            planned.add(decision.platform)
        if (asked := requested_savepoint(item)) is not None and _may_have_one(decision):
            requests.append((asked, len(decisions)))
        decisions.append(decision)
    for request, place in requests:
        host = decisions[place]
        # Who takes over a deployment takes over what was asked of it before.
        rules = replace(policy, adopt=Adopt.ALWAYS) if isinstance(host, Change) else policy
        make_case = partial(case_of, request, snapshot, rules, planned)
        asked_for = kept_apart(request.manifest, partial(_requested, make_case, claimed, homes))
        if isinstance(host, Change) and isinstance(asked_for, Unreadable):
            # Taken over now, it would be asked for once more in the next pass.
            decisions[place] = Unreadable(host.manifest, host.platform, asked_for.message)
        elif asked_for is not None and (isinstance(host, InSync) or isinstance(asked_for, InSync)):
            decisions.append(asked_for)
    return decisions


def _may_have_one(host: Decision) -> bool:
    """Whether a savepoint is taken of the deployment, which is in sync, or may be there, as it is adopted."""
    return isinstance(host, InSync) or (isinstance(host, Change) and host.action is Action.ADOPT)


def _requested(
    make_case: Callable[[], Case], claimed: frozenset[Location], homes: Homes
) -> Decision | None:
    return decide_request(make_case(), claimed, homes)


def _upsert(make_case: Callable[[], Case], claimed: frozenset[Location], homes: Homes) -> Decision:
    case = make_case()
    return decide_savepoint(case, claimed, homes) if case.kind.taken_once else decide(case)


def _deletions(
    ordered: Sequence[Desired],
    deleted: Iterable[Manifest],
    snapshot: Snapshot,
    policy: Policy,
    claimed: frozenset[Location],
) -> Iterator[Decision]:
    """The steps of the deletions, those first that depend on others."""
    wanted = frozenset(item.platform for item in ordered)
    for manifest in sorted(deleted, key=lambda item: (-position(item.key.kind), item.key)):
        yield kept_apart(
            manifest, partial(decide_deletion, manifest, snapshot, policy, wanted, claimed)
        )


def kept_apart(manifest: Manifest, decide_one: Callable[[], _D]) -> _D | Blocked:
    """The decision about one resource; a bug of ours is that resource's, and of no other."""
    try:
        return decide_one()
    except Exception as error:
        return internal_error(manifest, error)


def internal_error(manifest: Manifest, error: Exception) -> Blocked:
    """The decision about a resource over which vpsync stumbled."""
    return Blocked(manifest, Reason.InternalError, str(InternalError(error)))


def _stage(change: Change) -> tuple[bool, int]:
    deletes = change.action is Action.DELETE
    return (deletes, len(KINDS) - level(change.key.kind) if deletes else level(change.key.kind))
