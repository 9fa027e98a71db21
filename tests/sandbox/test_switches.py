"""Each switch of the sandbox, in the setting that is not its default."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from vpsync.sandbox import PresetToken, Sandbox, SandboxOptions

from .api import Api, Json, artifact, deployment, target, template

OpenApi = Callable[..., Api]

CONTROLLER = "com.dataartisans."


def test_ids_never_repeat_also_when_the_platform_starts_anew() -> None:
    def ids() -> set[str]:
        sandbox = Sandbox()
        base = "/api/v1/namespaces/default/deployment-targets"
        made = [sandbox.call("POST", base, target(f"jobs{n}"))[1] for n in range(20)]
        return {own["metadata"]["id"] for own in made}

    assert len(ids() | ids()) == 40


def test_seed_makes_ids_reproducible() -> None:
    def first_id(seed: int) -> str:
        sandbox = Sandbox(SandboxOptions(seed=seed))
        path = "/api/v1/namespaces/default/deployment-targets"
        return str(sandbox.call("POST", path, target())[1]["metadata"]["id"])

    assert first_id(1) == first_id(1) != first_id(2)
    assert first_id(1)[14] == "4"


def test_clock_gives_every_time() -> None:
    moment = datetime(2020, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    with Sandbox(clock=lambda: moment) as sandbox:
        api = Api(sandbox)
        assert api.make_target()["metadata"]["createdAt"] == "2020-02-03T04:05:06.000007Z"
        answer = api.get("deployments")
        assert answer.headers["Date"] == "Mon, 03 Feb 2020 04:05:06 GMT"
        api.close()


def test_version_is_reported(open_api: OpenApi) -> None:
    info = open_api(version="2.6.2").read("/api/v1/status/system-info")
    assert info["status"]["revisionInformation"]["buildVersion"] == "2.6.2"


def test_namespaces_exist_from_the_start(open_api: OpenApi) -> None:
    shown = open_api(namespaces=("a", "b")).read("/namespaces/v1/namespaces")["namespaces"]
    assert [own["name"] for own in shown] == ["namespaces/a", "namespaces/b"]


def test_polls_until_namespace_gone(open_api: OpenApi) -> None:
    api = open_api(polls_until_namespace_gone=0)
    api.delete("/namespaces/v1/namespaces/default")
    assert api.get("/namespaces/v1/namespaces/default").status_code == 404


def test_latency_holds_answers_back(open_api: OpenApi) -> None:
    api = open_api(latency=0.05)
    assert api.get("deployments").elapsed.total_seconds() >= 0.05


def test_log_limit_forgets_old_requests(open_api: OpenApi) -> None:
    api = open_api(log_limit=2)
    for _ in range(5):
        api.get("deployments")
    assert [entry.number for entry in api.sandbox.requests] == [4, 5]


def test_max_events_per_deployment_drops_old_events(open_api: OpenApi) -> None:
    api = open_api(max_events_per_deployment=2)
    api.make_running()
    names = [event["metadata"]["name"] for event in api.items("events")]
    assert names == ["JOB_SUCCESSFULLY_STARTED", "STATE_TRANSITION_IS_COMPLETED"]


def test_global_defaults_are_the_lowest_layer(open_api: OpenApi) -> None:
    api = open_api(global_defaults={"state": "CANCELLED", "maxJobCreationAttempts": 9})
    api.make_target()
    spec = api.post("deployments", deployment()).json()["spec"]
    assert (spec["state"], spec["maxJobCreationAttempts"]) == ("CANCELLED", 9)
    assert "upgradeStrategy" not in spec


def test_create_status_of_secrets_and_session_clusters(open_api: OpenApi) -> None:
    api = open_api(create_status=200)
    body = {"metadata": {"name": "S"}, "spec": {"kind": "PLAIN", "value": "x"}}
    assert api.post("secret-values", body).status_code == 200


def test_an_answer_that_is_not_stale_shows_transitioning(open_api: OpenApi) -> None:
    api = open_api(stale_status_after_patch=False)
    assert api.make_deployment(state="RUNNING")["status"]["state"] == "TRANSITIONING"
    seen = [api.read("deployments/orders")["status"]["state"] for _ in range(3)]
    assert seen == ["TRANSITIONING", "TRANSITIONING", "RUNNING"]


@pytest.mark.parametrize("state", ["RUNNING", "CANCELLED"])
def test_a_new_deployment_may_show_no_status(open_api: OpenApi, state: str) -> None:
    api = open_api(status_on_create="absent")
    assert "status" not in api.make_deployment(state=state)
    assert "status" in api.read("deployments/orders")


@pytest.mark.parametrize("by", ["deploymentTargetName", "deploymentTargetId"])
def test_target_reference_both_shows_name_and_id(open_api: OpenApi, by: str) -> None:
    api = open_api(target_reference="both")
    made = api.make_target()["metadata"]
    chosen = {"deploymentTargetName": None, by: made["name" if by.endswith("Name") else "id"]}
    api.post("deployments", deployment(**chosen))
    for shown in (api.read("deployments/orders"), api.items("deployments")[0]):
        assert shown["spec"]["deploymentTargetName"] == "jobs"
        assert shown["spec"]["deploymentTargetId"] == made["id"]


def test_a_new_target_on_a_live_deployment_is_an_upgrade_or_refused(open_api: OpenApi) -> None:
    for setting, status in (("upgrade", 200), ("reject", 409)):
        api = open_api(live_target_change=setting)
        api.make_running()
        api.make_target("other")
        patch = {"spec": {"deploymentTargetName": "other"}}
        assert api.patch("deployments/orders", patch).status_code == status
        api.sandbox.settle()
        assert len(api.items("jobs")) == (2 if status == 200 else 1)
        api.patch("deployments/orders", {"spec": {"state": "CANCELLED"}})
        api.sandbox.settle()
        assert api.patch("deployments/orders", patch).status_code == 200


def test_a_new_target_may_wait_until_something_else_starts_a_transition(open_api: OpenApi) -> None:
    api = open_api(live_target_change="later")
    api.make_running()
    api.make_target("other")
    patch = {"spec": {"deploymentTargetName": "other"}}
    assert api.patch("deployments/orders", patch).status_code == 200
    api.sandbox.settle()
    assert len(api.items("jobs")) == 1
    api.patch("deployments/orders", template(parallelism=2))
    api.sandbox.settle()
    assert len(api.items("jobs")) == 2


def test_delete_running_status(open_api: OpenApi) -> None:
    api = open_api(delete_running_status=400)
    api.make_running()
    assert api.delete("deployments/orders").status_code == 400


def test_delete_while_transitioning(open_api: OpenApi) -> None:
    api = open_api(delete_while_transitioning=True)
    api.make_running()
    api.patch("deployments/orders", {"spec": {"state": "CANCELLED"}})
    assert api.delete("deployments/orders").status_code == 200
    assert api.items("jobs") == []


def test_savepoints_may_go_with_their_deployment(open_api: OpenApi) -> None:
    api = open_api(savepoints_survive_deployment=False)
    api.make_running()
    api.patch("deployments/orders", {"spec": {"state": "SUSPENDED"}})
    api.sandbox.settle()
    api.delete("deployments/orders")
    assert api.items("savepoints") == []


def test_an_outdated_resource_version_is_ignored_or_a_conflict(open_api: OpenApi) -> None:
    for setting, status in (("ignore", 200), ("conflict", 409)):
        api = open_api(stale_resource_version=setting)
        held = api.make_deployment()
        api.patch("deployments/orders", {"metadata": {"labels": {"a": "b"}}})
        assert api.patch("deployments/orders", held).status_code == status
        assert api.put("deployments/orders", held).status_code == status
        assert api.patch("deployments/orders", api.read("deployments/orders")).status_code == 200
        old = api.read("deployment-targets/jobs")
        api.put("deployment-targets/jobs", target())
        assert api.put("deployment-targets/jobs", old).status_code == status


def test_unknown_fields_may_be_refused(open_api: OpenApi) -> None:
    api = open_api(unknown_fields="reject")
    api.make_target()
    for body in (
        deployment(colour="red"),
        deployment(template={"spec": {"artifact": artifact(colour="red")}}),
        {**deployment(), "metadata": {"name": "orders", "colour": "red"}},
    ):
        answer = api.post("deployments", body)
        assert answer.status_code == 400
        assert "colour" in answer.json()["message"]
    odd = {"name": "namespaces/a", "colour": "red"}
    assert api.post("/namespaces/v1/namespaces", odd).status_code == 400


def test_put_applies_defaults_off(open_api: OpenApi) -> None:
    api = open_api(put_applies_defaults=False)
    api.make_deployment()
    spec = api.put("deployments/orders", deployment(state="CANCELLED")).json()["spec"]
    assert "parallelism" not in spec["template"]["spec"]


def test_before_2_6_put_has_no_parameter_for_defaults(open_api: OpenApi) -> None:
    api = open_api(version="2.5.0")
    api.make_deployment()
    answer = api.put("deployments/orders?applyDefaults=false", deployment(state="CANCELLED"))
    assert answer.json()["spec"]["template"]["spec"]["parallelism"] == 1


def test_patch_may_fill_defaults_again(open_api: OpenApi) -> None:
    for setting in (False, True):
        api = open_api(patch_applies_defaults=setting)
        api.make_deployment()
        spec = api.patch("deployments/orders", template(parallelism=None)).json()["spec"]
        assert ("parallelism" in spec["template"]["spec"]) is setting


def test_put_may_keep_metadata(open_api: OpenApi) -> None:
    api = open_api(put_keeps_metadata=True)
    api.make_deployment()
    patch = {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}
    api.patch("deployments/orders", patch)
    shown = api.put("deployments/orders", deployment(state="CANCELLED")).json()["metadata"]
    assert shown["labels"] == {"a": "b"}
    assert shown["annotations"]["c"] == "d"


def test_put_may_ignore_another_name(open_api: OpenApi) -> None:
    api = open_api(put_name_mismatch="ignore")
    api.make_deployment()
    answer = api.put("deployments/orders", deployment("other", state="CANCELLED"))
    assert answer.json()["metadata"]["name"] == "orders"


def test_changed_target_status(open_api: OpenApi) -> None:
    api = open_api(changed_target_status=409)
    api.make_target()
    body = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {}}}
    assert api.put("deployment-targets/jobs", body).status_code == 409


def test_suspended_desired_without_a_job_is_reached_or_fails(open_api: OpenApi) -> None:
    for setting, state in (("suspended", "SUSPENDED"), ("failed", "FAILED")):
        api = open_api(suspend_from_cancelled=setting)
        api.make_deployment()
        api.patch("deployments/orders", {"spec": {"state": "SUSPENDED"}})
        api.sandbox.settle()
        assert api.read("deployments/orders")["status"]["state"] == state
        assert api.items("savepoints") == []
        names = [event["metadata"]["name"] for event in api.items("events")]
        assert "COULD_NOT_FIND_A_JOB_TO_SUSPEND" in names


def test_failed_may_restart_on_a_change(open_api: OpenApi) -> None:
    api = open_api(failed_restarts_on_change=True)
    api.make_running()
    api.sandbox.script_state("default", "orders", "FAILED")
    api.patch("deployments/orders", {"metadata": {"labels": {"a": "b"}}})
    api.sandbox.settle()
    assert api.read("deployments/orders")["status"]["state"] == "FAILED"
    api.patch("deployments/orders", template(parallelism=2))
    api.sandbox.settle()
    assert api.read("deployments/orders")["status"]["state"] == "RUNNING"


def test_cancelling_may_record_a_retained_checkpoint(open_api: OpenApi) -> None:
    api = open_api(retained_checkpoint_on_cancel=True)
    api.make_running()
    api.patch("deployments/orders", {"spec": {"state": "CANCELLED"}})
    api.sandbox.settle()
    shown = api.items("savepoints")[0]
    assert shown["metadata"]["origin"] == "RETAINED_CHECKPOINT"
    assert shown["status"]["state"] == "COMPLETED"


def test_the_latest_savepoint_may_be_ineligible_for_deletion(open_api: OpenApi) -> None:
    api = open_api(latest_savepoint_deletable=False)
    owner = api.make_running()["metadata"]["id"]
    first, last = (
        api.post("savepoints", {"metadata": {"deploymentId": owner}}).json()["metadata"]["id"]
        for _ in range(2)
    )
    api.sandbox.settle()
    assert api.delete(f"savepoints/{last}").status_code == 409
    assert api.delete(f"savepoints/{first}").status_code == 200
    assert api.delete(f"savepoints/{last}?force=true").status_code == 200


def test_annotations_on_savepoints_may_be_lost(open_api: OpenApi) -> None:
    api = open_api(keep_annotations_on_savepoints=False)
    owner = api.make_running()["metadata"]["id"]
    body = {"metadata": {"deploymentId": owner, "annotations": {"a": "b"}}}
    assert "a" not in api.post("savepoints", body).json()["metadata"]["annotations"]


def test_foreign_annotations_on_deployments_may_be_lost(open_api: OpenApi) -> None:
    api = open_api(drop_foreign_annotations=True)
    api.make_target()
    body = deployment(state="CANCELLED")
    body["metadata"]["annotations"] = {"a": "b"}
    shown = api.post("deployments", body).json()["metadata"]["annotations"]
    assert all(key.startswith(CONTROLLER) for key in shown)
    patch = {"metadata": {"annotations": {"a": "b"}}}
    answer = api.patch("deployments/orders", patch)
    assert answer.status_code == 200
    assert answer.json()["metadata"]["annotations"] == shown


def test_an_annotation_may_count_as_an_upgrade(open_api: OpenApi) -> None:
    api = open_api(annotation_write_restarts=True)
    before = api.make_running()
    patch = {"metadata": {"annotations": {"a": "b"}}}
    answer = api.patch("deployments/orders", patch).json()
    version = CONTROLLER + "appmanager.controller.deployment.spec.version"
    assert answer["metadata"]["annotations"][version] == "2"
    api.sandbox.settle()
    after = api.read("deployments/orders")["status"]["running"]["jobId"]
    assert after != before["status"]["running"]["jobId"]
    api.patch("deployments/orders", patch)
    api.patch("deployments/orders", {"metadata": {"labels": {"a": "b"}}})
    api.sandbox.settle()
    assert api.read("deployments/orders")["status"]["running"]["jobId"] == after


def test_nulls_may_be_left_out(open_api: OpenApi) -> None:
    spec = open_api(render_nulls=False).make_deployment()["spec"]
    assert "sessionClusterName" not in spec
    assert "log4j2ConfigurationTemplate" not in spec["template"]["spec"]["logging"]


@pytest.mark.parametrize(("setting", "shown"), [("return", "hunter2"), ("mask", "********")])
def test_secret_value_on_read(open_api: OpenApi, setting: str, shown: str) -> None:
    api = open_api(secret_value_on_read=setting)
    body = {"metadata": {"name": "S"}, "spec": {"kind": "PLAIN", "value": "hunter2"}}
    api.post("secret-values", body)
    assert api.read("secret-values/S")["spec"]["value"] == shown
    api.patch("secret-values/S", {"metadata": {"labels": {"a": "b"}}})
    assert api.sandbox.secret("default", "S") == "hunter2"


def test_the_kind_of_a_secret_may_read_back_as_sent(open_api: OpenApi) -> None:
    api = open_api(secret_kind_case="as-sent")
    body = {"metadata": {"name": "S"}, "spec": {"kind": "Plain", "value": "x"}}
    assert api.post("secret-values", body).json()["spec"]["kind"] == "Plain"


def test_a_running_session_cluster_may_be_deletable(open_api: OpenApi) -> None:
    api = open_api(session_delete_needs_stop=False)
    api.make_target()
    spec = {"deploymentTargetName": "jobs", "state": "RUNNING"}
    api.post("sessionclusters", {"metadata": {"name": "a"}, "spec": spec})
    assert api.delete("sessionclusters/a").status_code == 200


def test_lists_may_be_shuffled(open_api: OpenApi) -> None:
    api = open_api(list_order="shuffled")
    for number in range(8):
        api.make_target(f"t{number}")
    orders = [[own["metadata"]["name"] for own in api.items("deployment-targets")] for _ in "12345"]
    assert all(sorted(order) == sorted(orders[0]) for order in orders)
    assert any(order != sorted(order) for order in orders)


def test_empty_lists_of_the_platform_may_be_left_out(open_api: OpenApi) -> None:
    api = open_api(omit_empty_lists=True)
    assert api.read("/apitokens/v1/namespaces/default/apitokens") == {}
    assert api.read("/autopilot/v1alpha1/namespaces/default") == {}
    shown = api.read("/namespaces/v1/namespaces")["namespaces"][0]
    assert "roleBindings" not in shown
    assert api.items("deployments") == []


def test_patch_of_a_namespace_may_add_bindings(open_api: OpenApi) -> None:
    api = open_api(patch_merges_role_bindings=True)
    first, second = ({"role": "owner", "members": [name]} for name in ("user:a", "user:b"))
    for own in (first, second, second):
        api.patch("/namespaces/v1/namespaces/default", {"roleBindings": [own]})
    shown = api.read("/namespaces/v1/namespaces/default")["namespace"]["roleBindings"]
    assert shown == [first, second]


def test_a_post_to_the_platform_api_may_answer_201(open_api: OpenApi) -> None:
    api = open_api(platform_create_status=201)
    assert api.post("/namespaces/v1/namespaces", {"name": "namespaces/a"}).status_code == 201
    token = {"name": "namespaces/a/apitokens/robot", "role": "owner"}
    assert api.post("/apitokens/v1/namespaces/a/apitokens", token).status_code == 201


def test_error_bodies_may_have_nothing_but_the_message(open_api: OpenApi) -> None:
    body = open_api(error_body="message").get("deployments/nowhere").json()
    assert body.keys() == {"message"}


def test_error_bodies_may_have_the_members_of_spring(open_api: OpenApi) -> None:
    body = open_api(error_body="spring").get("deployments/nowhere").json()
    assert body["status"] == 404
    assert body["error"] == "Not Found"
    assert body["path"] == "/api/v1/namespaces/default/deployments/nowhere"
    assert {"timestamp", "message"} <= body.keys()


def test_the_media_type_of_merge_patches_may_be_accepted(open_api: OpenApi) -> None:
    for setting, status in ((False, 415), (True, 200)):
        api = open_api(merge_patch_media_type=setting)
        api.make_deployment()
        answer = api.session.patch(
            f"{api.sandbox.url}/api/v1/namespaces/default/deployments/orders",
            data="{}",
            headers={"Content-Type": "application/merge-patch+json"},
            timeout=10,
        )
        assert answer.status_code == status


@pytest.mark.parametrize("status", [403, 501])
def test_platform_refusal_status(open_api: OpenApi, status: int) -> None:
    api = open_api(edition="community", platform_refusal_status=status)
    assert api.get("/namespaces/v1/namespaces").status_code == status


def test_absent_token_status(open_api: OpenApi) -> None:
    path = "/apitokens/v1/namespaces/default/apitokens/x"
    for status in (404, 403):
        assert open_api(absent_token_status=status).get(path).status_code == status


def test_system_info_may_need_no_token() -> None:
    options = SandboxOptions(auth=True, system_info_needs_token=False)
    with Sandbox(options, tokens=[PresetToken("default", "a", "viewer", "s")]) as sandbox:
        api = Api(sandbox)
        assert api.get("/api/v1/status/system-info").status_code == 200
        assert api.get("deployments").status_code == 401
        api.close()


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (dict(version="2.5.4"), 400),
        (dict(version="2.6.0"), 409),
        (dict(duplicate_target_status=400), 400),
        (dict(version="2.5.4", duplicate_target_status=409), 409),
    ],
)
def test_a_target_that_exists_already_is_refused_as_the_version_does(
    open_api: OpenApi, options: Json, status: int
) -> None:
    api = open_api(**options)
    api.make_target()
    assert api.post("deployment-targets", target()).status_code == status


def test_every_switch_has_a_test_here() -> None:
    import dataclasses
    import pathlib

    folder = pathlib.Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*.py"))
    missing: list[Any] = [
        field.name for field in dataclasses.fields(SandboxOptions) if f"{field.name}=" not in text
    ]
    assert missing == []
