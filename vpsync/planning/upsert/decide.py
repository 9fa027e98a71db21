"""The decision about one resource that is there to stay: the contract as two lists of rules.

The first list looks at the resource and at whose VVP object there is, the second at what differs
between the two. The first rule that has something to say decides.
"""

from __future__ import annotations

from vpsync.model.decision import Decision
from vpsync.planning.case import Case, Rule, first
from vpsync.planning.upsert import differing, rules
from vpsync.planning.upsert.comparison import Comparison, compared

RULES: tuple[Rule[Case], ...] = (
    rules.edition_lacks_it,
    rules.vvp_unreadable,
    rules.namespace_missing,
    rules.namespace_terminating,
    rules.being_moved,
    rules.dependency_missing,
    rules.ambiguous,
    rules.renamed,
    rules.refused_creation,
    rules.creation_loses_state,
    rules.creation,
    rules.foreign,
)
"""Without an object of its own the resource gets one by the rule ``creation``."""

DIFFERING: tuple[Rule[Comparison], ...] = (
    differing.not_adoptable,
    differing.immutable,
    differing.waiting,
    differing.equal,
    differing.rejected,
    differing.left_drifted,
    differing.loses_state,
    differing.change,
)
"""What differs is sent by the last one."""


def decide(case: Case) -> Decision:
    """What to do about one resource and its VVP object."""
    decision = first(RULES, case)
    if decision is None:
        decision = compare(case)
    return rules.as_paused(case, decision) if case.options.paused else decision


def compare(case: Case) -> Decision:
    """What to send so that the observed object holds what is declared, if anything may be sent."""
    assert case.observed is not None, "the rule `creation` decides where there is none"
    decision = first(DIFFERING, compared(case, case.observed))
    assert decision is not None, "the last rule always decides"
    return decision
