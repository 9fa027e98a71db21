"""Which declared values VVP was sent before: what tells a changed manifest from drift, field by field.

The marker remembers them as digests, of eight hexadecimal digits each: of what Autopilot may scale, and
of everything where drift is left alone. Without them a changed manifest counts as changed in every
field that differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import lies_in
from vpsync.model.json import Json, KnownAfterApply, Path, leaves
from vpsync.model.observed import Observed
from vpsync.model.options import DriftMode
from vpsync.model.resource import Desired
from vpsync.planning.ownership.history import was_synced
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy

LENGTH = 8
"""Digits of a digest."""

MOST = 400
"""Values that are remembered; where there are more, none is."""


def sent_values(desired: Desired, policy: Policy) -> str:
    """The digests of the declared values that are to be remembered, one after the other."""
    everything = (desired.options.drift or policy.drift) is not DriftMode.CORRECT
    kind = BY_NAME[desired.platform.kind]
    digests = {
        _digest(desired, path, value)
        for path, value in leaves(desired.body)
        if (everything or lies_in(path, kind.autoscaled))
        and not lies_in(path, kind.sensitive + kind.write_only)
    }
    return "".join(sorted(digests)) if len(digests) <= MOST else ""


def is_intended(desired: Desired, observed: Observed, path: Path, value: Json) -> bool:
    """Whether a declared value that VVP does not have is one that the manifest has only now.

    Else it was sent before, and VVP departed from it.
    """
    if was_synced(desired, observed):
        return False
    marker = read_marker(observed.annotations.get(OWNER))
    if marker is None or value is None:
        return True
    return _digest(desired, path, value) not in set(_pieces(marker.values))


def _pieces(text: str) -> Iterator[str]:
    return (text[index : index + LENGTH] for index in range(0, len(text), LENGTH))


def _digest(desired: Desired, path: Path, value: Json) -> str:
    """The digest of one value at its place in one object, so that equal values do not show as equal.

    What is referred to counts as it is named, not by its id in VVP.
    """
    if path == desired.reference_path and desired.reference is not None:
        value = [*desired.reference.names, "", *desired.reference.ids]
    elif isinstance(value, KnownAfterApply):
        value = repr(value)
    text = json.dumps([str(desired.platform), path, value], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
