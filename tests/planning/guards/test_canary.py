"""What shows that VVP did not leave a job alone when only our marker was written."""

from __future__ import annotations

import pytest

from builders import REMOVED, changed, manifest, note_at, observed, snapshot, target
from vpsync.kinds.job import SPEC_VERSION
from vpsync.planning.guards.canary import is_disturbed, marks_a_running_job
from vpsync.planning.ownership.marker import OWNER

BARE = observed(manifest(), marked=False)


def test_a_marker_alone_on_a_running_job_is_a_canary() -> None:
    assert marks_a_running_job(changed(manifest(), snapshot(BARE)))
    lost = observed(manifest(), {note_at(OWNER): REMOVED})
    assert marks_a_running_job(changed(manifest(), snapshot(lost), adopt="always"))


def test_what_changes_more_or_meets_no_job_is_none() -> None:
    ended = {"/status/state": "CANCELLED", "/spec/state": "CANCELLED", "/status/running": REMOVED}
    still = manifest(edits={"/spec/state": "CANCELLED"})
    assert not marks_a_running_job(changed(still, snapshot(observed(still, ended, marked=False))))
    assert not marks_a_running_job(changed(manifest(), snapshot()))
    bare = target(edits={note_at(OWNER): REMOVED})
    assert not marks_a_running_job(changed(manifest("VpDeploymentTarget"), snapshot(bare)))


@pytest.mark.parametrize(
    "edits",
    [
        {note_at(SPEC_VERSION): "2"},
        {"/status/running/jobId": "another"},
        {"/status/state": "TRANSITIONING"},
        {"/status/state": "TRANSITIONING", "/status/running": REMOVED},
    ],
)
def test_a_new_spec_version_job_or_transition_disturbs(edits: dict[str, object]) -> None:
    before = observed(manifest(), {note_at(SPEC_VERSION): "1"})
    assert is_disturbed(before, observed(manifest(), {note_at(SPEC_VERSION): "1", **edits}))


def test_a_new_resource_version_alone_does_not() -> None:
    assert not is_disturbed(BARE, observed(manifest(), {"/metadata/resourceVersion": 9}))
