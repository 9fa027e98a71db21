"""Deployments over REST: create, read, patch, replace, delete, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from .api import Api, Json, artifact, deployment, template

OpenApi = Callable[..., Api]


def test_creation_answers_201_and_fills_the_defaults_in(api: Api) -> None:
    api.make_target()
    answer = api.post("deployments", deployment())
    assert answer.status_code == 201
    spec = answer.json()["spec"]
    assert spec["upgradeStrategy"] == {"kind": "STATEFUL"}
    assert spec["maxJobCreationAttempts"] == 4
    assert spec["template"]["spec"]["parallelism"] == 1
    assert answer.json()["metadata"]["resourceVersion"] == 1


def test_defaults_of_the_namespace_win_over_global_ones_and_the_body_over_both(api: Api) -> None:
    api.patch("deployment-defaults", template(parallelism=3, numberOfTaskManagers=3))
    made = api.make_deployment("a", **template(artifact=artifact(), parallelism=5)["spec"])
    spec = made["spec"]["template"]["spec"]
    assert (spec["parallelism"], spec["numberOfTaskManagers"]) == (5, 3)


def test_later_changes_of_the_defaults_do_not_reach_existing_deployments(api: Api) -> None:
    api.make_deployment()
    api.patch("deployment-defaults", template(parallelism=9))
    shown = api.read("deployments/orders")
    assert shown["spec"]["template"]["spec"]["parallelism"] == 1


def test_a_target_of_the_defaults_serves_a_deployment_that_names_none(api: Api) -> None:
    api.make_target()
    api.patch("deployment-defaults", {"spec": {"deploymentTargetName": "jobs"}})
    body = {"metadata": {"name": "a"}, "spec": template(artifact=artifact())["spec"]}
    assert api.post("deployments", body).json()["spec"]["deploymentTargetName"] == "jobs"


def test_a_target_named_in_the_body_replaces_that_of_the_defaults(api: Api) -> None:
    other = api.make_target("other")["metadata"]["id"]
    api.make_target()
    api.patch("deployment-defaults", {"spec": {"deploymentTargetName": "jobs"}})
    spec = {**template(artifact=artifact())["spec"], "deploymentTargetId": other}
    made = api.post("deployments", {"metadata": {"name": "a"}, "spec": spec}).json()
    assert made["spec"]["deploymentTargetId"] == other
    assert "deploymentTargetName" not in made["spec"]


def test_a_deployment_is_addressed_by_name_and_by_id(api: Api) -> None:
    made = api.make_deployment()
    assert api.read("deployments/orders") == api.read(f"deployments/{made['metadata']['id']}")


def test_a_path_value_that_reads_as_an_id_is_an_id_first(api: Api) -> None:
    first = api.make_deployment("first")["metadata"]["id"]
    api.make_deployment(first)
    assert api.read(f"deployments/{first}")["metadata"]["name"] == "first"


def test_a_name_that_reads_as_an_id_is_found_by_name_if_no_id_matches(api: Api) -> None:
    name = "0a0a0a0a-0b0b-4c0c-8d0d-0e0e0e0e0e0e"
    api.make_deployment(name)
    assert api.read(f"deployments/{name}")["metadata"]["name"] == name


def test_the_label_selector_filters_the_list(api: Api) -> None:
    api.make_target()
    for name, team in (("a", "blue"), ("b", "red"), ("c", "green")):
        body = deployment(name, state="CANCELLED")
        body["metadata"]["labels"] = {"team": team}
        api.post("deployments", body)
    api.make_deployment("d")

    def selected(selector: str) -> list[str]:
        found = api.session.get(
            f"{api.sandbox.url}/api/v1/namespaces/default/deployments",
            params={"labelSelector": selector},
            timeout=10,
        )
        return [item["metadata"]["name"] for item in found.json()["items"]]

    assert selected("team=blue") == ["a"]
    assert selected("team==blue") == ["a"]
    assert selected("team!=blue") == ["b", "c", "d"]
    assert selected("team in (blue, red)") == ["a", "b"]
    assert selected("team notin (blue,red)") == ["c", "d"]
    assert selected("team") == ["a", "b", "c"]
    assert selected("!team") == ["d"]
    assert selected("team,team!=red") == ["a", "c"]
    assert api.get("deployments?labelSelector=a(b").status_code == 400


def test_the_value_of_a_flink_option_reads_back_as_a_string(api: Api) -> None:
    config = {"a": 10000, "b": True, "c": 0.5, "d": "x"}
    spec = template(artifact=artifact(), flinkConfiguration=config)["spec"]
    shown = api.make_deployment(**spec)["spec"]["template"]["spec"]["flinkConfiguration"]
    assert shown.items() >= {"a": "10000", "b": "true", "c": "0.5", "d": "x"}.items()


def test_kinds_are_taken_in_any_case_and_read_back_in_upper_case(api: Api) -> None:
    made = api.make_deployment(
        upgradeStrategy={"kind": "stateless"},
        restoreStrategy={"kind": "Latest_Savepoint"},
        **template(artifact=artifact(kind="jar"))["spec"],
    )
    assert made["spec"]["upgradeStrategy"]["kind"] == "STATELESS"
    assert made["spec"]["restoreStrategy"]["kind"] == "LATEST_SAVEPOINT"
    assert made["spec"]["template"]["spec"]["artifact"]["kind"] == "JAR"


def test_an_sql_script_is_an_artifact_too(api: Api) -> None:
    script = {"kind": "SQLSCRIPT", "sqlScript": "INSERT INTO a SELECT * FROM b"}
    made = api.make_deployment(**template(artifact=script)["spec"])
    assert made["spec"]["template"]["spec"]["artifact"] == script


def test_members_without_meaning_are_dropped_and_null_means_absent(api: Api) -> None:
    made = api.make_deployment(colour="red", jobFailureExpirationTime=None)
    assert "colour" not in made["spec"]
    assert "jobFailureExpirationTime" not in made["spec"]


def with_spec(**spec: Any) -> Json:
    return deployment(**spec)


def with_template(**spec: Any) -> Json:
    return deployment(**template(artifact=artifact(), **spec)["spec"])


def with_metadata(**metadata: Any) -> Json:
    body = deployment()
    body["metadata"] |= metadata
    return body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (with_metadata(name=None), "name"),
        (with_metadata(name=""), "name"),
        (with_metadata(name="Upper"), "name"),
        (with_metadata(name="a_b"), "name"),
        (with_metadata(name="-a"), "name"),
        (with_metadata(name="a" * 64), "63"),
        (with_metadata(name=5), "name"),
        (with_metadata(labels={"a": {}}), "metadata.labels.a"),
        (with_metadata(annotations={"a": [True]}), "metadata.annotations.a"),
        (with_metadata(labels=["a"]), "metadata.labels"),
        (with_spec(state="PAUSED"), "spec.state"),
        (with_spec(state="running"), "spec.state"),
        (with_spec(upgradeStrategy={"kind": "SOMETIMES"}), "spec.upgradeStrategy.kind"),
        (with_spec(restoreStrategy={"kind": "FROM_SAVEPOINT"}), "spec.restoreStrategy.kind"),
        (with_spec(maxJobCreationAttempts=0), "spec.maxJobCreationAttempts"),
        (with_spec(deploymentTargetName="nowhere"), "nowhere"),
        (with_spec(deploymentTargetName=None), "target is required"),
        (with_spec(sessionClusterName="nowhere"), "not both"),
        (with_spec(deploymentTargetName=None, sessionClusterName="nowhere"), "nowhere"),
        (with_spec(template={}), "artifact is required"),
        (with_spec(template={"spec": {"artifact": {}}}), "artifact is required"),
        (with_spec(template={"spec": {"artifact": {"jarUri": "x"}}}), "kind is required"),
        (with_spec(template={"spec": {"artifact": {"kind": "JAR"}}}), "jarUri is required"),
        (
            with_spec(template={"spec": {"artifact": {"kind": "SQLSCRIPT"}}}),
            "sqlScript is required",
        ),
        (with_spec(template={"spec": {"artifact": artifact(kind="TAR")}}), "artifact.kind"),
        (with_template(parallelism=0), "parallelism"),
        (with_template(parallelism="two"), "parallelism"),
        (with_template(parallelism=True), "parallelism"),
        (with_template(parallelism=1.5), "parallelism"),
        (with_template(parallelism="1e400"), "parallelism"),
        (with_template(numberOfTaskManagers=0), "numberOfTaskManagers"),
        (with_template(resources={"jobmanager": {"cpu": 0.05}}), "cpu"),
        (with_template(resources={"jobmanager": {"cpu": "500m"}}), "cpu"),
        (with_template(resources={"jobmanager": {"memory": "1Gi"}}), "memory"),
        (with_template(flinkConfiguration={"a": {"b": "c"}}), "flinkConfiguration.a"),
        (with_template(flinkConfiguration={"a": ["b"]}), "flinkConfiguration.a"),
        (with_template(kubernetes={"pods": {}, "jobManagerPodTemplate": {}}), "not both"),
        ([], "must be an object"),
        ({"metadata": "x"}, "metadata"),
    ],
)
def test_an_invalid_deployment_is_refused_with_400_and_says_where(
    api: Api, body: Any, words: str
) -> None:
    api.make_target()
    answer = api.post("deployments", body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert api.items("deployments") == []


def test_a_second_deployment_of_that_name_is_refused_with_409(api: Api) -> None:
    api.make_deployment()
    assert api.post("deployments", deployment()).status_code == 409


def test_an_unknown_deployment_answers_404_to_every_method(api: Api) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        answer = api.request(method, "deployments/nowhere", {} if method == "PATCH" else None)
        assert answer.status_code == 404
        assert "nowhere" in answer.json()["message"]


def test_a_patch_merges_objects_and_null_removes_a_member(api: Api) -> None:
    config = {"a": "1", "b": "2"}
    api.make_deployment(**template(artifact=artifact(), flinkConfiguration=config)["spec"])
    answer = api.patch(
        "deployments/orders", template(flinkConfiguration={"a": None, "c": "3"}, parallelism=2)
    )
    assert answer.status_code == 200
    spec = answer.json()["spec"]["template"]["spec"]
    assert spec["parallelism"] == 2
    assert "a" not in spec["flinkConfiguration"]
    assert spec["flinkConfiguration"].items() >= {"b": "2", "c": "3"}.items()
    assert spec["artifact"] == artifact()


def test_a_patch_replaces_arrays_whole(api: Api) -> None:
    both = artifact(additionalDependencies=["s3://a", "s3://b"])
    api.make_deployment(**template(artifact=both)["spec"])
    patch = template(artifact={"additionalDependencies": ["s3://c"]})
    spec = api.patch("deployments/orders", patch).json()["spec"]["template"]["spec"]
    assert spec["artifact"]["additionalDependencies"] == ["s3://c"]


def test_a_patch_of_metadata_leaves_the_spec_alone(api: Api) -> None:
    before = api.make_deployment()
    patch = {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}, "displayName": "D"}}
    after = api.patch("deployments/orders", patch).json()
    assert after["spec"] == before["spec"]
    assert after["metadata"]["labels"] == {"a": "b"}
    assert after["metadata"]["annotations"]["c"] == "d"
    assert after["metadata"]["displayName"] == "D"
    gone = {"metadata": {"labels": {"a": None}, "annotations": None, "displayName": None}}
    last = api.patch("deployments/orders", gone).json()["metadata"]
    assert last["labels"] == {}
    assert "c" not in last["annotations"]
    assert "displayName" not in last


def test_annotations_of_the_controllers_are_not_a_clients_to_change(api: Api) -> None:
    key = "com.dataartisans.appmanager.controller.deployment.spec.version"
    made = api.make_deployment()
    patch = {"metadata": {"annotations": {key: "99"}}}
    shown = api.patch("deployments/orders", patch).json()["metadata"]["annotations"]
    assert shown[key] == made["metadata"]["annotations"][key]


def test_a_patch_that_changes_nothing_still_raises_the_resource_version(api: Api) -> None:
    before = api.make_running()["metadata"]["resourceVersion"]
    after = api.patch("deployments/orders", {"spec": {"state": "RUNNING"}}).json()
    assert after["metadata"]["resourceVersion"] > before
    assert next(api.states()) == "RUNNING"


def test_what_the_server_sets_is_ignored_in_a_patch(api: Api) -> None:
    shown = api.make_running()
    answer = api.patch("deployments/orders", shown)
    assert answer.status_code == 200
    assert answer.json()["metadata"]["id"] == shown["metadata"]["id"]
    assert next(api.states()) == "RUNNING"


def test_the_name_of_a_deployment_is_immutable(api: Api) -> None:
    api.make_deployment()
    assert api.patch("deployments/orders", {"metadata": {"name": "other"}}).status_code == 400


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"state": None}},
        {"spec": None},
        {"spec": {"template": None}},
        {"spec": {"deploymentTargetName": None}},
        {"spec": {"deploymentTargetName": "nowhere"}},
        {"spec": {"template": {"spec": {"parallelism": 0}}}},
        {"metadata": {"labels": {"a": [1]}}},
        [],
        "text",
    ],
)
def test_a_patch_to_something_invalid_is_refused_and_changes_nothing(api: Api, patch: Any) -> None:
    before = api.make_deployment()
    assert api.patch("deployments/orders", patch).status_code == 400
    assert api.read("deployments/orders") == before


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"parallelism": "2"}, {"parallelism": 2}),
        ({"parallelism": 2.0}, {"parallelism": 2}),
        ({"artifact": {"flinkVersion": 1.15}}, {"artifact": {"flinkVersion": "1.15"}}),
        ({"resources": {"x": {"cpu": "1"}}}, {"resources": {"x": {"cpu": 1.0}}}),
        ({"resources": {"x": {"memory": 1024}}}, {"resources": {"x": {"memory": "1024"}}}),
        ({"flinkConfiguration": {"a": True}}, {"flinkConfiguration": {"a": "true"}}),
        ({"kubernetes": {"labels": {"a": 1}}}, {"kubernetes": {"labels": {"a": "1"}}}),
    ],
)
def test_scalars_of_another_type_are_turned_into_the_right_one(
    api: Api, sent: Json, shown: Json
) -> None:
    api.make_deployment()
    spec = api.patch("deployments/orders", template(**sent)).json()["spec"]["template"]["spec"]
    for key, value in shown.items():
        found = spec[key]
        assert found.items() >= value.items() if isinstance(value, dict) else found == value


@pytest.mark.parametrize("media_type", ["application/json", "application/yaml"])
@pytest.mark.parametrize("written", ["1.20", "1.0", "0.10", "-1.50", "12.25"])
def test_a_number_in_place_of_a_text_is_the_text_that_it_is_written_as(
    api: Api, written: str, media_type: str
) -> None:
    api.make_deployment()
    configuration = (
        f'{{"flinkConfiguration": {{"a": {written}}}, "artifact": {{"flinkVersion": {written}}}}}'
    )
    body = f'{{"spec": {{"template": {{"spec": {configuration}}}}}}}'
    url = f"{api.sandbox.url}/api/v1/namespaces/default/deployments/orders"
    headers = {"Content-Type": media_type}
    answer = requests.patch(url, data=body, headers=headers, timeout=10).json()
    spec = answer["spec"]["template"]["spec"]
    assert spec["flinkConfiguration"]["a"] == written
    assert spec["artifact"]["flinkVersion"] == written
    assert api.read("deployments/orders")["spec"]["template"]["spec"] == spec
    [logged] = [one.body for one in api.sandbox.requests if one.method == "PATCH"]
    number = logged["spec"]["template"]["spec"]["flinkConfiguration"]["a"]
    assert (type(number), number) == (float, float(written))


@pytest.mark.parametrize(("sent", "shown"), [("true", True), ("false", False), (True, True)])
def test_a_boolean_may_be_text(api: Api, sent: Any, shown: bool) -> None:
    api.make_deployment()
    patch = {"spec": {"restoreStrategy": {"allowNonRestoredState": sent}}}
    strategy = api.patch("deployments/orders", patch).json()["spec"]["restoreStrategy"]
    assert strategy["allowNonRestoredState"] is shown


def test_a_target_given_by_id_replaces_one_given_by_name_and_back(api: Api) -> None:
    made = api.make_deployment()
    target = api.read("deployment-targets/jobs")["metadata"]["id"]
    assert made["spec"]["deploymentTargetName"] == "jobs"
    by_id = api.patch("deployments/orders", {"spec": {"deploymentTargetId": target}}).json()
    assert by_id["spec"]["deploymentTargetId"] == target
    assert "deploymentTargetName" not in by_id["spec"]
    back = api.patch("deployments/orders", {"spec": {"deploymentTargetName": "jobs"}}).json()
    assert "deploymentTargetId" not in back["spec"]


def test_a_target_given_twice_must_be_the_same(api: Api) -> None:
    target = api.make_target()["metadata"]["id"]
    api.make_target("other")
    right = deployment("a", deploymentTargetId=target)
    assert api.post("deployments", right).status_code == 201
    wrong = deployment("b", deploymentTargetId=target, deploymentTargetName="other")
    assert api.post("deployments", wrong).status_code == 400


def test_put_creates_what_is_not_there_with_201(api: Api) -> None:
    api.make_target()
    answer = api.put("deployments/orders", deployment())
    assert answer.status_code == 201
    assert answer.json()["metadata"]["name"] == "orders"


def test_put_replaces_what_is_there_and_keeps_its_id(api: Api) -> None:
    before = api.make_deployment(**template(artifact=artifact(), parallelism=7)["spec"])
    api.patch("deployments/orders", {"metadata": {"labels": {"a": "b"}}})
    answer = api.put("deployments/orders", deployment(state="CANCELLED"))
    assert answer.status_code == 200
    after = answer.json()
    assert after["metadata"]["id"] == before["metadata"]["id"]
    assert after["metadata"]["labels"] == {}
    assert after["spec"]["template"]["spec"]["parallelism"] == 1
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"] | {
        key: value
        for key, value in after["metadata"]["annotations"].items()
        if key.endswith("spec.version")
    }


def test_put_fills_defaults_only_if_asked_to(api: Api) -> None:
    api.make_deployment()
    body = deployment(state="CANCELLED")
    bare = api.put("deployments/orders?applyDefaults=false", body).json()["spec"]
    assert "parallelism" not in bare["template"]["spec"]
    full = api.put("deployments/orders?applyDefaults=true", body).json()["spec"]
    assert full["template"]["spec"]["parallelism"] == 1


def test_put_takes_null_members(api: Api) -> None:
    api.make_target()
    assert api.put("deployments/a", deployment("a", sessionClusterName=None)).status_code == 201


def test_put_with_another_name_than_the_path_is_refused(api: Api) -> None:
    api.make_deployment()
    assert api.put("deployments/orders", deployment("other")).status_code == 400


def test_put_with_another_namespace_than_the_path_is_refused(api: Api) -> None:
    api.make_deployment()
    body = deployment(state="CANCELLED")
    same = {**body, "metadata": {**body["metadata"], "namespace": "default"}}
    other = {**body, "metadata": {**body["metadata"], "namespace": "others"}}
    assert api.put("deployments/orders", same).status_code == 200
    assert api.put("deployments/orders", other).status_code == 400


def test_the_value_of_an_environment_variable_reads_back_as_a_string(api: Api) -> None:
    pods = {"envVars": [{"name": "A", "value": 1}, {"name": "B", "value": True}]}
    api.make_deployment()
    api.patch("deployments/orders", template(kubernetes={"pods": pods}))
    held = api.read("deployments/orders")["spec"]["template"]["spec"]["kubernetes"]["pods"]
    assert [one["value"] for one in held["envVars"]] == ["1", "true"]


def test_delete_answers_200_with_the_deployment_and_then_404(api: Api) -> None:
    made = api.make_deployment()
    answer = api.delete("deployments/orders")
    assert answer.status_code == 200
    assert answer.json()["metadata"]["id"] == made["metadata"]["id"]
    assert api.delete("deployments/orders").status_code == 404


def test_delete_is_refused_while_running_is_desired(api: Api) -> None:
    api.make_running()
    assert api.delete("deployments/orders").status_code == 409
    api.sandbox.script_state("default", "orders", "FINISHED")
    assert api.delete("deployments/orders").status_code == 409


def test_delete_is_refused_while_transitioning(api: Api) -> None:
    api.make_running()
    api.patch("deployments/orders", {"spec": {"state": "CANCELLED"}})
    assert api.delete("deployments/orders").status_code == 409
    api.sandbox.settle()
    assert api.delete("deployments/orders").status_code == 200


def test_delete_works_from_suspended(api: Api) -> None:
    api.make_running()
    api.patch("deployments/orders", {"spec": {"state": "SUSPENDED"}})
    api.sandbox.settle()
    assert api.delete("deployments/orders").status_code == 200


def test_jobs_and_events_go_with_their_deployment_and_savepoints_stay(api: Api) -> None:
    owner = api.make_running()["metadata"]["id"]
    api.patch("deployments/orders", {"spec": {"state": "SUSPENDED"}})
    api.sandbox.settle()
    assert api.items(f"jobs?deploymentId={owner}")
    api.delete("deployments/orders")
    assert api.items("jobs") == []
    assert api.items("events") == []
    assert len(api.items(f"savepoints?deploymentId={owner}")) == 1


def test_a_session_cluster_takes_the_place_of_a_target(api: Api) -> None:
    api.make_target()
    spec = {"deploymentTargetName": "jobs"}
    api.post("sessionclusters", {"metadata": {"name": "shared"}, "spec": spec})
    body = deployment("a", deploymentTargetName=None, sessionClusterName="shared")
    made = api.post("deployments", body).json()
    assert made["spec"]["sessionClusterName"] == "shared"
    assert "deploymentTargetName" not in made["spec"]


def test_before_2_4_names_are_free_text_and_no_address(open_api: OpenApi) -> None:
    api = open_api(version="2.3.2")
    owner = api.make_target()["metadata"]["id"]
    body = deployment("SELECT * FROM a", state="CANCELLED", deploymentTargetId=owner)
    first, second = api.post("deployments", body), api.post("deployments", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert api.get(f"deployments/{first.json()['metadata']['id']}").status_code == 200
    assert api.get("deployments/SELECT * FROM a").status_code == 404
    assert len(api.items("deployments")) == 2
    assert "deploymentTargetName" not in first.json()["spec"]


def test_before_2_4_there_is_no_put(open_api: OpenApi) -> None:
    api = open_api(version="2.3.2")
    made = api.make_target()["metadata"]["id"]
    body = deployment(deploymentTargetId=made)
    assert api.put("deployments/orders", body).status_code == 405
    assert api.put("deployment-targets/jobs", {}).status_code == 405


@pytest.mark.parametrize("more", [{}, {"allowNonRestoredState": False}])
def test_a_restore_strategy_of_kind_none_has_no_other_members(api: Api, more: Json) -> None:
    strategy = {"kind": "none", **more}
    made = api.make_deployment(restoreStrategy=strategy)
    assert made["spec"]["restoreStrategy"] == {"kind": "NONE"}
    put = api.put("deployments/orders", deployment(restoreStrategy=strategy)).json()
    assert put["spec"]["restoreStrategy"] == {"kind": "NONE"}


def test_a_patch_to_restore_none_takes_the_other_member_away(api: Api) -> None:
    made = api.make_deployment()
    assert made["spec"]["restoreStrategy"].keys() == {"kind", "allowNonRestoredState"}
    shown = api.patch("deployments/orders", {"spec": {"restoreStrategy": {"kind": "NONE"}}}).json()
    assert shown["spec"]["restoreStrategy"] == {"kind": "NONE"}


def test_no_resources_are_filled_in_in_session_mode(api: Api) -> None:
    api.make_target()
    cluster = {"metadata": {"name": "shared"}, "spec": {"deploymentTargetName": "jobs"}}
    api.post("sessionclusters", cluster)
    body = deployment(deploymentTargetName=None, sessionClusterName="shared")
    shown = api.post("deployments", body).json()["spec"]["template"]["spec"]
    assert "resources" not in shown
    assert shown["parallelism"] == 1


@pytest.mark.parametrize("drops", [False, True])
def test_the_annotation_for_draining_is_a_users_to_set(open_api: OpenApi, drops: bool) -> None:
    key = "com.dataartisans.appmanager.controller.deployment.stop-with-drain"
    api = open_api(drop_foreign_annotations=drops)
    api.make_deployment()
    for value in ("true", "false", None):
        answer = api.patch("deployments/orders", {"metadata": {"annotations": {key: value}}})
        assert answer.json()["metadata"]["annotations"].get(key) == value
