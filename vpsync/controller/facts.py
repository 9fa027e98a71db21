"""What a line of the log tells programs beside its text (``--log-format json``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vpsync.model.json import Json
from vpsync.model.outcome import Result
from vpsync.render.rows import Row

Facts = Mapping[str, Json]

MOST_CHANGES = 100
"""Resources that the line of a pass lists; their number is always told."""


def about(result: Result) -> dict[str, Json]:
    """Which resource it is, and the reason of the condition that counts most."""
    key = result.manifest.key
    reasons = {c.type: c.reason for c in result.conditions or ()}
    named = (reasons.get(kind) for kind in ("Stalled", "Reconciling", "Ready"))
    reason = next(filter(None, named), "")
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name, "reason": reason}


def done(rows: Sequence[Row]) -> Facts:
    """What a pass did, resource by resource."""
    listed: list[Json] = [{"what": row.what, **about(row.result)} for row in rows[:MOST_CHANGES]]
    return {"changed": len(rows), "changes": listed}
