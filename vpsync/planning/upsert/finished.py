"""A job that came to its normal end, and whose template was changed since: the new version has not run.

VVP does not start it again for a change. The marker remembers which version of the spec the change was
made to, so that a start by anybody, which makes a further version, is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpsync.kinds.job import FINISHED, SPEC_VERSION, TEMPLATE
from vpsync.model.change import FieldChange
from vpsync.model.observed import Observed
from vpsync.planning.ownership.marker import OWNER, read_marker


def has_not_run(observed: Observed, fields: Iterable[FieldChange]) -> bool:
    """Whether a change makes a version of a finished job that does not run by itself."""
    return observed.state == FINISHED and any(change.path[:2] == TEMPLATE for change in fields)


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
