"""A VVP object that exists beside what is declared: what differs, and what of it may be sent now.

Made once for a case whose object may be the resource's; the rules in
:mod:`vpsync.planning.upsert.differing` look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vpsync.model.annotating import RECONCILE
from vpsync.model.change import FieldChange
from vpsync.model.observed import Observed
from vpsync.model.options import DriftMode
from vpsync.planning.case import Case
from vpsync.planning.diff.fields import Difference, difference, with_exclusions
from vpsync.planning.diff.references import shown_by_id
from vpsync.planning.ownership.history import is_pending, was_synced
from vpsync.planning.ownership.managed_fields import ManagedFields
from vpsync.planning.ownership.marker import OWNER
from vpsync.planning.ownership.sent_values import is_intended
from vpsync.planning.upsert import autopilot
from vpsync.planning.upsert.restart import restart
from vpsync.planning.upsert.transition import Step, Wait, next_step


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between a resource and its VVP object."""

    case: Case
    observed: Observed
    difference: Difference
    """Without what is ignored, and without what is left to Autopilot."""
    autoscaled: tuple[FieldChange, ...]
    """Departures that are left to Autopilot."""
    left: tuple[FieldChange, ...]
    """Departures that are left because drift is, while the manifest changed elsewhere."""
    fields: tuple[FieldChange, ...]
    """What would have to be sent, with those cleared that exclude a declared one."""
    step: Step | Wait
    """What of it goes in this pass, or why nothing does."""


def compared(case: Case, observed: Observed) -> Comparison:
    """Compares a case with its VVP object."""
    changes = _difference(case, observed)
    scaled: tuple[FieldChange, ...] = ()
    if case.is_ours and case.drift is DriftMode.CORRECT:
        scaled = autopilot.left_to_autopilot(case.desired, observed, changes.fields, case.snapshot)
        changes = changes.without_changes(scaled)
    left = _left(case, observed, changes.fields)
    changes = changes.without_changes(left)
    fields = with_exclusions(case.kind, observed, changes.fields)
    step = _step(case, observed, fields)
    return Comparison(case, observed, changes, scaled, left, fields, step)


def _left(
    case: Case, observed: Observed, fields: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """Drift beside what the manifest changed, where drift is not corrected.

    Where there is nothing but drift, that is for a rule to tell.
    """
    desired = case.desired
    if not case.is_ours or case.drift is DriftMode.CORRECT or was_synced(desired, observed):
        return ()
    return tuple(
        item for item in fields if not is_intended(desired, observed, item.path, item.after)
    )


def _difference(case: Case, observed: Observed) -> Difference:
    kind, desired = case.kind, case.desired
    changes = difference(
        kind,
        desired.body,
        shown_by_id(observed, case.snapshot),
        _record(case),
        observed.id,
        resend=bool(kind.write_only) and not (case.is_ours and was_synced(desired, observed)),
    )
    return changes.without(case.options.is_ignored) if case.options.ignored else changes


def _record(case: Case) -> ManagedFields | None:
    """What was declared before; a new pass that is asked for sends also what VVP did not keep then."""
    asked = case.manifest.in_cluster and is_pending(case.manifest, RECONCILE)
    if case.managed is None or not case.managed.kept or not asked:
        return case.managed
    return replace(case.managed, kept={})


def _step(case: Case, observed: Observed, fields: tuple[FieldChange, ...]) -> Step | Wait:
    """What of it may go now; where there is a job, that depends on its state and on requests."""
    if not case.kind.runs_jobs:
        return Step(fields)
    # How far a restart is stands in the marker: without one it could go on for ever.
    marked = case.managed is not None and OWNER in observed.annotations
    asked = restart(case, observed, fields) if marked else None
    return asked or next_step(case.desired, observed, fields, case.policy)
