"""Whether a pass could decide anything, or VVP told it nothing."""

from __future__ import annotations

from collections.abc import Sequence

from vpsync.model.decision import Blocked, Decision, Finalized, Invalid, Unreadable
from vpsync.model.observed import Snapshot
from vpsync.model.reasons import Reason


def is_decided(decisions: Sequence[Decision], snapshot: Snapshot) -> bool:
    """Whether VVP told anything about what there is to decide.

    What is decided without VVP, as a savepoint that was taken long ago or a manifest that may not have what
    it wants, says nothing of it.
    """
    if not snapshot.listed and snapshot.namespaces is None and any(map(_is_undecided, decisions)):
        return False
    asked = [decision for decision in decisions if not isinstance(decision, (Invalid, Finalized))]
    return not asked or any(not _is_undecided(decision) for decision in asked)


def _is_undecided(decision: Decision) -> bool:
    if isinstance(decision, Blocked):
        return decision.reason is Reason.Unauthorized
    return isinstance(decision, Unreadable)
