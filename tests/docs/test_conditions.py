"""The page on conditions knows every reason that there is, and no other."""

from __future__ import annotations

import pytest

from builders import going, in_sync, manifest, observed, snapshot
from pages import code, page, rows, sections
from render.cases import CASES, Case
from vpsync.model.change import Change
from vpsync.model.condition import OURS
from vpsync.model.finding import Finding
from vpsync.model.outcome import Applied
from vpsync.model.reasons import Reason
from vpsync.planning.guards.canary import TOLD
from vpsync.planning.policy import Policy
from vpsync.planning.removal.decide import decide_deletion
from vpsync.render.report import Report
from vpsync.status.conditions import concluded
from vpsync.status.events import own_events

TEXT = page("conditions.md")
PARTS = sections(TEXT, 2)
TABLE = {code(row["Reason"])[0]: row for row in rows(PARTS["Reasons"])}
RUNBOOK = sections(PARTS["Runbook"], 3)
CODES = {reason: int(row["Exit code"]) for reason, row in TABLE.items()}


def test_there_is_a_row_and_an_entry_for_each_reason_in_the_order_of_the_list() -> None:
    names = [reason.name for reason in Reason]
    assert list(TABLE) == names
    assert list(RUNBOOK) == names


def test_every_condition_is_explained() -> None:
    conditions = rows(TEXT.split("## Reasons")[0])
    assert [code(row["Condition"])[0] for row in conditions] == list(OURS)


@pytest.mark.parametrize("reason", Reason, ids=str)
class TestEveryReason:
    def test_has_the_meaning_and_weight_that_the_program_gives_it(self, reason: Reason) -> None:
        row = TABLE[reason.name]
        assert row["Meaning"] == reason.meaning
        assert row["Weight"] == reason.weight.value

    def test_says_what_to_look_at_and_what_to_do(self, reason: Reason) -> None:
        entry = RUNBOOK[reason.name]
        assert entry.count("* **Look at**: ") == entry.count("* **Do**: ") == 1

    def test_leads_to_its_runbook_entry(self, reason: Reason) -> None:
        assert TABLE[reason.name]["Reason"] == f"[`{reason}`](#{reason.name.lower()})"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_ends_with_the_code_of_its_reason(case: Case) -> None:
    told = {c.type: c.reason for c in case.result.conditions or ()}
    if told:
        weighty = told.get("Stalled") or told.get("Reconciling") or told["Ready"]
        assert Report((case.result,)).exit_code == CODES[weighty]


def test_what_a_brake_holds_ends_with_the_code_of_a_brake() -> None:
    held = Report(tripped=(TOLD.format(name="a job"),)).exit_code
    assert CODES["HeldByBrake"] == CODES["RestartsForMarker"] == held


def test_the_events_are_those_that_are_posted() -> None:
    table = {code(row["Reason"])[0]: row["Type"] for row in rows(PARTS["Events"])}
    stranger = snapshot(observed(manifest(), owner="theirs"))
    results = [case.result for case in CASES]
    results.append(concluded(decide_deletion(going(), stranger, Policy())))
    for policy in ("Orphan", "Suspend"):
        step = decide_deletion(
            going(notes={"deletion-policy": policy}), snapshot(observed(manifest())), Policy()
        )
        assert isinstance(step, Change)
        results.append(concluded(step, Applied(step, step.observed)))
    namespace = snapshot(observed(manifest("VpNamespace")), contents={"analytics": ()})
    step = decide_deletion(going("VpNamespace"), namespace, Policy())
    assert isinstance(step, Change)
    results.append(concluded(step, Applied(step, None)))
    doubt = Finding("/spec/paralellism", "is not a known field; did you mean 'parallelism'?")
    results.append(concluded(in_sync(manifest(doubts=(doubt,)), snapshot(observed(manifest())))))
    posted = {
        event.reason: "Warning" if event.warning else "Normal"
        for result in results
        for event in own_events(result)
    }
    stalled = {reason.name for reason in Reason if reason.stalled}
    assert {name: kind for name, kind in posted.items() if name not in stalled} == table
    assert {posted[name] for name in set(posted) & stalled} == {"Warning"}
