"""Targets, deployment defaults, secret values and session clusters over REST."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from .api import Api, Json, deployment, target, template

OpenApi = Callable[..., Api]


def test_a_target_is_made_read_and_removed(api: Api) -> None:
    made = api.make_target("VVP_jobs-1")
    assert api.read("deployment-targets/VVP_jobs-1") == made
    assert api.items("deployment-targets") == [made]
    answer = api.delete("deployment-targets/VVP_jobs-1")
    assert (answer.status_code, answer.json()) == (200, made)
    assert api.get("deployment-targets/VVP_jobs-1").status_code == 404
    assert api.delete("deployment-targets/VVP_jobs-1").status_code == 404


def test_a_target_may_leave_its_kubernetes_namespace_open(api: Api) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"kubernetes": {}}}
    assert api.post("deployment-targets", body).json()["spec"] == {"kubernetes": {}}


@pytest.mark.parametrize(
    "body",
    [
        {"metadata": {"name": "a"}},
        {"metadata": {"name": "a"}, "spec": {}},
        {"metadata": {"name": "a b"}, "spec": {"kubernetes": {}}},
        {"metadata": {"name": "a" * 251}, "spec": {"kubernetes": {}}},
        {"metadata": {}, "spec": {"kubernetes": {}}},
        {"metadata": {"name": "a", "labels": {"a": {}}}, "spec": {"kubernetes": {}}},
        {"metadata": {"name": "a"}, "spec": {"kubernetes": {"namespace": [1]}}},
    ],
)
def test_an_invalid_target_is_refused(api: Api, body: Json) -> None:
    assert api.post("deployment-targets", body).status_code == 400


def test_a_second_target_of_that_name_is_refused(api: Api) -> None:
    api.make_target()
    assert api.post("deployment-targets", target()).status_code == 409


def test_a_target_has_no_patch(api: Api) -> None:
    api.make_target()
    assert api.patch("deployment-targets/jobs", {}).status_code == 405


def test_put_of_a_target_creates_it_or_replaces_its_metadata(api: Api) -> None:
    assert api.put("deployment-targets/jobs", target()).status_code == 201
    made = api.read("deployment-targets/jobs")["metadata"]
    body = target()
    body["metadata"] |= {"labels": {"a": "b"}, "annotations": {"c": "d"}}
    answer = api.put("deployment-targets/jobs", body)
    assert answer.status_code == 200
    after = answer.json()["metadata"]
    assert (after["labels"], after["annotations"]) == ({"a": "b"}, {"c": "d"})
    assert after["id"] == made["id"]
    assert after["resourceVersion"] == made["resourceVersion"] + 1
    assert api.put("deployment-targets/jobs", target()).json()["metadata"]["labels"] == {}


def test_the_spec_of_a_target_is_immutable(api: Api) -> None:
    api.make_target()
    body = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "other"}}}
    assert api.put("deployment-targets/jobs", body).status_code == 400
    assert api.read("deployment-targets/jobs")["spec"] == target()["spec"]


@pytest.mark.parametrize("by", ["name", "id", "session cluster"])
def test_a_target_that_is_referenced_cannot_be_deleted(api: Api, by: str) -> None:
    made = api.make_target()["metadata"]["id"]
    if by == "session cluster":
        spec = {"deploymentTargetName": "jobs"}
        api.post("sessionclusters", {"metadata": {"name": "a"}, "spec": spec})
    else:
        chosen = {"deploymentTargetId": made, "deploymentTargetName": None} if by == "id" else {}
        api.post("deployments", deployment("a", state="CANCELLED", **chosen))
    answer = api.delete("deployment-targets/jobs")
    assert answer.status_code == 409
    assert "referenced" in answer.json()["message"]
    api.delete("sessionclusters/a" if by == "session cluster" else "deployments/a")
    assert api.delete("deployment-targets/jobs").status_code == 200


def test_defaults_are_empty_at_first_and_patched_by_merge(api: Api) -> None:
    assert api.read("deployment-defaults")["spec"] == {}
    config = {"a": "1", "b": 2}
    api.patch("deployment-defaults", template(parallelism=2, flinkConfiguration=config))
    spec = api.patch("deployment-defaults", template(flinkConfiguration={"a": None})).json()["spec"]
    assert spec == template(parallelism=2, flinkConfiguration={"b": "2"})["spec"]
    assert api.read("deployment-defaults")["spec"] == spec


def test_defaults_are_checked_like_a_deployment_but_need_nothing(api: Api) -> None:
    assert api.patch("deployment-defaults", template(parallelism=0)).status_code == 400
    assert api.patch("deployment-defaults", {"spec": {"state": "X"}}).status_code == 400
    assert api.patch("deployment-defaults", {"spec": {}}).status_code == 200
    assert api.post("deployment-defaults", {}).status_code == 405
    assert api.put("deployment-defaults", {}).status_code == 405


def test_global_defaults_are_read_only(api: Api) -> None:
    spec = api.read("/api/v1/global-deployment-defaults")["spec"]
    assert spec["upgradeStrategy"] == {"kind": "STATEFUL"}
    assert api.patch("/api/v1/global-deployment-defaults", {}).status_code == 405


def test_version_2_4_0_refuses_a_target_in_the_defaults(open_api: OpenApi) -> None:
    for version, status in (("2.4.0", 400), ("2.4.1", 200)):
        api = open_api(version=version)
        made = api.make_target()["metadata"]["id"]
        patch = {"spec": {"deploymentTargetId": made}}
        assert api.patch("deployment-defaults", patch).status_code == status


def test_there_are_no_deployment_defaults_before_2_1(open_api: OpenApi) -> None:
    api = open_api(version="2.0.1")
    assert api.get("deployment-defaults").status_code == 404
    assert api.get("sessionclusters").status_code == 404


def secret(name: str = "PASSWORD", **spec: Any) -> Json:
    return {"metadata": {"name": name}, "spec": {"kind": "PLAIN", "value": "hunter2", **spec}}


def test_a_secret_value_is_made_patched_and_removed_and_never_shown(api: Api) -> None:
    made = api.post("secret-values", secret(kind="Plain"))
    assert made.status_code == 201
    answers = [
        made,
        api.get("secret-values"),
        api.get("secret-values/PASSWORD"),
        api.patch("secret-values/PASSWORD", {"spec": {"kind": "PLAIN", "value": "hunter3"}}),
        api.patch("secret-values/PASSWORD", {"metadata": {"labels": {"a": "b"}}}),
    ]
    assert api.sandbox.secret("default", "PASSWORD") == "hunter3"
    answers.append(api.delete("secret-values/PASSWORD"))
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200]
    assert "hunter" not in "".join(answer.text for answer in answers)
    assert api.get("secret-values/PASSWORD").status_code == 404
    assert api.sandbox.secret("default", "PASSWORD") is None


@pytest.mark.parametrize(
    "body", [secret("a b"), secret(kind="VAULT"), secret(value=None), secret(value=[5])]
)
def test_an_invalid_secret_value_is_refused(api: Api, body: Json) -> None:
    assert api.post("secret-values", body).status_code == 400


def test_a_secret_value_has_no_put_and_keeps_its_name(api: Api) -> None:
    api.post("secret-values", secret())
    assert api.post("secret-values", secret()).status_code == 409
    assert api.put("secret-values/PASSWORD", secret()).status_code == 405
    renamed = {"metadata": {"name": "OTHER"}}
    assert api.patch("secret-values/PASSWORD", renamed).status_code == 400


def make_cluster(api: Api, **spec: Any) -> Json:
    api.sandbox.call("POST", "/api/v1/namespaces/default/deployment-targets", target())
    body = {"metadata": {"name": "shared"}, "spec": {"deploymentTargetName": "jobs", **spec}}
    answer = api.post("sessionclusters", body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def cluster_states(api: Api, count: int) -> list[str]:
    return list(islice(api.states("sessionclusters/shared"), count))


def test_a_session_cluster_starts_and_stops_over_some_reads(api: Api) -> None:
    assert make_cluster(api, state="RUNNING")["status"]["state"] == "STARTING"
    assert cluster_states(api, 3) == ["STARTING", "STARTING", "RUNNING"]
    answer = api.patch("sessionclusters/shared", {"spec": {"state": "STOPPED"}})
    assert answer.json()["status"]["state"] == "STOPPING"
    assert cluster_states(api, 3) == ["STOPPING", "STOPPING", "STOPPED"]
    names = [event["metadata"]["name"] for event in api.items("events")]
    assert names == ["SESSION_CLUSTER_SUCCESSFULLY_STARTED", "SESSION_CLUSTER_SUCCESSFULLY_STOPPED"]
    owner = api.read("sessionclusters/shared")["metadata"]["id"]
    assert len(api.items(f"events?sessionClusterId={owner}")) == 2


def test_a_running_session_cluster_only_scales_and_stops(api: Api) -> None:
    make_cluster(api, state="RUNNING", flinkVersion="1.15")
    api.sandbox.settle()
    change = {"spec": {"flinkVersion": "1.16"}}
    assert api.patch("sessionclusters/shared", change).status_code == 400
    scaled = api.patch("sessionclusters/shared", {"spec": {"numberOfTaskManagers": 3}})
    assert scaled.json()["status"]["state"] == "UPDATING"
    api.patch("sessionclusters/shared", {"spec": {"state": "STOPPED"}})
    api.sandbox.settle()
    assert api.patch("sessionclusters/shared", change).json()["spec"]["flinkVersion"] == "1.16"


def test_put_of_a_session_cluster_creates_or_replaces_it(api: Api) -> None:
    api.make_target()
    body = {"spec": {"deploymentTargetName": "jobs", "flinkVersion": "1.15"}}
    assert api.put("sessionclusters/shared", body).status_code == 201
    del body["spec"]["flinkVersion"]
    answer = api.put("sessionclusters/shared", body)
    assert answer.status_code == 200
    assert "flinkVersion" not in answer.json()["spec"]


def test_a_session_cluster_in_use_is_not_stopped_and_not_deleted(api: Api) -> None:
    make_cluster(api, state="RUNNING")
    api.post("deployments", deployment("a", deploymentTargetName=None, sessionClusterName="shared"))
    api.sandbox.settle()
    assert api.delete("sessionclusters/shared").status_code == 409
    stop = {"spec": {"state": "STOPPED"}}
    assert api.patch("sessionclusters/shared", stop).status_code == 409
    api.patch("deployments/a", {"spec": {"state": "CANCELLED"}})
    api.sandbox.settle()
    assert api.patch("sessionclusters/shared", stop).status_code == 200
    api.sandbox.settle()
    assert api.delete("sessionclusters/shared").status_code == 409
    api.delete("deployments/a")
    assert api.delete("sessionclusters/shared").status_code == 200
    assert api.get("sessionclusters/shared").status_code == 404


@pytest.mark.parametrize(
    "spec",
    [{"deploymentTargetName": "nowhere"}, {"deploymentTargetName": None}, {"state": "SUSPENDED"}],
)
def test_an_invalid_session_cluster_is_refused(api: Api, spec: Json) -> None:
    api.make_target()
    body = {"metadata": {"name": "a"}, "spec": {"deploymentTargetName": "jobs", **spec}}
    assert api.post("sessionclusters", body).status_code == 400


def test_every_deployment_has_an_autopilot_policy(api: Api) -> None:
    owner = api.make_deployment()["metadata"]["id"]
    base = "/autopilot/v1alpha1/namespaces/default"
    assert [own["mode"] for own in api.read(base)["policies"]] == ["AUTOPILOT_MODE_DISABLED"]
    api.sandbox.set_autopilot("default", "orders", "ACTIVE", {"maxParallelism": 9})
    policy = api.read(base)["policies"][0]
    assert policy["mode"] == "AUTOPILOT_MODE_ACTIVE"
    assert policy["autoscalerConfig"] == {"maxParallelism": 9}
    assert owner in policy["name"]
    path = f"{base}/deployments/{owner}/autopilotpolicy"
    changed = api.put(path, {"mode": "AUTOPILOT_MODE_MONITORING"})
    assert changed.json() == api.read(path)
    assert api.read(path)["policy"]["mode"] == "AUTOPILOT_MODE_MONITORING"
    assert api.put(path, {"mode": "ON"}).status_code == 400
    assert api.read(f"{path}:recommendation") == {"recommendation": {}}
    assert api.read(f"{path}:status")["status"]["status"] == "POLICY_STATUS_OK"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"mode": "AUTOPILOT_MODE_INVALID"},
        {"mode": "AUTOPILOT_MODE_ACTIVE", "autoscalerConfig": {"maxParallelism": "many"}},
        {"mode": "AUTOPILOT_MODE_ACTIVE", "autoscalerConfig": {"extraConfig": {"a": []}}},
        {"mode": "AUTOPILOT_MODE_ACTIVE", "libraConfig": []},
    ],
)
def test_an_invalid_autopilot_policy_is_refused_and_changes_nothing(api: Api, body: Any) -> None:
    owner = api.make_deployment()["metadata"]["id"]
    path = f"/autopilot/v1alpha1/namespaces/default/deployments/{owner}/autopilotpolicy"
    before = api.read(path)
    assert api.put(path, body).status_code == 400
    assert api.read(path) == before


@pytest.mark.parametrize(("version", "status"), [("2.1.0", 404), ("2.2.0", 200)])
def test_autopilot_is_there_from_2_2_on(open_api: OpenApi, version: str, status: int) -> None:
    path = "/autopilot/v1alpha1/namespaces/default"
    assert open_api(version=version).get(path).status_code == status
