"""What VVP's Autopilot changes by itself, and is left to it (VVP documentation, "Autopilot").

An ACTIVE policy scales its deployment, so a departure in these fields is its work and not corrected:
the two would undo each other with a restart each. What the manifest changed in them is sent all the same,
and what it changed elsewhere goes without them. Where VVP does not tell whether a policy is active, that
is taken for a yes: shown too much is better than a fight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Kind, lies_in
from vpsync.model.change import FieldChange
from vpsync.model.json import Json, Path, leaves, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.options import DriftMode
from vpsync.model.resource import Desired
from vpsync.planning.ownership.sent_values import is_intended


def may_have_scaled(desired: Desired, observed: Observed) -> bool:
    """Whether VVP has to be asked about Autopilot: a field that it changes departs from the manifest."""
    kind = BY_NAME[desired.platform.kind]
    if not kind.autoscaled or desired.options.drift is DriftMode.IGNORE:
        return False
    departures = _departures(kind, desired, observed)
    return any(not is_intended(desired, observed, path, value) for path, value in departures)


def _departures(kind: Kind, desired: Desired, observed: Observed) -> Iterator[tuple[Path, Json]]:
    """What is declared in fields that Autopilot changes, and VVP does not have."""
    for field in kind.autoscaled:
        declared, actual = value_at(desired.body, field), value_at(observed.body, field)
        # The usual case is decided before any rule of the kind is asked: the very same value.
        if declared is None or declared == actual:
            continue
        parts = leaves({field[-1]: declared}, field[:-1])
        for path, value in parts:
            if not kind.same(path, value, value_at(observed.body, path)):
                yield path, value


def left_to_autopilot(
    desired: Desired, observed: Observed, fields: Iterable[FieldChange], snapshot: Snapshot
) -> tuple[FieldChange, ...]:
    """The departures that are Autopilot's, as far as is known."""
    autoscaled = BY_NAME[desired.platform.kind].autoscaled
    scaled = (change for change in fields if lies_in(change.path, autoscaled))
    active = snapshot.autopilot.get(observed.key.namespace, frozenset())
    if active is not None and not active & {observed.id, observed.key.name}:
        return ()
    return tuple(
        change for change in scaled if not is_intended(desired, observed, change.path, change.after)
    )


def note(left: Sequence[FieldChange], namespace: str, snapshot: Snapshot) -> str:
    """A word about what is left to Autopilot, to stand behind a reason; empty where nothing is."""
    return f"; {left_as_it_is(left, namespace, snapshot)}" if left else ""


def left_as_it_is(left: Sequence[FieldChange], namespace: str, snapshot: Snapshot) -> str:
    """That these fields are not corrected, and why."""
    pointers = ", ".join(change.pointer for change in left)
    stay = f"{pointers} {'is' if len(left) == 1 else 'are'} left as VVP has it"
    if snapshot.autopilot.get(namespace) is None:
        return f"cannot tell whether VVP's Autopilot is active: {stay}"
    return f"VVP's Autopilot is active: {stay}"
