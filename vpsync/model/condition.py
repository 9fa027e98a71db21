"""Conditions as Kubernetes defines them, and the status they are part of.

``Ready`` and ``Synced`` are always there; ``Reconciling`` and ``Stalled`` only while they are true,
which is how kstatus (and so Flux and ``kubectl wait``) reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vpsync.model.json import Json, JsonObject, objects_in
from vpsync.model.reasons import Reason

OURS = ("Ready", "Synced", "Reconciling", "Stalled")

HELD = "VVP holds what the resource declares"
"""What ``Synced`` says where there is nothing else to say."""

MESSAGE_LIMIT = 32_768
"""Characters; the limit that Kubernetes sets for a condition's message."""

_TIMES = frozenset({"lastTransitionTime", "lastUpdateTime", "transitionTime"})


def without_times(value: Json) -> Json:
    """The value without timestamps: these alone are no reason to write a status."""
    if isinstance(value, Mapping):
        return {key: without_times(item) for key, item in value.items() if key not in _TIMES}
    if isinstance(value, list):
        return [without_times(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; ``status`` is ``True``, ``False`` or ``Unknown``."""

    type: str
    status: str
    reason: str
    message: str = ""
    generation: int | None = None
    """Of the spec that was judged; None for the present one."""

    def as_json(self, generation: int, now: str, previous: JsonObject | None) -> dict[str, Json]:
        """The condition as a status holds it.

        ``lastTransitionTime`` moves only when ``status`` differs from the previous condition's.
        """
        unchanged = previous is not None and previous.get("status") == self.status
        since = previous.get("lastTransitionTime", now) if previous and unchanged else now
        message = self.message
        if len(message) > MESSAGE_LIMIT:
            message = message[: MESSAGE_LIMIT - 1] + "…"
        return {
            "type": self.type,
            "status": self.status,
            "reason": self.reason,
            "message": message,
            "observedGeneration": generation if self.generation is None else self.generation,
            "lastTransitionTime": since,
        }


def find_condition(status: JsonObject, kind: str) -> JsonObject | None:
    """The condition of that type in a status, if it is there and well formed."""
    conditions = status.get("conditions")
    if not isinstance(conditions, Sequence):
        return None
    for condition in conditions:
        if isinstance(condition, dict) and condition.get("type") == kind:
            return condition
    return None


def weightiest(conditions: Iterable[JsonObject]) -> JsonObject:
    """Of our conditions the one that a reader has to know of: what needs a person, what goes on, what is
    not so, and only then that all is well, but for what VVP does not keep or is probably a typo; empty where
    there is none."""
    by_type = {one.get("type"): one for one in conditions if one.get("type") in OURS}
    for kind in ("Stalled", "Reconciling"):
        if by_type.get(kind, {}).get("status") == "True":
            return by_type[kind]
    for kind in ("Ready", "Synced"):
        if by_type.get(kind, {}).get("status", "True") != "True":
            return by_type[kind]
    ready, synced = by_type.get("Ready", {}), by_type.get("Synced", {})
    noted = synced.get("reason") in (Reason.NotKept.name, Reason.UnknownField.name)
    return synced if noted and ready.get("reason") == Reason.Succeeded.name else ready


def merged_conditions(
    status: JsonObject, conditions: Sequence[Condition], generation: int, now: str
) -> list[dict[str, Json]]:
    """The new list: ours replaced, those of others kept behind them."""
    ours = [c.as_json(generation, now, find_condition(status, c.type)) for c in conditions]
    others = [dict(c) for c in objects_in(status.get("conditions")) if c.get("type") not in OURS]
    return ours + others
