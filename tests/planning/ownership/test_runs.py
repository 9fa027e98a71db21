"""A deployment that is SUSPENDED has run, unless it is proved that it has not."""

from __future__ import annotations

from typing import Any

import pytest

from builders import (
    changed,
    decided,
    desired,
    going,
    identity_of,
    manifest,
    observed,
    snapshot,
)
from vpsync.model.change import Verb
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Applied, Result
from vpsync.planning.ownership.runs import is_open, left_state, may_have_run, never_ran
from vpsync.planning.queries import detail_query
from vpsync.status.conditions import concluded
from vpsync.status.runs import known_run

RESOURCE = manifest(edits={"/spec/state": "SUSPENDED"})
SEEN = observed(RESOURCE, {"/status": {"state": "SUSPENDED"}})
PROVED = {
    "id": SEEN.id,
    "resourceVersion": SEEN.resource_version,
    "state": "SUSPENDED",
    "hasRun": False,
}
NOTHING = snapshot(SEEN)


def asked(savepoints: tuple[Any, ...] | None = (), *, jobs: bool = False) -> Snapshot:
    known: dict[str, Any] = {} if savepoints is None else {"savepoints": {SEEN.id: savepoints}}
    return snapshot(SEEN, never_ran=frozenset() if jobs else frozenset({SEEN.id}), **known)


def test_no_job_and_no_savepoint_prove_that_it_never_ran() -> None:
    assert never_ran({}, SEEN, asked())
    assert not may_have_run({}, SEEN, asked())


@pytest.mark.parametrize(
    "vvp",
    [NOTHING, asked(jobs=True), asked(None), asked((SEEN,))],
    ids=["not asked", "jobs", "savepoints that could not be listed", "a savepoint"],
)
def test_anything_less_is_no_proof(vvp: Snapshot) -> None:
    assert not never_ran({}, SEEN, vvp)
    assert may_have_run({}, SEEN, vvp)


@pytest.mark.parametrize("status", [{"hasRun": True}, {"job": {"id": "job-1"}}])
def test_what_a_status_remembers_of_a_run_counts_more_than_an_empty_list(
    status: dict[str, Any],
) -> None:
    assert not never_ran(status, SEEN, asked())
    assert not is_open(status, SEEN)


def test_a_proof_holds_while_nothing_was_written_to_the_object() -> None:
    assert never_ran(PROVED, SEEN, NOTHING)
    assert not is_open(PROVED, SEEN)


@pytest.mark.parametrize(
    "moved", [{"id": "another"}, {"resourceVersion": 2}, {"state": "CANCELLED"}, {"hasRun": None}]
)
def test_a_proof_of_another_version_or_object_is_none(moved: dict[str, Any]) -> None:
    assert not never_ran({**PROVED, **moved}, SEEN, NOTHING)
    assert is_open({**PROVED, **moved}, SEEN)


def test_a_proof_of_an_object_without_a_version_is_none() -> None:
    seen = observed(RESOURCE, {"/status": {"state": "SUSPENDED"}, "/metadata/resourceVersion": 0})
    assert is_open({**PROVED, "resourceVersion": 0}, seen)


@pytest.mark.parametrize(
    "edits",
    [
        {"/status": {"state": "RUNNING"}},
        {"/status": {"state": "FAILED"}},
        {"/status": {"state": "FINISHED"}},
        {"/status": {"state": "SUSPENDED"}, "/spec/state": "RUNNING"},
        {"/status": {"state": "SUSPENDED", "running": {"jobId": "job-1"}}},
    ],
)
def test_a_state_that_only_follows_a_start_needs_no_proof(edits: dict[str, Any]) -> None:
    seen = observed(RESOURCE, edits)
    assert not is_open({}, seen)
    assert may_have_run({}, seen, asked())


@pytest.mark.parametrize(
    ("status", "left"),
    [
        ({"hasRun": True}, True),
        ({"hasRun": False, "state": "SUSPENDED"}, False),
        ({"state": "SUSPENDED"}, True),
        ({"state": "RUNNING"}, True),
        ({"state": "CANCELLED"}, False),
        ({}, False),
    ],
)
def test_one_that_is_gone_left_state_unless_it_was_proved_that_it_did_not(
    status: dict[str, Any], left: bool
) -> None:
    assert left_state(status) is left


CANCELLED = observed(RESOURCE, {"/status": {"state": "CANCELLED"}, "/metadata/resourceVersion": 9})
"""As one is that somebody started and cancelled, or only cancelled."""


def test_one_that_is_cancelled_since_it_was_proved_unstarted_may_have_run() -> None:
    vvp = snapshot(CANCELLED)
    assert is_open(PROVED, CANCELLED)
    assert may_have_run(PROVED, CANCELLED, vvp)
    result = concluded(decided(manifest(edits={"/spec/state": "CANCELLED"}, status=PROVED), vvp))
    assert known_run(result, CANCELLED, vvp) is True
    proof = snapshot(CANCELLED, never_ran=frozenset({SEEN.id}), savepoints={SEEN.id: ()})
    assert known_run(result, CANCELLED, proof) is False


def test_one_that_was_always_cancelled_is_not_asked_about() -> None:
    assert not is_open({}, CANCELLED)
    assert not may_have_run({}, CANCELLED, snapshot(CANCELLED))


def test_the_deletion_of_one_that_never_ran_is_no_run() -> None:
    leaving = going(edits={"/spec/state": "SUSPENDED"}, status=PROVED)
    gone = changed(leaving, NOTHING)
    assert gone.verb is Verb.DELETE
    result = Result(gone, Applied(gone, None), ())
    assert known_run(result, SEEN, NOTHING) is False


def test_vvp_is_asked_only_where_it_is_open() -> None:
    location = frozenset({("default", identity_of(RESOURCE))})
    first = detail_query([desired(RESOURCE)], NOTHING)
    assert (first.histories, first.savepoints) == (location, location)
    later = manifest(edits={"/spec/state": "SUSPENDED"}, status=PROVED)
    assert not detail_query([desired(later)], NOTHING).histories
    running = observed(RESOURCE, {"/status": {"state": "RUNNING"}})
    assert not detail_query([desired(RESOURCE)], snapshot(running)).histories
    in_file = manifest(edits={"/spec/state": "SUSPENDED"}, in_file=True)
    assert not detail_query([desired(in_file)], NOTHING).histories
