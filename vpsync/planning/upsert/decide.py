"""The decision about one resource that is there to stay."""

from __future__ import annotations

from collections.abc import Set

from vpsync.errors import PlatformError, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import DEPLOYMENT, STATE
from vpsync.kinds.kind import text_at
from vpsync.kinds.namespace import TERMINATING
from vpsync.model.change import Action, Change, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, Unreadable
from vpsync.model.json import leaves, merged
from vpsync.model.observed import PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired
from vpsync.planning.diff.references import Contradiction, Missing, resolve
from vpsync.planning.ownership.annotations import own_annotations
from vpsync.planning.ownership.history import rejection
from vpsync.planning.ownership.marker import Ownership, known_object, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.relocation import old_namespace, relocation
from vpsync.planning.upsert import state_loss
from vpsync.planning.upsert.update import compare


def decide(
    desired: Desired, snapshot: Snapshot, policy: Policy, planned: Set[PlatformKey]
) -> Decision:
    """What to do about one named VVP object; ``planned`` are those created before it."""
    obstacle = namespace_missing(desired, snapshot, planned)
    if obstacle is not None:
        return obstacle
    departing = relocation(desired, snapshot, policy)
    if departing is not None:
        return departing
    resolved = with_reference(desired, snapshot, planned)
    if not isinstance(resolved, Desired):
        return resolved
    ambiguity = _ambiguity(desired, snapshot)
    if ambiguity is not None:
        return ambiguity
    observed = snapshot.find(desired.platform)
    if observed is None:
        return _creation(resolved, policy)
    held = ownership_of(desired.manifest, observed, policy.owner_id)
    if held.ownership is Ownership.FOREIGN:
        message = f"the VVP object {desired.platform} belongs to {held.holder}"
        return Blocked(desired.manifest, Reason.NotOwned, message, desired.platform)
    return compare(resolved, observed, held, snapshot, policy)


def namespace_missing(
    desired: Desired, snapshot: Snapshot, planned: Set[PlatformKey]
) -> Decision | None:
    """Why nothing can be decided in the VVP namespace of a resource, if so."""
    kind, place = desired.platform.kind, desired.platform.namespace
    if kind == "VpNamespace" and snapshot.community:
        message = "the Community Edition of VVP has the one namespace 'default' and no others"
        return Blocked(desired.manifest, Reason.Unsupported, message, desired.platform)
    places = (place, old_namespace(desired.manifest, desired.platform))
    for failure in (snapshot.failure(kind, where) for where in places if where):
        if failure is not None:
            return unreadable(desired, failure)
    if snapshot.namespaces is None or PlatformKey("VpNamespace", place, place) in planned:
        return None
    if kind != "VpNamespace" and place not in snapshot.namespaces:
        message = f"VVP has no namespace {place!r}"
        return Blocked(desired.manifest, Reason.DependencyNotReady, message, desired.platform)
    namespace = snapshot.find(PlatformKey("VpNamespace", place, place))
    if namespace is not None and namespace.body.get("lifecyclePhase") == TERMINATING:
        message = f"VVP is deleting its namespace {place!r}"
        return Blocked(desired.manifest, Reason.DependencyNotReady, message, desired.platform)
    return None


def _ambiguity(desired: Desired, snapshot: Snapshot) -> Blocked | None:
    """Why it cannot be said which VVP object the resource stands for, if so."""
    key = desired.platform
    if key in snapshot.doubled:
        message = f"VVP has more than one object named {key.name!r}; rename or delete all but one"
        return Blocked(desired.manifest, Reason.NotOwned, message, key)
    known = known_object(desired.manifest, key, snapshot)
    if known is not None and known.key.name != key.name:
        message = f"a VVP name cannot change: it is {known.key.name!r} in VVP; put it back"
        return Blocked(desired.manifest, Reason.Immutable, message, key)
    return None


def unreadable(desired: Desired, error: PlatformError) -> Decision:
    """The decision where VVP could not be read."""
    if isinstance(error, PlatformUnauthorized):
        return Blocked(desired.manifest, Reason.Unauthorized, str(error), desired.platform)
    return Unreadable(desired.manifest, desired.platform, str(error))


def with_reference(
    desired: Desired, snapshot: Snapshot, planned: Set[PlatformKey]
) -> Desired | Decision:
    """The resource with the id of what it refers to in its body."""
    if desired.reference is None:
        return desired
    resolved = resolve(desired.reference, snapshot, planned)
    match resolved:
        case Missing(message):
            return Blocked(desired.manifest, Reason.DependencyNotReady, message, desired.platform)
        case Contradiction(message):
            return Blocked(desired.manifest, Reason.InvalidSpec, message, desired.platform)
        case PlatformError():
            return unreadable(desired, resolved)
    parent, leaf = desired.reference_path[0], desired.reference_path[1]
    body = {**desired.body, parent: {**desired.body[parent], leaf: resolved}}
    return Desired(
        desired.manifest, desired.platform, body, desired.reference, desired.reference_path
    )


def _creation(desired: Desired, policy: Policy) -> Decision:
    manifest, kind = desired.manifest, BY_NAME[desired.platform.kind]
    refused = rejection(manifest)
    if refused is not None and refused.reason is Reason.Rejected:
        return Blocked(manifest, refused.reason, refused.message, desired.platform)
    if (loss := state_loss.by_creation(desired, policy)) is not None:
        return Blocked(manifest, Reason.StateLoss, loss, desired.platform)
    declared = frozenset(path for path, _ in leaves(desired.body))
    body = merged(desired.body, kind.creation(desired))
    fields = tuple(FieldChange(path, None, value) for path, value in sorted(leaves(body)))
    starts = kind is DEPLOYMENT and text_at(body, STATE) == "RUNNING"
    return Change(
        Action.CREATE,
        Verb.POST,
        manifest,
        desired.platform,
        reason="VVP does not have it",
        effect=Effect.START if starts else Effect.NONE,
        fields=fields,
        desired=desired,
        metadata=own_annotations(desired, declared, policy),
    )
