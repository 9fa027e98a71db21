"""What the status of a deployment says about whether it ever ran."""

from __future__ import annotations

from vpsync.model.change import Action, Verb
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Result
from vpsync.planning.ownership.runs import HAS_RUN, may_be_unstarted, never_ran, shows_run


def known_run(result: Result, observed: Observed, snapshot: Snapshot) -> bool | None:
    """True for a run, false where it is proved that there was none, None where nobody knows.

    ``observed`` is the object as it was last seen in this pass. What nobody knows is asked of VVP in the
    next pass, and counts as a run until then.
    """
    status = result.manifest.status
    if status.get(HAS_RUN):
        return True
    has_savepoints = snapshot.savepoints.get((observed.key.namespace, observed.id))
    if shows_run(observed) or observed.id in snapshot.ran or has_savepoints:
        return True
    if not may_be_unstarted(observed) and status.get(HAS_RUN) is None:
        return None
    if isinstance(result.outcome, Applied):
        is_unstarted = _is_unstarted_since(result.outcome, observed, result, snapshot)
    else:
        is_unstarted = never_ran(status, observed, snapshot)
    if is_unstarted:
        return False
    # A CANCELLED one is not asked about again.
    return None if may_be_unstarted(observed) else True


def _is_unstarted_since(
    applied: Applied, observed: Observed, result: Result, snapshot: Snapshot
) -> bool:
    """Whether nobody else wrote to the object between the proof and our write."""
    change = applied.change
    if change.action is Action.CREATE:
        return True
    before = change.observed
    if before is None or not never_ran(result.manifest.status, before, snapshot):
        return False
    # A DELETE leaves nothing that could have a version.
    return change.verb is Verb.DELETE or observed.resource_version == before.resource_version + 1
