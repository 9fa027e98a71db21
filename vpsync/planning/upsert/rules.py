"""What is decided about a resource that is there to stay, whatever differs between it and VVP."""

from __future__ import annotations

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Change, Verb
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.json import leaves, merged
from vpsync.model.observed import namespace_key
from vpsync.model.reasons import Reason
from vpsync.planning.case import Case
from vpsync.planning.diff.references import Contradiction, MissingReference
from vpsync.planning.ownership.annotations import own_annotations
from vpsync.planning.ownership.history import rejection
from vpsync.planning.ownership.marker import Ownership, known_object
from vpsync.planning.removal.relocation import next_departure, old_namespace
from vpsync.planning.upsert import state_loss
from vpsync.planning.upsert.holders import held_by_marker


def edition_lacks_it(case: Case) -> Decision | None:
    """The Community Edition has one VVP namespace, and no others can be made."""
    if not (case.kind.holds_contents and case.snapshot.community):
        return None
    message = "the Community Edition of VVP has the one namespace 'default' and no others"
    return case.blocked(Reason.Unsupported, message)


def vvp_unreadable(case: Case) -> Decision | None:
    """A list that failed proves nothing, neither here nor where the object was before."""
    if case.kind.listed_by_reference:
        return None
    for vvp_namespace in (case.key.namespace, old_namespace(case.manifest, case.key)):
        failure = case.snapshot.failure(case.key.kind, vvp_namespace) if vvp_namespace else None
        if failure is not None:
            return case.unreadable(failure)
    return None


def namespace_missing(case: Case) -> Decision | None:
    """Nothing can be held in a VVP namespace that is not there."""
    if case.kind.holds_contents or _namespace_is_planned(case):
        return None
    if case.snapshot.namespaces is None or case.key.namespace in case.snapshot.namespaces:
        return None
    message = (
        f"VVP has no namespace {case.key.namespace!r}; declare a VpNamespace for it, or correct "
        "spec.metadata.namespace"
    )
    return case.blocked(Reason.DependencyNotReady, message)


def namespace_terminating(case: Case) -> Decision | None:
    """What VVP is deleting takes nothing new."""
    if case.snapshot.namespaces is None or _namespace_is_planned(case):
        return None
    held = case.snapshot.find(namespace_key(case.key.namespace))
    if held is None or not BY_NAME[held.key.kind].is_being_deleted(held):
        return None
    message = f"VVP is deleting its namespace {case.key.namespace!r}"
    return case.blocked(Reason.DependencyNotReady, message)


def _namespace_is_planned(case: Case) -> bool:
    return namespace_key(case.key.namespace) in case.planned


def being_moved(case: Case) -> Decision | None:
    """An object in another VVP namespace goes before the new one is made."""
    return next_departure(case.desired, case.snapshot, case.policy)


def dependency_missing(case: Case) -> Decision | None:
    """What it refers to has to be there, and to be one object."""
    match case.resolved:
        case MissingReference(message):
            return case.blocked(Reason.DependencyNotReady, message)
        case Contradiction(message):
            return case.blocked(Reason.InvalidSpec, message)
        case PlatformError() as error:
            return case.unreadable(error)
    return None


def ambiguous(case: Case) -> Decision | None:
    """Two VVP objects of one name: it cannot be said which one the resource stands for."""
    if case.key not in case.snapshot.doubled:
        return None
    message = f"VVP has more than one object named {case.key.name!r}; rename or delete all but one"
    return case.blocked(Reason.NotOwned, message)


def renamed(case: Case) -> Decision | None:
    """A VVP name cannot change."""
    recorded = known_object(case.manifest, case.key, case.snapshot)
    if recorded is None or recorded.key.name == case.key.name:
        return None
    message = f"the VVP name cannot change: it is {recorded.key.name!r} in VVP; change it back"
    return case.blocked(Reason.Immutable, message)


def foreign(case: Case) -> Decision | None:
    """Another owner's object is never touched."""
    if case.proof.ownership is not Ownership.FOREIGN:
        return None
    return case.blocked(Reason.NotOwned, held_by_marker(case))


def refused_creation(case: Case) -> Decision | None:
    """What VVP rejected is not sent again until the resource changes."""
    refused = rejection(case.manifest) if case.observed is None else None
    if refused is None or refused.reason is not Reason.Rejected:
        return None
    return case.blocked(refused.reason, refused.message)


def creation_loses_state(case: Case) -> Decision | None:
    """A job that ran is not quietly started from empty state."""
    if case.observed is not None:
        return None
    loss = state_loss.by_creation(case.desired)
    loss = state_loss.unconfirmed(loss, case.manifest, case.policy)
    return None if loss is None else case.blocked(Reason.StateLoss, loss)


def creation(case: Case) -> Decision | None:
    """VVP does not have it."""
    if case.observed is not None:
        return None
    desired, kind = case.desired, case.kind
    declared = frozenset(path for path, _ in leaves(desired.body))
    body = merged(desired.body, kind.creation(desired))
    return Change(
        Action.CREATE,
        Verb.POST,
        case.manifest,
        case.key,
        reason="VVP does not have it",
        effect=kind.creation_effect(body),
        fields=tuple(kind.field(path, None, value) for path, value in sorted(leaves(body))),
        desired=desired,
        metadata=own_annotations(desired, declared, case.policy),
        loses_state=state_loss.by_creation(desired) is not None,
    )


def as_paused(case: Case, decision: Decision) -> Decision:
    """A paused resource is looked at, and told about, and not written for."""
    if not isinstance(decision, (Change, InSync)):
        return decision
    would = f"; it would {decision.action}" if isinstance(decision, Change) else ""
    ours = isinstance(decision, InSync) or decision.action is Action.UPDATE
    return Blocked(
        case.manifest,
        Reason.Paused,
        f"paused by annotation{would}",
        case.key,
        decision.observed if ours else None,
        case.desired,
    )
