"""The closing line, the rows of the table, and the exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import applied, changed, decided, going, manifest, observed, snapshot, status
from vpsync.errors import PlatformConflict, PlatformFault
from vpsync.model.decision import Blocked, Finalized, Invalid
from vpsync.model.exit_code import ExitCode
from vpsync.model.finding import Finding
from vpsync.model.options import DriftMode
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

from .cases import CASES, Case

DRIFTED = snapshot(observed(manifest(), {"/metadata/labels/team": "x"}))
ENDED = snapshot(observed(manifest(), {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}))

IN_SYNC = concluded(decided(manifest(), snapshot(observed(manifest()))))
CREATE = changed(manifest())
UPDATE = changed(manifest(), DRIFTED)
ADOPT = changed(manifest(), snapshot(observed(manifest(), marked=False)))
DELETE = changed(going(), ENDED)
RECORD = changed(
    manifest(status=status(id="id-of-orders")),
    snapshot(observed(manifest(), {"/metadata/annotations": {}})),
)
BLOCKED = concluded(decided(manifest(edits={"/deploymentTargetName": "gone"})))
INVALID = concluded(Invalid(manifest(), (Finding("/spec", "is required"),)))
RELEASED = concluded(decided(going()))
FAILED = concluded(CREATE, Failed(CREATE, PlatformFault("500")))


def done(change: Any) -> Result:
    return concluded(change, Applied(change, None))


def plan_of(*results: Result) -> Report:
    return Report(results, applied=False)


class TestTheClosingLine:
    def test_of_a_preview_with_changes(self) -> None:
        results = [concluded(CREATE), *[concluded(UPDATE)] * 2, *[IN_SYNC] * 37]
        assert plan_of(*results).summary() == (
            "Plan: 1 to create, 2 to change, 0 to adopt, 0 to delete, 37 in sync."
        )

    def test_of_a_reconcile_with_changes(self) -> None:
        other = replace(UPDATE.manifest.key, name="other")
        second = replace(UPDATE, manifest=replace(UPDATE.manifest, key=other))
        results = [done(CREATE), done(UPDATE), done(second), *[IN_SYNC] * 37]
        assert Report(tuple(results)).summary() == (
            "Applied: 1 created, 2 changed, 0 adopted, 0 deleted, 37 in sync."
        )

    def test_tells_what_failed_and_what_is_blocked(self) -> None:
        assert Report((done(CREATE), FAILED, BLOCKED, BLOCKED)).summary() == (
            "Applied: 1 created, 0 changed, 0 adopted, 0 deleted, 0 in sync, 1 failed, 2 blocked."
        )

    @pytest.mark.parametrize(
        ("count", "words"), [(40, "40 resources"), (1, "1 resource"), (0, "0 resources")]
    )
    @pytest.mark.parametrize("preview", [True, False])
    def test_where_nothing_was_to_do(self, preview: bool, count: int, words: str) -> None:
        report = Report((IN_SYNC,) * count, applied=not preview)
        assert report.summary() == f"No changes. {words} in sync."

    def test_never_says_no_changes_of_a_failed_job_or_of_a_deletion_that_came_to_its_end(
        self,
    ) -> None:
        failed = concluded(
            decided(manifest(), snapshot(observed(manifest(), {"/status/state": "FAILED"})))
        )
        done = "Applied: 0 created, 0 changed, 0 adopted, 0 deleted"
        assert Report((IN_SYNC, RELEASED)).summary() == f"{done}, 1 in sync, 1 released."
        last = Report((IN_SYNC, failed)).summary()
        assert "No changes" not in last
        assert last.endswith((", 1 stalled.", ", 1 blocked."))

    def test_calls_deleted_only_what_vvp_has_let_go_of(self) -> None:
        cancel = changed(going(), snapshot(observed(manifest())))
        begun = Report((done(cancel),))
        assert begun.summary().endswith("0 deleted, 0 in sync, 1 being deleted.")
        assert [row.what for row in begun.rows()] == ["cancelling"]
        ended = Report((done(DELETE),)).after(begun)
        assert ended.summary().endswith("1 deleted, 0 in sync.")
        assert [row.what for row in ended.rows()] == ["cancelling", "deleted"]

    def test_calls_deleting_what_vvp_carries_out_afterwards(self) -> None:
        resource = going("VpNamespace")
        there = snapshot(observed(manifest("VpNamespace")), contents={"analytics": ()})
        begun = Report((done(changed(resource, there)),))
        assert begun.summary().endswith("0 deleted, 0 in sync, 1 being deleted.")
        assert [row.what for row in begun.rows()] == ["deleting"]
        waiting = Report((concluded(Blocked(resource, Reason.Deleting, "VVP is at it")),)).after(
            begun
        )
        assert waiting.summary().endswith("0 deleted, 0 in sync, 1 being deleted, 1 blocked.")
        ended = Report((concluded(Finalized(resource, "gone")),)).after(begun)
        assert "1 deleted, " in ended.summary()
        assert "being deleted" not in ended.summary()

    def test_calls_left_in_vvp_what_only_loses_our_marker(self) -> None:
        resource = going(notes={"deletion-policy": "Orphan"})
        leave = changed(resource, snapshot(observed(manifest())))
        planned, left = plan_of(concluded(leave)), Report((done(leave),))
        assert planned.summary().endswith("0 to delete, 0 in sync, 1 to leave in VVP.")
        assert left.summary().endswith("0 deleted, 0 in sync, 1 left in VVP.")
        assert [row.what for row in planned.rows()] == ["leave in VVP"]
        assert [row.what for row in left.rows()] == ["left in VVP"]

    def test_counts_adoptions_and_deletions(self) -> None:
        results = [concluded(ADOPT), concluded(DELETE), concluded(DELETE)]
        assert plan_of(*results).summary() == (
            "Plan: 0 to create, 0 to change, 1 to adopt, 2 to delete, 0 in sync."
        )

    def test_counts_records_apart(self) -> None:
        assert plan_of(concluded(RECORD), IN_SYNC).summary() == (
            "Plan: 0 to create, 0 to change, 0 to adopt, 0 to delete, 1 in sync, 1 recorded."
        )

    def test_is_not_silent_on_what_is_invalid(self) -> None:
        assert plan_of(INVALID).summary() == (
            "Plan: 0 to create, 0 to change, 0 to adopt, 0 to delete, 0 in sync, 1 invalid."
        )

    def test_counts_what_a_brake_holds_back_apart_from_what_waits(self) -> None:
        decision = Blocked(manifest(), Reason.HeldByBrake, "2 updates", held=UPDATE)
        results = (concluded(decision), concluded(decision), BLOCKED, IN_SYNC)
        ending = "1 in sync, 2 held back, 1 blocked."
        assert plan_of(*results).summary().endswith(ending)
        assert Report(results).summary().endswith(ending)

    def test_counts_what_was_not_begun_as_blocked(self) -> None:
        skipped = concluded(CREATE, Skipped(CREATE, Reason.RetryNextPass, "interrupted"))
        assert Report((skipped,)).summary().endswith("0 in sync, 1 blocked.")

    def test_tells_of_earlier_passes_what_they_did(self) -> None:
        first = Report((done(CREATE), IN_SYNC, BLOCKED))
        last = Report((IN_SYNC, IN_SYNC, IN_SYNC)).after(first)
        assert last.summary() == "Applied: 1 created, 0 changed, 0 adopted, 0 deleted, 3 in sync."

    def test_counts_a_resource_that_went_in_steps_once(self) -> None:
        first, second = Report((done(CREATE),)), Report((done(CREATE),))
        assert second.after(first).summary().startswith("Applied: 1 created, ")


class TestTheExitCode:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    def test_is_3_only_where_a_person_has_something_to_mend(self, case: Case) -> None:
        expected = ExitCode.PROBLEMS if case.problem else ExitCode.DONE
        assert Report((case.result,)).exit_code is expected

    @pytest.mark.parametrize(
        ("report", "code"),
        [
            (Report(), 0),
            (Report((IN_SYNC, BLOCKED, RELEASED)), 0),
            (Report((INVALID, IN_SYNC)), 3),
            (Report((FAILED,)), 3),
            (Report((IN_SYNC,), ("a list failed",)), 3),
            (Report((INVALID,), decided=False), 5),
            (Report((), ("no answer",), decided=False), 5),
            (Report((INVALID,), tripped=("too many deletions",)), 4),
            (Report((IN_SYNC,), tripped=("too many deletions",), applied=False), 0),
            (Report((), decided=False, tripped=("too many deletions",)), 5),
        ],
    )
    def test_of_a_whole_report(self, report: Report, code: int) -> None:
        assert report.exit_code == code

    def test_has_the_documented_numbers(self) -> None:
        assert {code.name: code.value for code in ExitCode} == {
            "DONE": 0,
            "CHANGES": 1,
            "USAGE": 2,
            "PROBLEMS": 3,
            "HELD": 4,
            "UNREACHABLE": 5,
            "INTERRUPTED": 130,
            "TERMINATED": 143,
        }

    def test_of_a_deletion_that_vvp_holds_up_is_0(self) -> None:
        waits = concluded(DELETE, Failed(DELETE, PlatformConflict("409")))
        assert Report((waits,)).exit_code is ExitCode.DONE


class TestRows:
    def rows(self, *results: Result, preview: bool = False) -> list[tuple[str, str]]:
        return [(row.what, row.why) for row in Report(results, applied=not preview).rows()]

    def test_say_what_would_be_done(self) -> None:
        changes = [concluded(change) for change in (CREATE, UPDATE, ADOPT, DELETE)]
        words = [what for what, _ in self.rows(*changes, preview=True)]
        assert words == ["create", "update", "adopt", "delete"]

    def test_say_what_was_done(self) -> None:
        changes = [done(change) for change in (CREATE, UPDATE, ADOPT, DELETE)]
        words = [what for what, _ in self.rows(*changes)]
        assert words == ["created", "changed", "adopted", "deleted"]

    def test_are_none_for_what_is_in_sync_and_ready(self) -> None:
        assert self.rows(IN_SYNC) == []

    @pytest.mark.parametrize(
        ("name", "what", "why"),
        [
            ("transitioning", "waiting", "Progressing: VVP is moving it to RUNNING"),
            ("running and failing", "not ready", "JobFailing: VVP reports JobFailing: OOM"),
            ("waits for its target", "waiting", "DependencyNotReady: VVP has no"),
            ("not owned", "stalled", "NotOwned: the VVP object default/orders belongs to"),
            ("failed, and VVP holds what is declared", "stalled", "JobFailed: the job failed"),
            ("invalid", "invalid", "/spec: is required"),
            ("in a VVP namespace that cannot be read", "unknown", "500"),
            ("failed, and tried again", "failed", "PATCH: 500"),
            ("skipped for want of a dependency", "skipped", "DependencyNotReady: no target"),
            ("released", "released", "VVP no longer has default/orders"),
        ],
    )
    def test_say_what_is_the_matter(self, name: str, what: str, why: str) -> None:
        [case] = [case for case in CASES if case.name == name]
        [(found, text)] = self.rows(case.result)
        assert found == what
        assert text.startswith(why)

    def test_are_none_for_a_deletion_that_others_hold_up(self) -> None:
        assert self.rows(concluded(decided(going(finalizers=("another",))))) == []

    def test_name_three_fields_and_count_the_rest(self) -> None:
        before = observed(manifest(), {f"/metadata/labels/l{number}": "x" for number in range(5)})
        resource = manifest(edits={f"/metadata/labels/l{number}": "y" for number in range(5)})
        [(_, why)] = self.rows(concluded(changed(resource, snapshot(before))))
        places = "/metadata/labels/l0, /metadata/labels/l1, /metadata/labels/l2 and 2 more"
        assert why == f"the resource changed; {places}"

    def test_name_the_effect_on_the_job(self) -> None:
        [(_, why)] = self.rows(concluded(CREATE), preview=True)
        assert why == "VVP does not have it; job: start"

    def test_name_what_waits(self) -> None:
        transition = {"/status/state": "TRANSITIONING", "/metadata/labels/team": "x"}
        resource = manifest(edits={"/spec/state": "CANCELLED"}, status=status(generation=0))
        result = applied(resource, observed(resource), snapshot(observed(manifest(), transition)))
        [(_, why)] = self.rows(result)
        assert why == (
            "the resource changed; /spec/state; job: stop; "
            "1 field waits until VVP has finished its transition"
        )


def test_a_report_is_settled_when_nothing_waits() -> None:
    assert Report((IN_SYNC, INVALID, RELEASED)).settled
    assert not Report((IN_SYNC, BLOCKED)).settled
    assert Report().settled


class TestDiffers:
    """What ``diff --exit-code`` answers with 1."""

    @pytest.mark.parametrize(
        ("result", "differs"),
        [
            (concluded(CREATE), True),
            (concluded(ADOPT), True),
            (concluded(changed(manifest(status=status()), DRIFTED)), True),
            (concluded(changed(going(), snapshot(observed(manifest())))), True),
            (concluded(DELETE), True),
            (concluded(decided(manifest(status=status()), DRIFTED, drift=DriftMode.WARN)), True),
            (concluded(decided(manifest(status=status()), DRIFTED, drift=DriftMode.IGNORE)), False),
            (concluded(RECORD), False),
            (IN_SYNC, False),
            (RELEASED, False),
            (BLOCKED, False),
        ],
        ids=[
            "a creation", "an adoption", "drift", "a cancel", "a deletion",
            "drift that is left alone", "drift that nobody minds", "a renewed record", "in sync",
            "released", "waiting",
        ],
    )  # fmt: skip
    def test_by_what_is_alone(self, result: Result, differs: bool) -> None:
        assert Report((result,), applied=False).differs is differs

    def test_what_a_brake_holds_back_does(self) -> None:
        assert Report(applied=False, tripped=("9 deletions",)).differs
