"""A job that came to its normal end, and whose template was changed since: the new version has not run.

VVP does not start it again for a change. The marker remembers which version of the spec the change was
made to, so that a start by anybody, which makes a further version, is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpsync.kinds.job import FINISHED, SPEC_VERSION, TEMPLATE
from vpsync.model.change import FieldChange
from vpsync.model.observed import Observed
from vpsync.model.resource import Desired
from vpsync.planning.ownership.history import was_synced
from vpsync.planning.ownership.marker import OWNER, read_marker

RUN_ON_CHANGE = "run-on-change"
"""Stands in the marker for the request that the annotation of that name makes of itself."""


def has_not_run(desired: Desired, observed: Observed, fields: Iterable[FieldChange]) -> bool:
    """Whether a changed manifest makes a version of a finished job that does not run by itself.

    What puts back a departure of VVP makes none: it is the version that ran.
    """
    if observed.state != FINISHED or was_synced(desired, observed):
        return False
    return any(change.path[:2] == TEMPLATE for change in fields)


def is_unrun(observed: Observed) -> bool:
    """Whether VVP holds a version of a finished job that has not run, as the object's marker tells."""
    if observed.state != FINISHED:
        return False
    marker = read_marker(observed.annotations.get(OWNER))
    if marker is None or not marker.unrun:
        return False
    current = observed.annotations.get(SPEC_VERSION, "")
    if not (current.isdecimal() and marker.unrun.isdecimal()):
        return True
    return int(current) <= int(marker.unrun) + 1
