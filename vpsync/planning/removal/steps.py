"""The steps by which a VVP object goes that is ours: one a pass, each confirmed by the next.

What runs jobs is stopped first (cancelled, or suspended to keep its state), and a later pass that reads
the end deletes it. What other objects live in or refer to goes only when they are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import ENDED, FAILED, STATE, is_transitioning
from vpsync.kinds.kind import Kind
from vpsync.kinds.values import text_at
from vpsync.model.annotating import annotating, discarding
from vpsync.model.change import Action, Change, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, Finalized, Unreadable
from vpsync.model.json import value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.options import DeletionPolicy, ResourceOptions
from vpsync.model.phrases import listed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.model.timestamps import seconds
from vpsync.planning.ownership.history import rejection
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy
from vpsync.planning.upsert import state_loss
from vpsync.planning.upsert.transition import transition_age, transitioning_since


@dataclass(frozen=True, slots=True)
class Removal:
    """A VVP object of ours that is to go, and why it may."""

    manifest: Manifest
    options: ResourceOptions
    observed: Observed
    snapshot: Snapshot
    policy: Policy

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return BY_NAME[self.manifest.key.kind]

    @property
    def why(self) -> str:
        """Why it goes, in words."""
        if self.manifest.pruned:
            return "its manifest is gone"
        # Else the object is left behind in another VVP namespace.
        asked = self.manifest.deleting
        return "the resource is being deleted" if asked else "its VVP namespace changed"

    def blocked(self, reason: Reason, message: str) -> Blocked:
        """That it does not go yet, and why."""
        return Blocked(self.manifest, reason, message, self.observed.key, self.observed)

    def delete(self) -> Change:
        """That it is deleted."""
        return Change(
            Action.DELETE,
            Verb.DELETE,
            self.manifest,
            self.observed.key,
            self.why,
            observed=self.observed,
        )

    def stop(self, state: str, effect: Effect, how: str) -> Change:
        """That its job is stopped, so that a later pass can delete it."""
        wanted = text_at(self.observed.body, STATE) or None
        return Change(
            Action.DELETE, Verb.PATCH, self.manifest, self.observed.key, f"{self.why}: {how}",
            effect=effect, observed=self.observed, fields=(FieldChange(STATE, wanted, state),),
        )  # fmt: skip


def next_step(removal: Removal) -> Decision:
    """What the deletion policy asks for next."""
    step = _by_policy(removal)
    refused = rejection(removal.manifest) if isinstance(step, Change) else None
    # What a server could not do is only remembered of what it could not do: replacing an object.
    if refused is not None and (refused.reason is Reason.Rejected or _is_put(step)):
        return removal.blocked(refused.reason, refused.message)
    return step


def _is_put(step: Decision) -> bool:
    return isinstance(step, Change) and step.verb is Verb.PUT


def _by_policy(removal: Removal) -> Decision:
    if removal.options.deletion is DeletionPolicy.ORPHAN:
        return _orphan(removal)
    if removal.kind.runs_jobs:
        suspends = removal.options.deletion is DeletionPolicy.SUSPEND
        return _suspended(removal) if suspends else _cancelled(removal)
    if removal.kind.holds_contents:
        return _emptied(removal)
    return _unused(removal)


def _orphan(removal: Removal) -> Decision:
    """VVP keeps the object; our marker and managed fields are taken off it."""
    manifest, observed, kind = removal.manifest, removal.observed, removal.kind
    ours = tuple(key for key in (OWNER, MANAGED) if key in observed.annotations)
    if not ours or not kind.annotated:
        return Finalized(manifest, f"{observed.key} stays in VVP, as its deletion policy says")
    return Change(
        Action.DELETE, kind.verb, manifest, observed.key,
        f"{removal.why}; VVP keeps the object, without our marker",
        observed=observed, metadata=dict.fromkeys(ours),
    )  # fmt: skip


def _suspended(removal: Removal) -> Decision:
    """Suspended, which takes a savepoint; deleted once that savepoint is completed."""
    observed, snapshot = removal.observed, removal.snapshot
    wanted, state = text_at(observed.body, STATE), observed.state
    if wanted == "CANCELLED" or (state in ("CANCELLED", "FINISHED") and wanted != "SUSPENDED"):
        return _cancelled(removal)
    if state == FAILED:
        message = (
            "the job failed, so there is nothing to suspend; repair it, or delete it without a savepoint: "
            + discarding(removal.manifest)
        )
        return removal.blocked(Reason.DeletionBlocked, message)
    if wanted != "SUSPENDED":
        how = "suspended with a savepoint first, deleted in a later pass"
        return removal.stop("SUSPENDED", Effect.STOP, how)
    if state != "SUSPENDED" or is_transitioning(observed):
        text = f"VVP is suspending {observed.key} with a savepoint"
        return removal.blocked(Reason.Deleting, text)
    if observed.id in snapshot.never_ran:
        # It was created SUSPENDED, and there is no state to keep.
        return removal.delete()
    location = (observed.key.namespace, observed.id)
    error = snapshot.failed_savepoints.get(location)
    if error is not None:
        return Unreadable(removal.manifest, observed.key, str(error))
    if not _keeps_state(removal.manifest, snapshot.savepoints.get(location, ())):
        message = (
            f"VVP has no completed savepoint of {observed.key} from suspending its last job; start it so "
            "that it can be suspended anew, or delete it without: " + discarding(removal.manifest)
        )
        return removal.blocked(Reason.DeletionBlocked, message)
    return removal.delete()


def _keeps_state(manifest: Manifest, savepoints: Sequence[Observed]) -> bool:
    """Whether the last suspension left a completed savepoint, and one of the last known job.

    An older suspension's savepoint does not hold what the job did since. Both times are VVP's.
    """
    suspensions = [
        (seconds(text_at(savepoint.body, ("metadata", "createdAt"))) or 0.0, savepoint.state)
        for savepoint in savepoints
        if text_at(savepoint.body, ("metadata", "origin")) == "SUSPEND"
    ]
    created, state = max(suspensions, default=(0.0, ""))
    started = seconds(value_at(manifest.status, ("job", "startedAt")))
    return state == "COMPLETED" and (started is None or created >= started)


def _cancelled(removal: Removal) -> Decision:
    """Cancelled, then deleted."""
    manifest, observed, policy = removal.manifest, removal.observed, removal.policy
    wanted, state = text_at(observed.body, STATE), observed.state
    if wanted not in ("CANCELLED", "SUSPENDED"):
        loss = state_loss.by_deletion(manifest, observed)
        if (unconfirmed_loss := state_loss.unconfirmed(loss, manifest, policy)) is not None:
            return removal.blocked(Reason.StateLoss, unconfirmed_loss)
        effect = Effect.STOP if state in ("RUNNING", "TRANSITIONING") else Effect.NONE
        stop = removal.stop("CANCELLED", effect, "cancelled first, deleted in a later pass")
        return replace(stop, loses_state=loss is not None)
    if state in ENDED and not is_transitioning(observed):
        return removal.delete()
    since = transitioning_since(manifest, observed)
    if transition_age(manifest, observed, policy) > policy.transition_timeout:
        # VVP decides: it refuses while a job is active, and then says so.
        return removal.delete()
    message = f"VVP is moving {observed.key} from {state or 'a new state'} to {wanted}"
    return removal.blocked(Reason.Deleting, message + (f", since {since}" if since else ""))


def _unused(removal: Removal) -> Decision:
    """Deleted once nothing refers to it any more."""
    observed, snapshot = removal.observed, removal.snapshot
    for user in (BY_NAME[name] for name in removal.kind.blocked_by):
        failure = snapshot.failure(user.name, observed.key.namespace)
        if failure is not None:
            return Unreadable(removal.manifest, observed.key, str(failure))
        users = sorted(
            key.name
            for key, other in snapshot.objects.items()
            if (key.kind, key.namespace) == (user.name, observed.key.namespace)
            if _refers_to(user, other, observed)
        )
        if users:
            nouns = user.noun if len(users) == 1 else f"{user.noun}s"
            them = "it" if len(users) == 1 else "them"
            text = (
                f"still used by {nouns} {listed(users, 5)}; delete {them} first, or "
                f"leave it in VVP: {annotating(removal.manifest, 'deletion-policy', 'Orphan')}"
            )
            return removal.blocked(Reason.DeletionBlocked, text)
    return removal.delete()


def _refers_to(user: Kind, other: Observed, observed: Observed) -> bool:
    reference = user.observed_reference(other)
    if reference is None:
        return False
    return observed.id in reference.ids or observed.key.name in reference.names


def _emptied(removal: Removal) -> Decision:
    """Deleted once nothing lives in it any more, or where somebody said that it may go with it."""
    observed, noun = removal.observed, removal.kind.noun
    if removal.kind.is_being_deleted(observed):
        message = f"VVP is deleting its namespace {observed.key.name!r} and what it holds"
        return removal.blocked(Reason.Deleting, message)
    unread = ("objects that could not be read",)
    contents = removal.snapshot.contents.get(observed.key.name, unread)
    if others := _of_others(removal):
        message = (
            f"the {noun} still holds {', '.join(contents)}; of others: {listed(others, 5)}. "
            "Nothing of theirs is deleted with it; leave it in VVP: "
            f"{annotating(removal.manifest, 'deletion-policy', 'Orphan')}"
        )
        return removal.blocked(Reason.DeletionBlocked, message)
    if contents and not removal.options.delete_contents:
        message = (
            f"the {noun} still holds {', '.join(contents)}, and VVP would delete them with it; "
            f"delete them first, or with it: {annotating(removal.manifest, 'delete-contents', 'true')}"
        )
        return removal.blocked(Reason.DeletionBlocked, message)
    return removal.delete()


def _of_others(removal: Removal) -> list[str]:
    """Whose objects live in a VVP namespace beside ours: another owner's, or another cluster's."""
    policy, texts = removal.policy, removal.snapshot.content_markers
    markers = map(read_marker, texts.get(removal.observed.key.name, ()))
    holders = {one.foreign_holder(policy.owner_id, policy.cluster) for one in markers if one}
    return sorted(holders - {""})
