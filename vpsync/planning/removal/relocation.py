"""A resource whose VVP namespace changed: VVP cannot move an object, so the old one goes first.

It goes by the resource's deletion policy, one step a pass; a deployment that ever ran goes only when
somebody confirmed that its state may be lost. Only then is the object created in its new place.
"""

from __future__ import annotations

from vpsync.model.decision import Blocked, Decision, Finalized
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.guards.tenancy import refusal
from vpsync.planning.ownership.marker import Ownership, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.steps import Removal, next_step
from vpsync.planning.upsert import state_loss


def old_namespace(manifest: Manifest, key: PlatformKey) -> str | None:
    """The other VVP namespace where the resource's object was last seen, if there is one.

    Only vpsync writes statuses; annotations are never asked.
    """
    vvp_namespace = manifest.status.get("namespace")
    object_id = isinstance(vvp_namespace, str) and manifest.status.get("id")
    return str(vvp_namespace) if object_id and vvp_namespace != key.namespace else None


def old_object(manifest: Manifest, key: PlatformKey, snapshot: Snapshot) -> Observed | None:
    """The object that the resource has in another VVP namespace, if it is still there."""
    vvp_namespace = old_namespace(manifest, key)
    identity = str(manifest.status.get("id"))
    return snapshot.by_id(key.kind, vvp_namespace, identity) if vvp_namespace else None


def next_departure(desired: Desired, snapshot: Snapshot, policy: Policy) -> Decision | None:
    """The next step by which the old object goes; None when the new one may be looked after."""
    manifest, key = desired.manifest, desired.platform
    old = old_object(manifest, key, snapshot)
    if old is None:
        return None
    proof = ownership_of(manifest, old, policy.owner_id, policy.cluster)
    if proof.ownership is Ownership.FOREIGN or proof.holder:
        return None
    refused = refusal(manifest, old.key, policy.tenancy)
    if refused is not None:
        return Blocked(manifest, Reason.NotPermitted, refused, key, old)
    loss = state_loss.unconfirmed(state_loss.by_move(desired, old.key), manifest, policy)
    if loss is not None:
        return Blocked(manifest, Reason.StateLoss, loss, key, old)
    step = next_step(Removal(manifest, desired.options, old, snapshot, policy))
    return None if isinstance(step, Finalized) else step
