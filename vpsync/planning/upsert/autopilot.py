"""What VVP's Autopilot changes by itself, and is left to it (VVP documentation, "Autopilot").

An ACTIVE policy scales its deployment, so a departure in these fields is its work and not corrected:
the two would undo each other with a restart each. A changed manifest is sent all the same. Where VVP
does not tell whether a policy is active, that is taken for a yes: shown too much is better than a fight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vpsync.kinds.deployment import DEPLOYMENT, TEMPLATE_SPEC
from vpsync.model.change import Change, FieldChange
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.json import Path, leaves, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired
from vpsync.planning.options import DriftMode, read_options
from vpsync.planning.ownership.history import was_synced

SCALED = tuple(
    (*TEMPLATE_SPEC, name) for name in ("parallelism", "numberOfTaskManagers", "resources")
)
"""The fields that Autopilot changes."""


def may_have_scaled(desired: Desired, observed: Observed) -> bool:
    """Whether VVP has to be asked about Autopilot: a field that it changes departs from the manifest."""
    if read_options(desired.manifest).drift is DriftMode.IGNORE:
        return False
    seen = DEPLOYMENT.comparable(observed.body)
    found = (value_at(desired.body, TEMPLATE_SPEC), value_at(seen, TEMPLATE_SPEC))
    declared, held = (value if isinstance(value, dict) else {} for value in found)
    # The usual case, decided before any rule of the kind is asked: the very same values.
    names = [path[-1] for path in SCALED if path[-1] in declared]
    scaled = {name: declared[name] for name in names if declared[name] != held.get(name)}
    departs = any(
        not DEPLOYMENT.same(path, value, value_at(seen, path))
        for path, value in leaves(scaled, TEMPLATE_SPEC)
    )
    return departs and was_synced(desired, observed)


def left_to_autopilot(
    desired: Desired, observed: Observed, fields: Iterable[FieldChange], snapshot: Snapshot
) -> tuple[FieldChange, ...]:
    """The departures that are Autopilot's, as far as is known."""
    if desired.platform.kind != DEPLOYMENT.name:
        return ()
    scaled = tuple(change for change in fields if _is_scaled(change.path))
    active = snapshot.autopilot.get(observed.key.namespace, frozenset())
    if active is not None and not active & {observed.id, observed.key.name}:
        return ()
    return scaled if scaled and was_synced(desired, observed) else ()


def explained(decision: Decision, left: Sequence[FieldChange], snapshot: Snapshot) -> Decision:
    """The decision about the rest, with a word about what is left to it."""
    if not left:
        return decision
    if isinstance(decision, Change):
        words = _in_words(left, decision.platform.namespace, snapshot)
        return replace(decision, reason=f"{decision.reason}; {words}")
    if isinstance(decision, InSync):
        desired, observed = decision.desired, decision.observed
        words = _in_words(left, desired.platform.namespace, snapshot)
        place = desired.platform
        return Blocked(decision.manifest, Reason.Drifted, words, place, observed, desired)
    return decision


def _in_words(left: Sequence[FieldChange], namespace: str, snapshot: Snapshot) -> str:
    places = ", ".join(change.pointer for change in left)
    stay = f"{places} {'is' if len(left) == 1 else 'are'} left as VVP has it"
    if snapshot.autopilot.get(namespace) is None:
        return f"VVP does not tell whether its Autopilot is active: {stay}"
    return f"VVP's Autopilot is active: {stay}"


def _is_scaled(path: Path) -> bool:
    return any(path[: len(field)] == field for field in SCALED)
