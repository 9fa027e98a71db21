"""``sync-mode: replace``: a change goes as a PUT of the whole deployment.

What the manifest leaves out goes back to VVP's defaults then. Three things stay as they are in VVP: the
ignored fields, a state that the manifest leaves to VVP, and our own annotations.
"""

from __future__ import annotations

from vpsync.kinds.job import STATE
from vpsync.kinds.kind import Kind, lies_in
from vpsync.model.json import Json, Path, leaves, nested, value_at
from vpsync.model.observed import Observed
from vpsync.model.options import ResourceOptions
from vpsync.model.resource import GROUP, Desired
from vpsync.planning.upsert.transition import Step


def replaces(kind: Kind, step: Step, options: ResourceOptions) -> bool:
    """Whether the step goes as a PUT: it is complete, and changes more than the state."""
    is_asked_for = kind.runs_jobs and options.replace
    changes_more = any(change.path != STATE for change in step.fields)
    return is_asked_for and changes_more and not step.waits


def whole(desired: Desired, observed: Observed, ignored: tuple[Path, ...]) -> dict[str, Json]:
    """The body of the PUT, without the names and without the annotations of this change.

    ``ignored`` are the fields that stay as VVP has them.
    """
    declared = leaves(desired.body)
    values = {path: value for path, value in declared if not lies_in(path, ignored)}
    for path in (
        *ignored,
        *((STATE,) if STATE not in values else ()),
        *_ours(observed),
    ):
        if (seen := value_at(observed.body, path)) is not None:
            values[path] = seen
    return nested(values)


def _ours(observed: Observed) -> list[Path]:
    names = (key for key in observed.annotations if key.partition("/")[0] == GROUP)
    return [("metadata", "annotations", name) for name in names]
