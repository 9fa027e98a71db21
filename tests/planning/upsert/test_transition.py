"""What may be sent to a deployment in the state it is in; the table is ``transitions.yaml``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders import NOW, REMOVED, at, decided, manifest, observed, snapshot, status
from vpsync.kinds.job import TRANSITIONING_NOTE
from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest, annotation
from vpsync.planning.upsert.transition import TRANSITIONING_SINCE

Row = dict[str, Any]

ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "transitions.yaml").read_text("utf-8"))
STATUSES: dict[str, dict[str, Any]] = {
    "synced": status(generation=2),
    "revised": status(generation=1),
    "failed": status("False", "True", reason=Reason.JobFailed, generation=2),
    "unsent": status("False", "False", reason=Reason.RetryNextPass, generation=2),
    "new": {"observedGeneration": -1},
}
SINCE = f"/metadata/annotations/{TRANSITIONING_SINCE}"


def edits_of(row: Row, member: str) -> dict[str, Any]:
    """The edits of a row; ``null`` removes."""
    edits: dict[str, Any] = row.get(member, {})
    return {place: REMOVED if value is None else value for place, value in edits.items()}


def resource_of(row: Row) -> Manifest:
    if "file" in row["status"]:
        return manifest(edits=edits_of(row, "declared"), in_file=True)
    known = {**STATUSES[row["status"]], "lastHandled": {"reconcile-requested-at": "before"}}
    notes = {"reconcile-requested-at": row["requested"]} if "requested" in row else {}
    return manifest(edits=edits_of(row, "declared"), notes=notes, status=known, generation=2)


def decision_of(row: Row) -> Decision:
    resource = resource_of(row)
    held = edits_of(row, "held")
    if "since" in row:
        held[SINCE] = at(-row["since"])
    before = manifest(in_file=True) if row["status"] == "changed file" else resource
    return decided(resource, snapshot(observed(before, held)))


def test_every_row_says_why_and_expects_one_thing() -> None:
    for row in ROWS:
        assert row["why"]
        assert len({"sent", "blocked", "in_sync"} & set(row)) == 1
        assert set(row) <= {
            "id", "why", "status", "requested", "declared", "held", "since", "sent", "effect", "waits",
            "blocked", "in_sync",
        }  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_is_sent_in_which_state(row: Row) -> None:
    decision = decision_of(row)
    match decision:
        case Change():
            assert {item.pointer: item.after for item in decision.fields} == row.get("sent")
            assert decision.effect.value == row["effect"]
            assert decision.waits.startswith(row.get("waits", ""))
            assert bool(decision.waits) is ("waits" in row)
        case Blocked():
            assert decision.reason.name == row.get("blocked")
            assert decision.observed is not None
        case InSync():
            assert row.get("in_sync")
        case _:
            pytest.fail(f"unexpected: {decision}")


class TestTheAgeOfATransition:
    EDITS = {"/status/state": "TRANSITIONING", "/metadata/labels/team": "theirs"}

    def sends(self, known: dict[str, Any], since: str | None = None) -> bool:
        resource = manifest(status=known)
        edits = {**self.EDITS, SINCE: since} if since else self.EDITS
        decision = decided(resource, snapshot(observed(resource, edits)))
        return isinstance(decision, Change)

    @pytest.mark.parametrize("age", [599, 601])
    def test_is_told_by_vvp_in_either_form(self, age: int) -> None:
        assert self.sends({}, since=at(-age)) is (age > 600)
        assert self.sends({}, since=str(int((NOW - age) * 1000))) is (age > 600)

    @pytest.mark.parametrize("age", [599, 601])
    def test_is_told_by_our_status_where_vvp_does_not_tell(self, age: int) -> None:
        waiting = status("False", reason=Reason.Progressing, since=-age)
        assert self.sends(waiting) is (age > 600)
        assert self.sends(waiting, since="some time ago") is (age > 600)

    def test_is_vvps_where_both_tell(self) -> None:
        waiting = status("False", reason=Reason.Progressing, since=-10_000)
        assert not self.sends(waiting, since=at(-10))

    def test_that_nobody_tells_never_counts_as_over(self) -> None:
        assert not self.sends({})
        assert not self.sends({}, since="9" * 400)

    def test_is_limited_by_the_setting(self) -> None:
        resource = manifest()
        seen = observed(resource, {**self.EDITS, SINCE: at(-60)})
        assert isinstance(decided(resource, snapshot(seen)), Blocked)
        assert isinstance(decided(resource, snapshot(seen), transition_timeout=30), Change)


def test_another_value_of_vvps_annotation_is_no_transition() -> None:
    held = {
        f"/metadata/annotations/{TRANSITIONING_NOTE}": "false",
        "/metadata/labels/team": "theirs",
    }
    assert isinstance(decided(manifest(), snapshot(observed(manifest(), held))), Change)


def test_a_target_is_in_no_state_and_needs_no_waiting() -> None:
    resource = manifest("VpDeploymentTarget")
    odd = {"/status/state": "FAILED", "/metadata/labels/team": "theirs"}
    assert isinstance(decided(resource, snapshot(observed(resource, odd))), Change)


def test_a_request_on_an_unfailed_job_sends_nothing() -> None:
    asked = {annotation("reconcile-requested-at"): "now"}
    resource = replace(manifest(status=status()), annotations=asked)
    assert isinstance(decided(resource, snapshot(observed(resource))), InSync)
