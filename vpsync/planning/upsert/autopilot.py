"""What VVP's Autopilot changes by itself, and is left to it (VVP documentation, "Autopilot").

An ACTIVE policy scales its deployment, so a departure in these fields is its work and not corrected:
the two would undo each other with a restart each. A changed manifest is sent all the same. Where VVP
does not tell whether a policy is active, that is taken for a yes: shown too much is better than a fight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Kind, lies_in
from vpsync.model.change import FieldChange
from vpsync.model.json import leaves, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.options import DriftMode
from vpsync.model.resource import Desired
from vpsync.planning.ownership.history import was_synced


def may_have_scaled(desired: Desired, observed: Observed) -> bool:
    """Whether VVP has to be asked about Autopilot: a field that it changes departs from the manifest."""
    kind = BY_NAME[desired.platform.kind]
    if not kind.autoscaled or desired.options.drift is DriftMode.IGNORE:
        return False
    return _departs(kind, desired, observed) and was_synced(desired, observed)


def _departs(kind: Kind, desired: Desired, observed: Observed) -> bool:
    for field in kind.autoscaled:
        declared, held = value_at(desired.body, field), value_at(observed.body, field)
        # The usual case is decided before any rule of the kind is asked: the very same value.
        if declared is None or declared == held:
            continue
        parts = leaves({field[-1]: declared}, field[:-1])
        if any(not kind.same(path, value, value_at(observed.body, path)) for path, value in parts):
            return True
    return False


def left_to_autopilot(
    desired: Desired, observed: Observed, fields: Iterable[FieldChange], snapshot: Snapshot
) -> tuple[FieldChange, ...]:
    """The departures that are Autopilot's, as far as is known."""
    autoscaled = BY_NAME[desired.platform.kind].autoscaled
    scaled = tuple(change for change in fields if lies_in(change.path, autoscaled))
    active = snapshot.autopilot.get(observed.key.namespace, frozenset())
    if active is not None and not active & {observed.id, observed.key.name}:
        return ()
    return scaled if scaled and was_synced(desired, observed) else ()


def note(left: Sequence[FieldChange], namespace: str, snapshot: Snapshot) -> str:
    """A word about what is left to Autopilot, to stand behind a reason; empty where nothing is."""
    return f"; {left_as_it_is(left, namespace, snapshot)}" if left else ""


def left_as_it_is(left: Sequence[FieldChange], namespace: str, snapshot: Snapshot) -> str:
    """That these fields are not corrected, and why."""
    places = ", ".join(change.pointer for change in left)
    stay = f"{places} {'is' if len(left) == 1 else 'are'} left as VVP has it"
    if snapshot.autopilot.get(namespace) is None:
        return f"VVP does not tell whether its Autopilot is active: {stay}"
    return f"VVP's Autopilot is active: {stay}"
