"""What a status says of a job where nothing is decided about its VVP object.

A resource with an invalid manifest or annotation claims nothing, so no rule looks at its object. Its state
goes on all the same: the status shows what this pass saw, and nothing where it saw that there is nothing.
Where VVP did not tell, it stays as it is.
"""

from __future__ import annotations

from vpsync.kinds import BY_NAME
from vpsync.model.decision import Blocked, Invalid
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Result
from vpsync.model.reasons import Reason
from vpsync.planning.ownership.marker import marked_object, place_in_status

_UNKNOWN = (Reason.Unauthorized, Reason.InternalError)
"""VVP told nothing, or we stumbled: what was known before stays as it was."""

_HIDDEN = (Reason.NotOwned, Reason.NotPermitted)
"""The object is another's, or must not be looked at from there."""


def is_left_out(result: Result, snapshot: Snapshot) -> bool:
    """Whether the status is about an object that no decision of this pass looked at, and VVP told of it."""
    decision, manifest = result.decision, result.manifest
    if not isinstance(decision, (Invalid, Blocked)) or not BY_NAME[manifest.key.kind].runs_jobs:
        return False
    if isinstance(decision, Blocked) and decision.reason in _UNKNOWN:
        return False
    kind, vvp_namespace, identity = place_in_status(manifest)
    if is_hidden(result):
        return bool(identity)
    is_gone = snapshot.namespaces is not None and vvp_namespace not in snapshot.namespaces
    return bool(identity) and ((kind, vvp_namespace) in snapshot.listed or is_gone)


def is_hidden(result: Result) -> bool:
    """Whether the object is not to be looked at from the resource."""
    return isinstance(result.decision, Blocked) and result.decision.reason in _HIDDEN


def seen_all_the_same(result: Result, snapshot: Snapshot) -> Observed | None:
    """The resource's own object, as the lists of this pass have it; None where they do not."""
    return None if is_hidden(result) else marked_object(result.manifest, snapshot)
