"""Which restarts of running jobs wait for the next pass where there are more than a pass may have.

VVP namespaces take turns, so that the restarts of one tenant do not put off another's single one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vpsync.model.change import Change, Effect
from vpsync.model.decision import Decision

_RESTARTS = (Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT)


def put_off(decisions: Sequence[Decision], most: int) -> frozenset[int]:
    """The places, in the order of the decisions, of the restarts beyond ``most``; 0 is no limit."""
    turns: Counter[str] = Counter()
    order: list[tuple[int, int]] = []
    for number, decision in enumerate(decisions):
        if isinstance(decision, Change) and decision.effect in _RESTARTS:
            order.append((turns[decision.platform.namespace], number))
            turns[decision.platform.namespace] += 1
    return frozenset(number for _, number in sorted(order)[most:]) if most else frozenset()
