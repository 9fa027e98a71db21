"""What VVP made of a value that it was sent, remembered without either value.

VVP hides secrets when it is read, writes quantities in a form of its own, drops fields that it is too old
for, fills in what was emptied. What it answers to a write is its form of what was written: nobody else
can have changed it in between. A form is two digests, of what was declared and of what VVP answered::

    "<digest of declared>:<digest of observed>"

As long as both sides stay, VVP holds what is declared. Where one does not, they differ: the manifest
changed, or somebody changed VVP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import STATE
from vpsync.kinds.kind import Kind
from vpsync.model.change import Change, FieldChange
from vpsync.model.json import Json, JsonObject, Path, pointer, unlike_leaves, value_at
from vpsync.model.observed import Observed
from vpsync.planning.ownership.marker import checksum

Forms = Mapping[Path, str]
"""By the path of the value."""


def form(identity: str, path: Path, declared: Json, observed: Json) -> str:
    """The form in which VVP holds a declared value of the object with that id.

    Id and path are part of the digests: equal secrets in two places are not seen to be equal.
    """
    field = {"id": identity, "path": pointer(path)}
    sides = (checksum({**field, "value": value}) for value in (declared, observed))
    return ":".join(sides)


def departures(
    kind: Kind, declared: JsonObject, observed: JsonObject, values: set[Path]
) -> list[FieldChange]:
    """Where VVP shows something else than is declared; ``values`` takes the paths of all that is."""
    # The usual case, the very same value, is decided before any rule of the kind is asked.
    return [
        kind.field(path, actual, value)
        for path, value, actual in unlike_leaves(declared, observed, values)
        if not kind.is_write_only(path)
        and kind.compared(path)
        and not kind.same(path, value, actual)
    ]


def answered(change: Change, answer: Observed) -> tuple[FieldChange, ...]:
    """What the change sent as declared, and VVP answered otherwise.

    What a job is about is never learnt: its state, and where it runs. An answer may still show the one
    before, and what somebody does to it counts.
    """
    desired = change.desired
    if desired is None:
        return ()
    kind, sent = BY_NAME[change.platform.kind], _sent(change)
    fixed = (STATE, desired.reference_path, *kind.exclusive)
    return tuple(
        item
        for item in departures(kind, desired.body, answer.body, set())
        if item.path not in fixed
        and value_at(sent, item.path) == item.after
        and not desired.options.is_ignored(item.path)
    )


def _sent(change: Change) -> JsonObject:
    return change.whole if change.whole is not None else change.patch()


def in_own_form(
    departed: Iterable[FieldChange], forms: Forms, identity: str
) -> tuple[FieldChange, ...]:
    """Those departures that are no difference: VVP holds what it answered when it was sent that."""
    return tuple(
        item
        for item in departed
        if item.path in forms
        and forms[item.path] == form(identity, item.path, item.after, item.before)
    )


def forms_of(identity: str, made: tuple[FieldChange, ...], others: Forms) -> Forms:
    """The forms of what VVP answered otherwise, with the others, which stay."""
    new = {item.path: form(identity, item.path, item.after, item.before) for item in made}
    return {**others, **new}
