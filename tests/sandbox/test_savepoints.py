"""Savepoints: trigger, register, read, delete."""

from collections.abc import Callable
from typing import Any

import pytest

from .api import Api, Json

OpenApi = Callable[..., Api]
SPEC_VERSION = "com.dataartisans.appmanager.controller.deployment.spec.version"


def trigger(api: Api, owner: str, **metadata: Any) -> Json:
    answer = api.post("savepoints", {"metadata": {"deploymentId": owner, **metadata}})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def running(api: Api) -> str:
    return str(api.make_running()["metadata"]["id"])


def test_a_triggered_savepoint_is_started_and_has_its_location_at_once(api: Api) -> None:
    owner = running(api)
    made = trigger(api, owner)
    assert made["status"] == {"state": "STARTED"}
    assert made["metadata"]["origin"] == "USER_REQUEST"
    assert made["spec"]["savepointLocation"].endswith(
        f"/namespaces/default/deployments/{owner}/{made['metadata']['id']}"
    )
    assert made["metadata"]["jobId"] == api.items("jobs")[0]["metadata"]["id"]


@pytest.mark.parametrize("by", ["id", "list", "deployment", "job"])
def test_a_savepoint_completes_after_some_reads(api: Api, by: str) -> None:
    made = trigger(api, running(api))["metadata"]
    path = {
        "id": f"savepoints/{made['id']}",
        "list": "savepoints",
        "deployment": f"savepoints?deploymentId={made['deploymentId']}",
        "job": f"savepoints?jobId={made['jobId']}",
    }[by]

    def state() -> str:
        shown = api.read(path)
        return str((shown if by == "id" else shown["items"][0])["status"]["state"])

    assert [state() for _ in range(4)] == ["STARTED", "STARTED", "COMPLETED", "COMPLETED"]


def test_a_read_of_other_savepoints_does_not_push_it(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]
    for _ in range(5):
        assert api.items("savepoints?deploymentId=other") == []
    assert api.read(f"savepoints/{made['id']}")["status"]["state"] == "STARTED"


@pytest.mark.parametrize("state", ["CANCELLED", "SUSPENDED", "FAILED", "FINISHED"])
def test_a_deployment_without_a_job_refuses_with_the_words_of_vvp(api: Api, state: str) -> None:
    owner = running(api)
    api.sandbox.script_state("default", "orders", state)
    answer = api.post("savepoints", {"metadata": {"deploymentId": owner}})
    assert answer.status_code == 400
    assert answer.json()["message"] == "No active job for a deployment."


def test_a_savepoint_needs_the_id_of_a_deployment_that_is_there(api: Api) -> None:
    assert api.post("savepoints", {"metadata": {}}).status_code == 400
    answer = api.post("savepoints", {"metadata": {"deploymentId": "orders"}})
    assert answer.status_code == 404


def test_a_given_location_registers_a_snapshot_as_copied_and_completed(api: Api) -> None:
    owner = api.make_deployment()["metadata"]["id"]
    body = {"metadata": {"deploymentId": owner}, "spec": {"savepointLocation": "s3://old/1"}}
    made = api.post("savepoints", body).json()
    assert made["metadata"]["origin"] == "COPIED"
    assert made["spec"]["savepointLocation"] == "s3://old/1"
    assert made["status"]["state"] == "COMPLETED"


def test_annotations_sent_with_a_savepoint_come_back(api: Api) -> None:
    made = trigger(api, running(api), annotations={"who": "me"})
    assert made["metadata"]["annotations"]["who"] == "me"
    assert api.items("savepoints")[0]["metadata"]["annotations"]["who"] == "me"


def test_a_scripted_failure_shows_its_reason(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.fail_next_savepoint("default", "orders", "disk full")
    api.sandbox.settle()
    shown = api.read(f"savepoints/{made}")["status"]
    assert shown["state"] == "FAILED"
    assert shown["failure"].keys() == {"message", "reason", "failedAt"}
    assert shown["failure"]["message"] == "disk full"
    again = trigger(api, running_id(api))
    api.sandbox.settle()
    assert api.read(f"savepoints/{again['metadata']['id']}")["status"]["state"] == "COMPLETED"


def running_id(api: Api) -> str:
    return str(api.read("deployments/orders")["metadata"]["id"])


def test_a_savepoint_fails_with_its_job(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.script_state("default", "orders", "FAILED")
    assert api.read(f"savepoints/{made}")["status"]["state"] == "FAILED"


def test_delete_passes_the_deletion_states_and_ends_in_404(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.settle()
    answer = api.delete(f"savepoints/{made}")
    assert (answer.status_code, answer.content) == (200, b"")
    states = [api.read(f"savepoints/{made}")["status"]["state"] for _ in range(2)]
    assert states == ["PENDING_DELETION", "DELETING"]
    assert api.get(f"savepoints/{made}").status_code == 404
    assert api.delete(f"savepoints/{made}").status_code == 404


def test_a_savepoint_that_is_going_is_not_restored(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.settle()
    api.delete(f"savepoints/{made}")
    for state in ("CANCELLED", "RUNNING"):
        api.patch("deployments/orders", {"spec": {"state": state}})
        for _ in range(4):
            api.read("deployments/orders")
    assert "savepointLocation" not in api.items("jobs")[-1]["spec"]


def test_one_that_is_being_taken_is_deleted_by_force_only(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    assert api.delete(f"savepoints/{made}").status_code == 409
    assert api.delete(f"savepoints/{made}?force=true").status_code == 200
    assert api.get(f"savepoints/{made}").status_code == 404


def test_a_deletion_that_failed_may_be_repeated(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.script_savepoint("default", made, "FAILED_DELETION", "denied")
    shown = api.read(f"savepoints/{made}")["status"]
    assert (shown["state"], shown["failure"]["message"]) == ("FAILED_DELETION", "denied")
    assert api.delete(f"savepoints/{made}").status_code == 200
    api.sandbox.settle()
    assert api.get(f"savepoints/{made}").status_code == 404


def test_the_platform_may_prune_a_savepoint(api: Api) -> None:
    made = trigger(api, running(api))["metadata"]["id"]
    api.sandbox.prune_savepoint("default", made)
    assert api.get(f"savepoints/{made}").status_code == 404
    assert api.items("savepoints") == []


def test_before_2_6_there_is_no_delete_and_no_type_before_2_5(open_api: OpenApi) -> None:
    api = open_api(version="2.4.3")
    made = trigger(api, running(api))["metadata"]
    assert "type" not in made
    assert api.delete(f"savepoints/{made['id']}").status_code == 405


RECIPE_SPEC = {
    "savepointLocation": "s3://old/savepoint-1",
    "flinkSavepointId": "11111111-2222-4333-8444-555555555555",
}


def test_a_snapshot_is_registered_as_the_recipe_of_the_vendor_has_it(open_api: OpenApi) -> None:
    for setting in ("registers", "triggers"):
        api = open_api(location_alone=setting)
        owner = api.make_deployment()["metadata"]["id"]
        metadata = {"deploymentId": owner, "annotations": {SPEC_VERSION: "7"}}
        body = {"metadata": metadata, "spec": RECIPE_SPEC, "status": {"state": "COMPLETED"}}
        made = api.post("savepoints", body)
        assert made.status_code == 201
        shown = api.read(f"savepoints/{made.json()['metadata']['id']}")
        assert shown["spec"] == RECIPE_SPEC
        assert shown["status"]["state"] == "COMPLETED"
        assert shown["metadata"]["origin"] == "COPIED"
        assert shown["metadata"]["annotations"][SPEC_VERSION] == "7"


def test_a_location_without_the_id_of_flink_may_trigger_a_savepoint(open_api: OpenApi) -> None:
    api = open_api(location_alone="triggers")
    owner = api.make_running()["metadata"]["id"]
    spec = {"savepointLocation": "s3://old/savepoint-1"}
    made = api.post("savepoints", {"metadata": {"deploymentId": owner}, "spec": spec}).json()
    assert made["metadata"]["origin"] == "USER_REQUEST"
    assert made["spec"]["savepointLocation"] != "s3://old/savepoint-1"
