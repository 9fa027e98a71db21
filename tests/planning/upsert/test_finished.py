"""A finished batch job says when what was changed since has not run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import changed, in_sync, manifest, note_at, observed, platform_of, snapshot, status
from vpsync.kinds.job import SPEC_VERSION
from vpsync.model.annotating import RESTART, asking
from vpsync.model.condition import Condition
from vpsync.model.decision import Decision
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied
from vpsync.planning.ownership.marker import OWNER, marker_for, read_marker
from vpsync.planning.upsert.finished import RUN_ON_CHANGE
from vpsync.status.conditions import concluded

JAR = "/spec/template/spec/artifact/jarUri"
RESOURCE = manifest(edits={JAR: "s3://jobs/orders-2.jar"}, status=status(id="id-of-orders"))
WORDS = f"the new version has not run; to run it: {asking(RESOURCE, RESTART)}"


def held(unrun: str, version: str, state: str = "FINISHED") -> Observed:
    marker = replace(marker_for(RESOURCE, str(platform_of(RESOURCE)), "default"), unrun=unrun)
    edits = {"/status/state": state, note_at(SPEC_VERSION): version, note_at(OWNER): marker.text()}
    return observed(RESOURCE, edits)


def ready(decision: Decision) -> Condition:
    return next(one for one in concluded(decision).conditions or () if one.type == "Ready")


@pytest.mark.parametrize(
    ("unrun", "version", "told"),
    [("4", "5", True), ("4", "4", True), ("4", "6", False), ("", "5", False), ("4", "odd", True)],
    ids=["changed", "not counted", "started since by anybody", "never changed", "not a number"],
)
def test_the_message_says_so_until_it_was_started(unrun: str, version: str, told: bool) -> None:
    condition = ready(in_sync(RESOURCE, snapshot(held(unrun, version))))
    assert (condition.status, condition.reason) == ("True", "Finished")
    assert (WORDS in condition.message) is told


def test_a_change_of_the_template_of_a_finished_job_is_remembered_and_told_at_once() -> None:
    before = observed(manifest(), {"/status/state": "FINISHED", note_at(SPEC_VERSION): "4"})
    one = replace(RESOURCE, generation=2)
    change = changed(one, snapshot(before))
    marker = read_marker(change.metadata[OWNER])
    assert marker is not None
    assert marker.unrun == "4"
    answer = held("4", "5")
    told = concluded(change, Applied(change, answer)).conditions or ()
    assert any(WORDS in condition.message for condition in told)


def test_a_change_of_anything_else_or_of_a_running_job_is_not() -> None:
    label = {"/metadata/labels/team": "others"}
    running = changed(replace(RESOURCE, generation=2), snapshot(observed(manifest())))
    finished = observed(manifest(), {"/status/state": "FINISHED"})
    labelled = manifest(edits=label, status=status(id="id-of-orders"), generation=2)
    for change in (running, changed(labelled, snapshot(finished))):
        marker = read_marker(change.metadata[OWNER])
        assert marker is not None
        assert marker.unrun == ""


def test_what_puts_back_a_departure_of_vvp_is_the_version_that_ran() -> None:
    ran = manifest(status=status(id="id-of-orders"))
    edits = {"/status/state": "FINISHED", JAR: "s3://jobs/by-hand.jar"}
    change = changed(ran, snapshot(observed(ran, edits)))
    marker = read_marker(change.metadata[OWNER])
    assert marker is not None
    assert marker.unrun == ""


def test_run_on_change_does_not_hide_which_request_was_fulfilled_last() -> None:
    notes = {"run-on-change": "true", "restart-requested-at": "monday"}
    resource = manifest(
        edits={JAR: "s3://jobs/orders-2.jar"}, notes=notes, status=status(id="id-of-orders")
    )
    marker = marker_for(resource, str(platform_of(resource)), "default")
    marker = replace(marker, restarting=RUN_ON_CHANGE, restarted="monday")
    edits = {
        "/status/state": "CANCELLED",
        "/spec/state": "CANCELLED",
        note_at(OWNER): marker.text(),
    }
    start = changed(resource, snapshot(observed(resource, edits)))
    assert [(one.path, one.after) for one in start.fields] == [(("spec", "state"), "RUNNING")]
    written = read_marker(start.metadata[OWNER])
    assert written is not None
    assert (written.restarting, written.restarted) == ("", "monday")
