"""The decision about a resource whose deletion somebody asked for.

One step a pass: the job is cancelled, a later pass that reads the end deletes the VVP object, and a
later one that reads its absence lets the finalizer go. It works from every state, and a finalizer is
never dropped without saying why.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from vpsync.errors import InvalidManifest, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Kind
from vpsync.model.annotating import taking_off
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Unreadable
from vpsync.model.observed import Location, Observed, PlatformKey, Snapshot
from vpsync.model.options import Adopt, ResourceOptions
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.planning.case import Rule, case_of, first
from vpsync.planning.options import read_options
from vpsync.planning.ownership.marker import Ownership, known_object, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.relocation import old_namespace, old_object
from vpsync.planning.removal.steps import Removal, next_step
from vpsync.planning.savepoints.delete import decide_savepoint_deletion
from vpsync.planning.upsert.decide import compare


@dataclass(frozen=True, slots=True)
class _Deletion:
    """One resource that is to go, and what VVP holds for it."""

    manifest: Manifest
    options: ResourceOptions
    key: PlatformKey
    observed: Observed | None
    """Its object: where it was before, else by its id, else by its name."""
    snapshot: Snapshot
    policy: Policy
    wanted: Set[PlatformKey]
    """The VVP objects that other resources stand for."""
    claimed: Set[Location]
    """The savepoints that other resources stand for: VVP namespaces and ids."""

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return BY_NAME[self.manifest.key.kind]

    def left_alone(self, message: str) -> Finalized:
        """That the finalizer goes and VVP's object, which is not ours, stays."""
        return Finalized(self.manifest, message, left_alone=True)


def decide_deletion(
    manifest: Manifest,
    snapshot: Snapshot,
    policy: Policy,
    wanted: Set[PlatformKey] = frozenset(),
    claimed: Set[Location] = frozenset(),
) -> Decision:
    """The next step of a deletion.

    ``wanted`` are the VVP objects that other resources stand for, ``claimed`` the savepoints.
    """
    key = BY_NAME[manifest.key.kind].platform_key(manifest)
    observed = (
        old_object(manifest, key, snapshot)
        or known_object(manifest, key, snapshot)
        or snapshot.find(key)
    )
    options = read_options(manifest)
    case = _Deletion(manifest, options, key, observed, snapshot, policy, wanted, claimed)
    decision = first(RULES, case)
    assert decision is not None, "the last rule always decides"
    if options.paused and isinstance(decision, Change):
        name = "paused" if manifest.note("paused") == "true" else "management-policy"
        text = "paused by annotation: the deletion waits until that is removed: "
        text += taking_off(manifest, name)
        return Blocked(manifest, Reason.Paused, text, decision.platform, decision.observed)
    return _dated(decision)


def _not_held(case: _Deletion) -> Decision | None:
    """Without our finalizer nothing waits for us."""
    if FINALIZER in case.manifest.finalizers:
        return None
    return Finalized(case.manifest, "VVP is left as it is")


def _unnameable(case: _Deletion) -> Decision | None:
    """A resource whose name VVP cannot have has no object there."""
    if not case.kind.name_findings(case.manifest, case.key):
        return None
    return case.left_alone("no VVP object can have its name")


def _taken_once(case: _Deletion) -> Decision | None:
    """What was taken once goes by rules of its own."""
    if not case.kind.taken_once:
        return None
    return decide_savepoint_deletion(
        case.manifest, case.options, case.snapshot, case.policy, case.claimed
    )


def _vvp_unreadable(case: _Deletion) -> Decision | None:
    """What could not be read is not gone, neither here nor where the object was before."""
    for key in _platforms(case):
        failure = case.snapshot.failure(key.kind, key.namespace)
        if isinstance(failure, PlatformUnauthorized):
            return Blocked(case.manifest, Reason.Unauthorized, str(failure), key)
        if failure is not None:
            return Unreadable(case.manifest, key, str(failure))
    return None


def _unprovable(case: _Deletion) -> Decision | None:
    """A VVP that does not list its namespaces never proves one gone."""
    if not case.kind.holds_contents or case.snapshot.namespaces is not None:
        return None
    message = (
        "this VVP does not list its namespaces, as the Community Edition, so none can be "
        "proved gone; take the finalizer off by hand if there is none"
    )
    return Blocked(case.manifest, Reason.Unsupported, message, case.key)


def _ambiguous(case: _Deletion) -> Decision | None:
    """Of two VVP objects of one name none is deleted."""
    for key in _platforms(case):
        if key in case.snapshot.doubled:
            message = f"VVP has more than one object named {key.name!r}; delete all but one"
            return Blocked(case.manifest, Reason.DeletionBlocked, message, key)
    return None


def _absent(case: _Deletion) -> Decision | None:
    """VVP has let go: the finalizer may go."""
    if case.observed is not None:
        return None
    return Finalized(case.manifest, f"VVP no longer has {case.key}")


def _not_ours(case: _Deletion) -> Decision | None:
    """Another's object is left alone, and so is one that this resource would not have adopted."""
    assert case.observed is not None, "the rule before decides where there is none"
    proof = ownership_of(case.manifest, case.observed, case.policy.owner_id, case.policy.cluster)
    if proof.ownership is Ownership.OURS:
        return None
    if proof.ownership is Ownership.FOREIGN:
        return case.left_alone(
            f"the VVP object {case.observed.key} belongs to {proof.holder} and is left alone"
        )
    if case.observed.key not in case.wanted and _would_adopt(case):
        return None
    return case.left_alone(
        f"the VVP object {case.observed.key} was never owned by this resource and is left alone"
    )


def _next_step(case: _Deletion) -> Decision:
    assert case.observed is not None, "an earlier rule decides where there is none"
    return next_step(
        Removal(case.manifest, case.options, case.observed, case.snapshot, case.policy)
    )


RULES: tuple[Rule[_Deletion], ...] = (
    _not_held,
    _unnameable,
    _taken_once,
    _vvp_unreadable,
    _unprovable,
    _ambiguous,
    _absent,
    _not_ours,
    _next_step,
)
"""The first that has something to say decides; the last always has."""


def _platforms(case: _Deletion) -> tuple[PlatformKey, ...]:
    """Where its object may be: in the VVP namespace that it left, and in its own."""
    vvp_namespace = old_namespace(case.manifest, case.key)
    return (replace(case.key, namespace=vvp_namespace), case.key) if vvp_namespace else (case.key,)


def _would_adopt(case: _Deletion) -> bool:
    """Whether everything that the manifest declares is so in VVP: then it would be adopted."""
    try:
        desired = case.kind.declare(case.manifest, case.options)
    except InvalidManifest:
        return False
    # What a run adopts on request, `--adopt=always`, it does not delete on request.
    always = case.policy.adopt is Adopt.ALWAYS
    policy = replace(case.policy, adopt=Adopt.MATCHING) if always else case.policy
    wanted = case_of(desired, case.snapshot, policy, frozenset())
    resolved = wanted.resolved is None or isinstance(wanted.resolved, str)
    if not resolved or wanted.observed is None:
        return False
    decision = compare(wanted)
    return isinstance(decision, InSync) or (
        isinstance(decision, Change) and decision.action is Action.ADOPT
    )


def _dated(step: Decision) -> Decision:
    """A deletion that does not get on says since when it was asked for."""
    if not isinstance(step, Blocked) or not step.reason.waiting:
        return step
    if not step.manifest.deletion_requested:
        return step
    since = f"; the deletion was requested at {step.manifest.deletion_requested}"
    return replace(step, message=step.message + since)
