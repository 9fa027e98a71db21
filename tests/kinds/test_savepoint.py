"""What is special about savepoints: no name, one deployment, a life that ends."""

from __future__ import annotations

from typing import Any

import pytest

from builders import REMOVED, desired, manifest, savepoint
from vpsync.errors import InvalidManifest
from vpsync.kinds.kind import UUID, Update
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.json import value_at
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Reference


def test_it_has_no_name_in_vvp() -> None:
    assert desired(manifest("VpSavepoint")).platform == PlatformKey("VpSavepoint", "default", "")


def test_vvp_has_no_way_to_change_one_and_it_holds_up_no_deletion() -> None:
    assert SAVEPOINT.update is Update.NEVER
    assert not SAVEPOINT.needs_finalizer(manifest("VpSavepoint"))


@pytest.mark.parametrize(
    ("policy", "edits", "needed"),
    [
        ("Delete", {}, True),
        ("Orphan", {}, False),
        ("delete", {}, False),
        ("Delete", {"/spec": {"savepointLocation": "s3://elsewhere/1"}}, False),
        ("Delete", {"/spec": {"savepointLocation": ""}}, True),
    ],
)
def test_it_holds_up_a_deletion_only_where_its_own_data_is_to_go(
    policy: str, edits: Any, needed: bool
) -> None:
    resource = manifest("VpSavepoint", edits=edits, notes={"deletion-policy": policy})
    assert SAVEPOINT.needs_finalizer(resource) is needed


@pytest.mark.parametrize(
    ("edits", "names", "ids"),
    [
        ({}, ("orders",), ()),
        ({"/deploymentName": REMOVED, "/metadata/deploymentId": "d-1"}, (), ("d-1",)),
        ({"/metadata/deploymentId": "d-1"}, ("orders",), ("d-1",)),
    ],
    ids=["by name", "by id", "by both"],
)
def test_it_is_of_one_deployment(edits: Any, names: Any, ids: Any) -> None:
    resource = manifest("VpSavepoint", edits={"/metadata/namespace": "analytics", **edits})
    assert desired(resource).reference == Reference("VpDeployment", "analytics", names, ids)


def test_of_no_deployment_it_is_invalid() -> None:
    with pytest.raises(InvalidManifest, match="set the deployment"):
        desired(manifest("VpSavepoint", edits={"/deploymentName": REMOVED}))


REGISTERED = {"/spec/savepointLocation": "s3://user:pw@old/one/?key=k"}


@pytest.mark.parametrize(
    ("spec", "body", "more"),
    [
        ({}, {}, {}),
        ({"savepointLocation": "", "flinkSavepointId": "x"}, {}, {}),
        (
            {"savepointLocation": "s3://a", "flinkSavepointId": "x"},
            {"savepointLocation": "s3://a", "flinkSavepointId": "x"},
            {"status": {"state": "COMPLETED"}},
        ),
        (
            {"savepointLocation": "s3://a", "flinkSavepointId": ""},
            {"savepointLocation": "s3://a"},
            {
                "status": {"state": "COMPLETED"},
                "spec": {"flinkSavepointId": "b7b0a6ad-9f22-8ad8-80d1-2ba5bf5e0c7a"},
            },
        ),
    ],
    ids=["taken", "taken, by an empty location", "registered", "registered without Flink's id"],
)
def test_a_location_is_sent_with_all_that_registering_takes(
    spec: Any, body: Any, more: Any
) -> None:
    wanted = desired(manifest("VpSavepoint", edits={"/spec": spec}))
    added = SAVEPOINT.creation(wanted)
    made_up = value_at(added, ("spec", "flinkSavepointId"))
    assert wanted.body == {"metadata": {}, "spec": body}
    assert added.get("status") == more.get("status")
    assert bool(made_up) == ("spec" in more)
    assert made_up is None or UUID.fullmatch(made_up)
    assert SAVEPOINT.creation(wanted) == added


def test_fields_that_no_schema_knows_pass_through() -> None:
    edits = {"/spec/format": {"type": "NATIVE"}, "/metadata/priority": "high"}
    body = desired(manifest("VpSavepoint", edits=edits)).body
    assert body == {"metadata": {"priority": "high"}, "spec": {"format": {"type": "NATIVE"}}}


@pytest.mark.parametrize(
    ("held", "state", "ready"),
    [
        ("s3://user:pw@old/one/?key=k", "COMPLETED", "True"),
        ("s3://***@old/one?key=***", "COMPLETED", "True"),
        ("s3://old/one", "COMPLETED", "True"),
        ("s3://vvp/new", "COMPLETED", "False"),
        ("s3://vvp/new", "STARTED", "False"),
        ("s3://old/one/two", "COMPLETED", "False"),
        (None, "COMPLETED", "False"),
        (None, "STARTED", "False"),
    ],
)
def test_a_savepoint_taken_instead_of_the_one_to_register_is_never_ready(
    held: str | None, state: str, ready: str
) -> None:
    wanted = desired(manifest("VpSavepoint", edits=REGISTERED))
    seen = savepoint(state=state, edits={"/spec/savepointLocation": held})
    judged = SAVEPOINT.judge(wanted, seen)
    assert judged.ready == ready
    if ready == "False" and (held, state) != (None, "STARTED"):
        assert (judged.reason, "instead" in judged.message) == (Reason.SavepointFailed, True)


def test_annotations_are_sent_when_it_is_asked_for_and_labels_are_not() -> None:
    """VVP's savepoints have annotations, and no labels."""
    metadata = {"/metadata": {"annotations": {"why": "upgrade"}, "labels": {"team": "orders"}}}
    resource = manifest("VpSavepoint", edits=metadata)
    assert SAVEPOINT.body(resource)["metadata"] == {"annotations": {"why": "upgrade"}}


@pytest.mark.parametrize(
    ("state", "ready", "reason"),
    [
        ("COMPLETED", "True", Reason.Succeeded),
        ("STARTED", "False", Reason.Progressing),
        ("", "False", Reason.Progressing),
        ("FAILED", "False", Reason.SavepointFailed),
        ("PENDING_DELETION", "False", Reason.Gone),
        ("DELETING", "False", Reason.Gone),
        ("FAILED_DELETION", "False", Reason.Gone),
        ("FROZEN", "Unknown", Reason.UnknownState),
    ],
)
def test_readiness_follows_from_the_state(state: str, ready: str, reason: Reason) -> None:
    judgement = SAVEPOINT.judge(desired(manifest("VpSavepoint")), savepoint(state=state))
    assert (judgement.ready, judgement.reason) == (ready, reason)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ({"message": "no storage", "reason": "R"}, "no storage"),
        ({"reason": "R"}, "R"),
        ({}, "VVP gives no reason"),
        (None, "VVP gives no reason"),
        ("no storage", "no storage"),
        (5, "VVP gives no reason"),
    ],
)
def test_a_failure_is_told_in_vvps_own_words(failure: Any, words: str) -> None:
    seen = savepoint(state="FAILED", edits={"/status/failure": failure})
    judgement = SAVEPOINT.judge(desired(manifest("VpSavepoint")), seen)
    assert f"{judgement.message} {judgement.detail}" == f"VVP could not take it: {words}"


def test_status_mirrors_state_location_and_origin() -> None:
    shown = SAVEPOINT.status(savepoint())
    assert set(shown) == set(SAVEPOINT.status_keys())
    assert shown == {
        "id": "sp-1",
        "state": "COMPLETED",
        "location": "s3://savepoints/sp-1",
        "deploymentId": "id-of-orders",
        "jobId": "job-1",
        "failure": None,
    }
