"""Field changes between what a manifest declares and what VVP holds.

Three sides are compared: declared now, declared before (the record on the VVP object), observed.

=============  ==============  ==========================================================
declared now   declared before
=============  ==============  ==========================================================
yes            any             sent when VVP holds something else
no             yes             removed by ``null`` where it is a key of a map,
                               else unmanaged: it keeps its value and is VVP's from now on
no             no              not ours: left alone
=============  ==============  ==========================================================

Lists are compared and sent whole. What VVP holds in the form that it answered when it was sent what is
declared now is no difference (:mod:`vpsync.planning.ownership.forms`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from vpsync.kinds.kind import Kind
from vpsync.model.change import FieldChange
from vpsync.model.json import NOT_SHOWN, JsonObject, Path, leaves, value_at
from vpsync.model.observed import Observed
from vpsync.planning.ownership.forms import Forms, departures, in_own_form
from vpsync.planning.ownership.managed_fields import ManagedFields


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be sent, and what a manifest stops to declare."""

    fields: tuple[FieldChange, ...]
    unmanaged: tuple[Path, ...]
    declared: frozenset[Path]
    """Every path that the manifest declares: the new record."""
    unkept: tuple[FieldChange, ...] = ()
    """What VVP was sent and holds in a form of its own, which is not sent again."""
    kept: Forms = field(default_factory=dict)
    """These forms: they stay in the record."""

    def without(self, is_ignored: Callable[[Path], bool]) -> Difference:
        """The same, where the ignored fields are neither compared nor recorded."""
        return Difference(
            tuple(change for change in self.fields if not is_ignored(change.path)),
            self.unmanaged,
            frozenset(path for path in self.declared if not is_ignored(path)),
            tuple(item for item in self.unkept if not is_ignored(item.path)),
            {path: text for path, text in self.kept.items() if not is_ignored(path)},
        )

    def without_changes(self, excluded: Collection[FieldChange]) -> Difference:
        """The same, where some changes are not made; they stay declared, and recorded."""
        if not excluded:
            return self
        return replace(self, fields=tuple(item for item in self.fields if item not in excluded))


def difference(
    kind: Kind,
    declared: JsonObject,
    observed: JsonObject,
    record: ManagedFields | None,
    identity: str = "",
    *,
    resend: bool = False,
) -> Difference:
    """Compares; ``record`` None means that nothing is known of what was declared before.

    ``identity`` is the id of the observed object, which its forms are of. ``resend`` says that what VVP
    never shows is to be sent: it cannot be compared.
    """
    values: set[Path] = set()
    differing = departures(kind, declared, observed, values)
    forms = record.kept if record is not None else {}
    unkept = in_own_form(differing, forms, identity) if forms else ()
    in_form = {item.path for item in unkept}
    changed = [item for item in differing if item.path not in in_form] if unkept else differing
    if resend and kind.write_only:
        changed += [
            kind.field(path, NOT_SHOWN, value)
            for path, value in leaves(declared)
            if kind.is_write_only(path)
        ]
    recorded = record.paths if record is not None else frozenset()
    gone = recorded - values
    above = {path[:end] for path in values for end in range(1, len(path))} if gone else frozenset()
    dropped = sorted(path for path in gone if path not in above and not _lies_within(path, values))
    removed = [path for path in dropped if kind.removable(path)]
    changed += [
        kind.field(path, before, None)
        for path in removed
        if (before := value_at(observed, path)) is not None
    ]
    unmanaged = tuple(path for path in dropped if not kind.removable(path))
    ordered = tuple(sorted(changed, key=lambda change: change.path))
    kept = {item.path: forms[item.path] for item in unkept}
    return Difference(ordered, unmanaged, frozenset(values), unkept, kept)


def _lies_within(path: Path, values: set[Path]) -> bool:
    """Whether something declared now contains the path."""
    return any(path[:length] in values for length in range(1, len(path)))


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
