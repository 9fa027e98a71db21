"""What a resource's status remembers of earlier passes.

A file has no status: nearly every question is answered as for a resource that was never seen. All that
there is for it is the marker on the VVP object.
"""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.model.annotating import RECONCILE
from vpsync.model.condition import find_condition
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.ownership.marker import OWNER, checksum, read_marker

_REFUSALS = (Reason.Rejected, Reason.Unsupported)


def is_pending(manifest: Manifest, request: str) -> bool:
    """Whether a request annotation has a value that no pass has acted on."""
    value = manifest.note(request)
    handled = manifest.status.get("lastHandled") or {}
    return value is not None and handled.get(request) != value


def is_asked_of_file(manifest: Manifest, observed: Observed) -> bool:
    """Whether a file asks for another attempt that no pass has made yet, as the object's marker tells."""
    marker, wanted = read_marker(observed.annotations.get(OWNER)), manifest.note(RECONCILE)
    return wanted is not None and marker is not None and marker.reconciled != wanted


def is_changed(manifest: Manifest) -> bool:
    """Whether the spec changed, or a new pass over it was asked for, since the last one."""
    if is_new(manifest):
        return False
    # A pass that VVP refuses to serve leaves Ready as it was, for an older generation.
    ready = find_condition(manifest.status, "Ready") or {}
    seen = ready.get("observedGeneration", manifest.status.get("observedGeneration"))
    return seen != manifest.generation or is_pending(manifest, RECONCILE) or _is_unsent(manifest)


def _is_unsent(manifest: Manifest) -> bool:
    """Whether the last pass had something to send and could not: it is as new as it was then."""
    synced = find_condition(manifest.status, "Synced") or {}
    reason = Reason.__members__.get(str(synced.get("reason")))
    return synced.get("status") == "False" and reason is not None and reason.waiting


def is_new(manifest: Manifest) -> bool:
    """Whether no pass has judged the resource yet (the CRDs' default is -1)."""
    return manifest.status.get("observedGeneration") in (None, -1)


def was_synced(desired: Desired, observed: Observed) -> bool:
    """Whether VVP was seen to hold, or was sent, exactly what is declared now.

    Then a difference is VVP's departure (drift), not the manifest's (intent).
    """
    manifest = desired.manifest
    if not manifest.in_cluster:
        marker = read_marker(observed.annotations.get(OWNER))
        return marker is not None and marker.declared == declaration(desired)
    condition = find_condition(manifest.status, "Synced")
    if condition is None or condition.get("observedGeneration") != manifest.generation:
        return False
    return condition.get("status") == "True" or condition.get("reason") == Reason.Drifted.name


def declaration(desired: Desired) -> str:
    """A checksum of all that is declared; the target counts as it is named, not by its id in VVP."""
    body, reference = desired.body, desired.reference
    if reference is None:
        return checksum({"body": body})
    parent, leaf = desired.reference_path[0], desired.reference_path[1]
    named = {key: value for key, value in body[parent].items() if key != leaf}
    refers_to = [*reference.names, "", *reference.ids]
    return checksum({"body": {**body, parent: named}, "refersTo": refers_to})


def kept_managed(manifest: Manifest) -> str | None:
    """The record of managed paths, where VVP did not keep it: it would not keep it now either."""
    text = manifest.status.get("managed")
    return text if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class Rejection:
    """That VVP refused a generation of the spec, and its words."""

    reason: Reason
    message: str


def rejection(manifest: Manifest) -> Rejection | None:
    """VVP's refusal of this generation of the spec; None when it may be sent."""
    condition = find_condition(manifest.status, "Stalled") or {}
    reason = next((r for r in _REFUSALS if r.name == condition.get("reason")), None)
    if reason is None:
        return None
    synced = find_condition(manifest.status, "Synced") or {}
    if synced.get("reason") != reason.name:
        # Kubernetes denied a write: VVP has not judged the spec.
        return None
    if condition.get("observedGeneration") != manifest.generation:
        return None
    if is_pending(manifest, RECONCILE):
        return None
    return Rejection(reason, str(condition.get("message") or ""))


def waiting_since(manifest: Manifest) -> str | None:
    """When the resource began to wait for VVP (RFC 3339); None when it does not wait."""
    condition = find_condition(manifest.status, "Reconciling")
    since = condition.get("lastTransitionTime") if condition else None
    return since if isinstance(since, str) else None
