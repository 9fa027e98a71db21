"""Field changes between what a manifest declares and what VVP holds.

Three sides are compared: declared now, declared before (the record on the VVP object), observed.

=============  ==============  ==========================================================
declared now   declared before
=============  ==============  ==========================================================
yes            any             sent when VVP holds something else
no             yes             removed by ``null`` where it is a key of a map,
                               else released: it keeps its value and is VVP's from now on
no             no              not ours: left alone
=============  ==============  ==========================================================

Lists are compared and sent whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.kinds.kind import Kind
from vpsync.model.change import FieldChange
from vpsync.model.json import JsonObject, Path, leaves, value_at
from vpsync.planning.record import Record


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be sent, and what a manifest stops to declare."""

    fields: tuple[FieldChange, ...]
    released: tuple[Path, ...]
    declared: Record
    """Every path that the manifest declares: the new record."""


def difference(
    kind: Kind, declared: JsonObject, observed: JsonObject, record: Record | None
) -> Difference:
    """Compares; ``record`` None means that nothing is known of what was declared before."""
    values = dict(leaves(declared))
    changed = [
        FieldChange(path, before, after)
        for path, after in values.items()
        if kind.compared(path) and not kind.same(path, after, before := value_at(observed, path))
    ]
    dropped = sorted(path for path in record or () if _is_dropped(path, values))
    removed = [path for path in dropped if kind.removable(path)]
    changed += [
        FieldChange(path, before, None)
        for path in removed
        if (before := value_at(observed, path)) is not None
    ]
    released = tuple(path for path in dropped if not kind.removable(path))
    ordered = tuple(sorted(changed, key=lambda change: change.path))
    return Difference(ordered, released, frozenset(values))


def _is_dropped(path: Path, values: dict[Path, object]) -> bool:
    """Whether nothing declared now is the path, or contains it, or lies within it."""
    if path in values:
        return False
    if any(path[:length] in values for length in range(1, len(path))):
        return False
    return not any(declared[: len(path)] == path for declared in values)
