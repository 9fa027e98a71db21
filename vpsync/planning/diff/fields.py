"""Field changes between what a manifest declares and what VVP holds.

Three sides are compared: declared now, declared before (the record on the VVP object), observed.

=============  ==============  ==========================================================
declared now   declared before
=============  ==============  ==========================================================
yes            any             sent when VVP holds something else
no             yes             removed by ``null`` where it is a key of a map,
                               else unmanaged: it keeps its value and is VVP's from now on
no             no              not ours: left alone
yes            yes             a field that no schema describes and that VVP was sent and
                               does not show: VVP does not keep it, so it is not sent again
=============  ==============  ==========================================================

Lists are compared and sent whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from vpsync.kinds.kind import Kind
from vpsync.model.change import FieldChange
from vpsync.model.json import NOT_SHOWN, JsonObject, Path, unlike_leaves, value_at
from vpsync.model.observed import Observed
from vpsync.planning.ownership.managed_fields import ManagedFields


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be sent, and what a manifest stops to declare."""

    fields: tuple[FieldChange, ...]
    unmanaged: tuple[Path, ...]
    declared: frozenset[Path]
    """Every path that the manifest declares: the new record."""
    unkept: tuple[Path, ...] = ()
    """Paths that VVP was sent and does not keep."""

    def without(self, is_ignored: Callable[[Path], bool]) -> Difference:
        """The same, where the ignored fields are neither compared nor recorded."""
        return Difference(
            tuple(change for change in self.fields if not is_ignored(change.path)),
            self.unmanaged,
            frozenset(path for path in self.declared if not is_ignored(path)),
            self.unkept,
        )

    def without_changes(self, left: Collection[FieldChange]) -> Difference:
        """The same, where some changes are not made; they stay declared, and recorded."""
        if not left:
            return self
        return replace(self, fields=tuple(item for item in self.fields if item not in left))


def difference(
    kind: Kind,
    declared: JsonObject,
    observed: JsonObject,
    record: ManagedFields | None,
    is_known: Callable[[str, Path], bool],
    *,
    resend: bool = False,
) -> Difference:
    """Compares; ``record`` None means that nothing is known of what was declared before.

    ``resend`` says that what VVP never shows is to be sent: it cannot be compared.
    """
    values: set[Path] = set()
    differing: list[FieldChange] = []
    # The usual case, the very same value, is decided before any rule of the kind is asked.
    for path, after, before in unlike_leaves(declared, observed, values):
        if kind.is_write_only(path):
            if resend:
                differing.append(kind.field(path, NOT_SHOWN, after))
        elif kind.compared(path) and not kind.same(path, after, before):
            differing.append(kind.field(path, before, after))
    unkept = tuple(
        change.path
        for change in differing
        if change.before is None
        and record is not None
        and record.may_hold(change.path)
        and not is_known(kind.name, change.path)
    )
    changed = [change for change in differing if change.path not in unkept]
    recorded = record.paths if record is not None else frozenset()
    dropped = sorted(path for path in recorded - values if _is_dropped(path, values))
    removed = [path for path in dropped if kind.removable(path)]
    changed += [
        kind.field(path, before, None)
        for path in removed
        if (before := value_at(observed, path)) is not None
    ]
    unmanaged = tuple(path for path in dropped if not kind.removable(path))
    ordered = tuple(sorted(changed, key=lambda change: change.path))
    return Difference(ordered, unmanaged, frozenset(values), unkept)


def _is_dropped(path: Path, values: set[Path]) -> bool:
    """Whether nothing declared now is the path, or contains it, or lies within it."""
    if path in values:
        return False
    if any(path[:length] in values for length in range(1, len(path))):
        return False
    return not any(declared[: len(path)] == path for declared in values)


def with_exclusions(
    kind: Kind, observed: Observed, fields: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """The fields with those cleared that exclude a changed one."""
    paths = {change.path for change in fields}
    if not any(path in paths for path in kind.exclusive):
        return fields
    nulls = [
        kind.field(path, before, None)
        for path in kind.exclusive
        if path not in paths and (before := value_at(observed.body, path)) is not None
    ]
    return tuple(sorted((*fields, *nulls), key=lambda change: change.path))
