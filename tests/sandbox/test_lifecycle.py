"""The state machine of deployments: transitions, jobs, savepoints and events, read by read."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from .api import Api, artifact, deployment, template

OpenApi = Callable[..., Api]

ORDERS = "deployments/orders"


def seen(api: Api, count: int) -> list[str]:
    """The states that the next reads show."""
    return list(islice(api.states(), count))


def desire(api: Api, state: str) -> None:
    assert api.patch(ORDERS, {"spec": {"state": state}}).status_code == 200


def jobs(api: Api) -> list[str]:
    return [job["status"]["state"] for job in api.items("jobs")]


def event_names(api: Api) -> list[str]:
    return [event["metadata"]["name"] for event in api.items("events")]


def test_a_deployment_created_cancelled_stays_there_without_a_job(api: Api) -> None:
    api.make_deployment()
    assert seen(api, 3) == ["CANCELLED"] * 3
    assert api.items("jobs") == []
    assert api.items("events") == []


def test_a_transition_shows_to_as_many_reads_as_the_option_says(open_api: OpenApi) -> None:
    for polls in (0, 1, 2, 5):
        api = open_api(polls_per_transition=polls)
        api.make_deployment(state="RUNNING")
        assert seen(api, polls + 2) == ["TRANSITIONING"] * polls + ["RUNNING"] * 2


def test_a_list_counts_as_a_read_of_each_deployment(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    states = [api.items("deployments")[0]["status"]["state"] for _ in range(3)]
    assert states == ["TRANSITIONING", "TRANSITIONING", "RUNNING"]


def test_a_list_that_leaves_a_deployment_out_does_not_count_as_a_read(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    for _ in range(5):
        assert api.items("deployments?labelSelector=a%3Db") == []
    assert seen(api, 1) == ["TRANSITIONING"]


def test_starting_makes_a_job_that_goes_from_starting_to_started(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    assert jobs(api) == []
    seen(api, 1)
    assert jobs(api) == ["STARTING"]
    seen(api, 2)
    assert jobs(api) == ["STARTED"]
    running = api.read(ORDERS)["status"]["running"]
    assert running["jobId"] == api.items("jobs")[0]["metadata"]["id"]
    assert [own["type"] for own in running["conditions"]] == ["JobFailing"]
    assert running["conditions"][0]["status"] == "False"


def test_details_of_running_show_only_while_running(api: Api) -> None:
    api.make_running()
    desire(api, "CANCELLED")
    for _ in range(4):
        shown = api.read(ORDERS)["status"]
        assert ("running" in shown) is (shown["state"] == "RUNNING")


def test_the_answer_to_a_write_still_shows_the_old_state(api: Api) -> None:
    api.make_running()
    answer = api.patch(ORDERS, {"spec": {"state": "CANCELLED"}}).json()
    assert answer["status"]["state"] == "RUNNING"
    assert seen(api, 1) == ["TRANSITIONING"]


def test_cancelling_terminates_the_job_and_takes_no_savepoint(api: Api) -> None:
    api.make_running()
    desire(api, "CANCELLED")
    assert seen(api, 1) == ["TRANSITIONING"]
    assert jobs(api) == ["TERMINATING"]
    assert seen(api, 2) == ["TRANSITIONING", "CANCELLED"]
    assert jobs(api) == ["TERMINATED"]
    assert "terminatedAt" in api.items("jobs")[0]["metadata"]
    assert api.items("savepoints") == []


def test_suspending_takes_a_savepoint_of_origin_suspend_and_then_terminates(api: Api) -> None:
    api.make_running()
    desire(api, "SUSPENDED")
    seen(api, 1)
    assert api.items("savepoints")[0]["status"]["state"] == "STARTED"
    assert jobs(api) == ["STARTED"]
    seen(api, 1)
    assert api.items("savepoints")[0]["status"]["state"] == "COMPLETED"
    assert seen(api, 1) == ["SUSPENDED"]
    assert jobs(api) == ["TERMINATED"]
    assert api.items("savepoints")[0]["metadata"]["origin"] == "SUSPEND"


def test_resuming_restores_the_savepoint_of_the_suspension(api: Api) -> None:
    api.make_running()
    desire(api, "SUSPENDED")
    api.sandbox.settle()
    desire(api, "RUNNING")
    api.sandbox.settle()
    location = api.items("savepoints")[0]["spec"]["savepointLocation"]
    assert api.items("jobs")[-1]["spec"]["savepointLocation"] == location


def test_suspended_goes_to_cancelled_without_a_job(api: Api) -> None:
    api.make_running()
    desire(api, "SUSPENDED")
    api.sandbox.settle()
    desire(api, "CANCELLED")
    api.sandbox.settle()
    assert seen(api, 1) == ["CANCELLED"]
    assert jobs(api) == ["TERMINATED"]


@pytest.mark.parametrize("strategy", ["STATEFUL", "STATELESS", "NONE"])
def test_a_changed_template_upgrades_as_the_strategy_says(api: Api, strategy: str) -> None:
    api.make_running(upgradeStrategy={"kind": strategy})
    api.patch(ORDERS, template(parallelism=3))
    if strategy == "NONE":
        assert seen(api, 3) == ["RUNNING"] * 3
        assert jobs(api) == ["STARTED"]
        assert api.items("jobs")[0]["spec"]["parallelism"] == 1
        return
    assert seen(api, 3) == ["TRANSITIONING", "TRANSITIONING", "RUNNING"]
    assert jobs(api) == ["TERMINATED", "STARTED"]
    assert [job["spec"]["parallelism"] for job in api.items("jobs")] == [1, 3]
    savepoints = api.items("savepoints")
    assert [own["metadata"]["origin"] for own in savepoints] == (
        ["SUSPEND"] if strategy == "STATEFUL" else []
    )


def test_before_2_6_the_savepoint_of_an_upgrade_has_an_origin_of_its_own(open_api: OpenApi) -> None:
    api = open_api(version="2.4.3")
    api.make_running()
    api.patch(ORDERS, template(parallelism=3))
    api.sandbox.settle()
    assert api.items("savepoints")[0]["metadata"]["origin"] == "SUSPEND_AND_UPGRADE"


def test_a_template_skipped_by_strategy_none_is_used_at_the_next_start(api: Api) -> None:
    api.make_running(upgradeStrategy={"kind": "NONE"})
    api.patch(ORDERS, template(parallelism=3))
    for state in ("CANCELLED", "RUNNING"):
        desire(api, state)
        api.sandbox.settle()
    assert [job["spec"]["parallelism"] for job in api.items("jobs")] == [1, 3]


@pytest.mark.parametrize(
    "patch",
    [
        {"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}, "displayName": "D"}},
        {"spec": {"upgradeStrategy": {"kind": "NONE"}}},
        {"spec": {"restoreStrategy": {"kind": "NONE"}}},
        {"spec": {"maxJobCreationAttempts": 7, "maxSavepointCreationAttempts": 7}},
        {"spec": {"template": {"spec": {"parallelism": 1}}}},
    ],
)
def test_what_is_not_a_changed_template_does_not_restart(api: Api, patch: Any) -> None:
    api.make_running()
    api.patch(ORDERS, patch)
    assert seen(api, 2) == ["RUNNING"] * 2
    assert jobs(api) == ["STARTED"]


def test_naming_the_same_target_by_id_does_not_restart(api: Api) -> None:
    api.make_running()
    target = api.read("deployment-targets/jobs")["metadata"]["id"]
    api.patch(ORDERS, {"spec": {"deploymentTargetId": target}})
    assert seen(api, 2) == ["RUNNING"] * 2


@pytest.mark.parametrize(
    ("strategy", "origins", "restored"),
    [
        ("LATEST_STATE", ["USER_REQUEST", "RETAINED_CHECKPOINT"], "RETAINED_CHECKPOINT"),
        ("LATEST_SAVEPOINT", ["USER_REQUEST", "RETAINED_CHECKPOINT"], "USER_REQUEST"),
        ("NONE", ["USER_REQUEST"], None),
    ],
)
def test_the_restore_strategy_picks_the_savepoint(
    open_api: OpenApi, strategy: str, origins: list[str], restored: str | None
) -> None:
    api = open_api(retained_checkpoint_on_cancel="RETAINED_CHECKPOINT" in origins)
    owner = api.make_running(restoreStrategy={"kind": strategy})["metadata"]["id"]
    api.post("savepoints", {"metadata": {"deploymentId": owner}})
    api.sandbox.settle()
    for state in ("CANCELLED", "RUNNING"):
        desire(api, state)
        api.sandbox.settle()
    places = {
        own["spec"]["savepointLocation"]: own["metadata"]["origin"]
        for own in api.items("savepoints")
    }
    assert sorted(places.values()) == sorted(origins)
    assert places.get(api.items("jobs")[-1]["spec"].get("savepointLocation", "")) == restored


def test_a_job_that_finished_leaves_the_desired_state_running(api: Api) -> None:
    api.make_running()
    api.sandbox.script_state("default", "orders", "FINISHED")
    shown = api.read(ORDERS)
    assert (shown["spec"]["state"], shown["status"]["state"]) == ("RUNNING", "FINISHED")
    assert jobs(api) == ["FINISHED"]
    assert "TRANSITIONED_TO_FINISHED_STATE" in event_names(api)


def test_finished_goes_to_cancelled_when_that_is_desired(api: Api) -> None:
    api.make_running()
    api.sandbox.script_state("default", "orders", "FINISHED")
    desire(api, "CANCELLED")
    api.sandbox.settle()
    assert seen(api, 1) == ["CANCELLED"]


def test_failed_is_left_only_by_desiring_cancelled(api: Api) -> None:
    api.make_running()
    api.sandbox.script_state("default", "orders", "FAILED", "no slots")
    for patch in (template(parallelism=3), {"spec": {"state": "SUSPENDED"}}):
        api.patch(ORDERS, patch)
        assert seen(api, 3) == ["FAILED"] * 3
    desire(api, "CANCELLED")
    assert seen(api, 3) == ["TRANSITIONING", "TRANSITIONING", "CANCELLED"]
    desire(api, "RUNNING")
    api.sandbox.settle()
    assert seen(api, 1) == ["RUNNING"]


def test_a_failed_job_says_why(api: Api) -> None:
    api.make_running()
    api.sandbox.script_state("default", "orders", "FAILED", "no slots")
    job = api.items("jobs")[0]
    assert job["status"]["state"] == "FAILED"
    assert job["status"]["failure"]["message"] == "no slots"
    assert "no slots" in [event["spec"]["message"] for event in api.items("events")]


def test_a_start_that_fails_ends_in_failed(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    api.sandbox.fail_next_start("default", "orders", "image not found")
    api.sandbox.settle()
    assert seen(api, 2) == ["FAILED"] * 2
    assert jobs(api) == ["FAILED"]
    assert "TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS" in event_names(api)


@pytest.mark.parametrize("patch", [{"spec": {"state": "SUSPENDED"}}, template(parallelism=3)])
def test_a_failed_savepoint_fails_the_suspension_and_the_upgrade(api: Api, patch: Any) -> None:
    api.make_running()
    api.sandbox.fail_next_savepoint("default", "orders", "disk full")
    api.patch(ORDERS, patch)
    api.sandbox.settle()
    assert seen(api, 2) == ["FAILED"] * 2
    savepoint = api.items("savepoints")[0]
    assert savepoint["status"]["state"] == "FAILED"
    assert savepoint["status"]["failure"]["message"] == "disk full"
    assert jobs(api) == ["STARTED"]
    desire(api, "CANCELLED")
    api.sandbox.settle()
    assert seen(api, 1) == ["CANCELLED"]
    assert jobs(api) == ["TERMINATED"]


def test_cancelled_interrupts_a_start(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    seen(api, 1)
    desire(api, "CANCELLED")
    assert seen(api, 3) == ["TRANSITIONING", "TRANSITIONING", "CANCELLED"]
    assert jobs(api) == ["TERMINATED"]


def test_cancelled_interrupts_a_suspension_whose_savepoint_fails(api: Api) -> None:
    api.make_running()
    desire(api, "SUSPENDED")
    seen(api, 1)
    desire(api, "CANCELLED")
    api.sandbox.settle()
    assert seen(api, 1) == ["CANCELLED"]
    assert api.items("savepoints")[0]["status"]["state"] == "FAILED"


def test_another_change_waits_until_the_transition_is_through(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    seen(api, 1)
    api.patch(ORDERS, template(parallelism=3))
    assert seen(api, 1) == ["TRANSITIONING"]
    api.sandbox.settle()
    assert jobs(api) == ["TERMINATED", "STARTED"]
    assert api.items("jobs")[-1]["spec"]["parallelism"] == 3


def test_running_desired_again_during_a_cancellation_comes_after_it(api: Api) -> None:
    api.make_running()
    desire(api, "CANCELLED")
    seen(api, 1)
    desire(api, "RUNNING")
    api.sandbox.settle()
    assert seen(api, 1) == ["RUNNING"]
    assert jobs(api) == ["TERMINATED", "STARTED"]


def test_a_desire_taken_back_before_any_read_has_no_effect(api: Api) -> None:
    api.make_running()
    desire(api, "CANCELLED")
    desire(api, "RUNNING")
    assert seen(api, 3) == ["RUNNING"] * 3
    assert jobs(api) == ["STARTED"]


def test_the_controllers_raise_the_resource_version_by_themselves(api: Api) -> None:
    made = api.make_deployment(state="RUNNING")["metadata"]["resourceVersion"]
    versions = [api.read(ORDERS)["metadata"]["resourceVersion"] for _ in range(4)]
    assert made < versions[0] <= versions[1] < versions[2] == versions[3]


def test_the_controllers_write_their_annotations(api: Api) -> None:
    prefix = "com.dataartisans.appmanager.controller.deployment."
    made = api.make_deployment(state="RUNNING")["metadata"]["annotations"]
    assert made == {prefix + "spec.version": "1", prefix + "transitioning": "false"}
    moving = api.read(ORDERS)["metadata"]["annotations"]
    assert moving[prefix + "transitioning"] == "true"
    assert moving[prefix + "transitioning.since"].isdigit()
    api.sandbox.settle()
    changed = api.patch(ORDERS, template(parallelism=2)).json()["metadata"]["annotations"]
    assert changed[prefix + "spec.version"] == "2"
    api.sandbox.settle()
    assert api.items("jobs")[-1]["metadata"]["annotations"] == {prefix + "spec.version": "2"}


def test_each_transition_writes_events_about_deployment_and_job(api: Api) -> None:
    api.make_running()
    assert event_names(api) == [
        "STATE_TRANSITION_IS_NEEDED",
        "CREATING_A_NEW_JOB",
        "AWAITING_A_JOB_TO_START",
        "JOB_SUCCESSFULLY_STARTED",
        "STATE_TRANSITION_IS_COMPLETED",
    ]
    events = api.items("events")
    owner = api.read(ORDERS)["metadata"]["id"]
    assert {event["metadata"]["deploymentId"] for event in events} == {owner}
    job = events[-1]["metadata"]["jobId"]
    assert len(api.items(f"events?jobId={job}")) == 4
    assert len(api.items(f"events?deploymentId={owner}&jobId={job}")) == 4
    assert api.items("events?deploymentId=x") == []


def test_jobs_are_filtered_by_deployment_and_read_by_id(api: Api) -> None:
    first = api.make_running()
    api.make_running("other")
    shown = api.items(f"jobs?deploymentId={first['metadata']['id']}")
    assert [job["metadata"]["deploymentName"] for job in shown] == ["orders"]
    assert api.read(f"jobs/{shown[0]['metadata']['id']}") == shown[0]
    assert api.get("jobs/nowhere").status_code == 404


def test_a_job_is_a_copy_of_the_template_it_was_started_from(api: Api) -> None:
    api.make_running(**template(artifact=artifact(mainArgs="--a"))["spec"])
    spec = api.items("jobs")[0]["spec"]
    assert spec["artifact"]["mainArgs"] == "--a"
    assert spec["deploymentTarget"] == {"kubernetes": {"namespace": "flink"}}


def test_a_hanging_deployment_shows_transitioning_for_ever(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    api.sandbox.hang("default", "orders")
    assert seen(api, 6) == ["TRANSITIONING"] * 6
    desire(api, "CANCELLED")
    api.sandbox.settle()
    assert seen(api, 3) == ["TRANSITIONING"] * 3
    assert api.delete(ORDERS).status_code == 409
    api.sandbox.unhang("default", "orders")
    api.sandbox.settle()
    assert seen(api, 1) == ["CANCELLED"]


def test_a_hanging_deployment_may_heal_when_cancelled_is_desired(api: Api) -> None:
    api.make_running()
    api.sandbox.hang("default", "orders", heals_on_cancel=True)
    assert seen(api, 3) == ["TRANSITIONING"] * 3
    desire(api, "CANCELLED")
    assert seen(api, 3)[-1] == "CANCELLED"
    assert jobs(api) == ["TERMINATED"]


def test_a_deployment_that_hung_without_a_transition_goes_back_to_where_it_was(api: Api) -> None:
    before = api.make_running()["status"]["running"]["jobId"]
    api.sandbox.hang("default", "orders")
    seen(api, 2)
    api.sandbox.unhang("default", "orders")
    assert api.read(ORDERS)["status"]["running"]["jobId"] == before


def test_a_failing_job_is_a_condition_of_a_running_deployment(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    api.sandbox.script_state("default", "orders", "RUNNING", "restarting", job_failing=True)
    shown = api.read(ORDERS)["status"]
    assert shown["state"] == "RUNNING"
    assert shown["running"]["conditions"][0]["status"] == "True"
    assert shown["running"]["conditions"][0]["message"] == "restarting"
    api.sandbox.script_state("default", "orders", "RUNNING")
    assert api.read(ORDERS)["status"]["running"]["conditions"][0]["status"] == "False"


def test_a_state_that_nobody_knows_can_be_shown(api: Api) -> None:
    api.make_running()
    api.sandbox.script_state("default", "orders", "MEDITATING")
    assert seen(api, 2) == ["MEDITATING"] * 2


def test_deployments_move_independently(api: Api) -> None:
    api.make_running("a")
    api.post("deployments", deployment("b"))
    api.read("deployments/b")
    assert next(api.states("deployments/a")) == "RUNNING"
    assert next(api.states("deployments/b")) == "TRANSITIONING"
