"""YAML beside JSON: what the Application Manager takes and gives in it."""

from typing import Any

import pytest
import requests
import yaml

from .api import Api

YAML = "application/yaml"
TARGETS = "/api/v1/namespaces/default/deployment-targets"


def send(api: Api, method: str, path: str, text: str, **headers: str) -> requests.Response:
    url = path if path.startswith("/") else f"/api/v1/namespaces/default/{path}"
    return requests.request(
        method,
        api.sandbox.url + url,
        data=text.encode(),
        headers={"Content-Type": YAML, **headers},
        timeout=10,
    )


def test_every_write_of_the_application_manager_takes_yaml(api: Api) -> None:
    target = "metadata: {name: jobs}\nspec: {kubernetes: {namespace: flink}}\n"
    assert send(api, "POST", "deployment-targets", target).status_code == 201
    deployment = """
        metadata: {name: orders}
        spec:
          state: CANCELLED
          deploymentTargetName: jobs
          template: {spec: {artifact: {kind: jar, jarUri: s3://bucket/a.jar}}}
    """
    assert send(api, "PUT", "deployments/orders", deployment).status_code == 201
    patch = "spec: {template: {spec: {parallelism: 3}}}"
    assert send(api, "PATCH", "deployments/orders", patch).status_code == 200
    assert api.read("deployments/orders")["spec"]["template"]["spec"]["parallelism"] == 3


def test_an_answer_is_yaml_for_those_who_ask_for_it(api: Api) -> None:
    api.make_deployment()
    path = f"{api.sandbox.url}/api/v1/namespaces/default/deployments/orders"
    answer = requests.get(path, headers={"Accept": YAML}, timeout=10)
    assert answer.headers["Content-Type"] == YAML
    assert yaml.safe_load(answer.text) == api.read("deployments/orders")


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/yaml", YAML),
        ("application/yaml, application/json", YAML),
        ("application/json, application/yaml", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_the_first_accepted_type_counts(api: Api, accept: str, given: str) -> None:
    answer = requests.get(api.sandbox.url + TARGETS, headers={"Accept": accept}, timeout=10)
    assert answer.headers["Content-Type"] == given


def test_a_refusal_is_yaml_too(api: Api) -> None:
    answer = requests.get(f"{api.sandbox.url}{TARGETS}/no", headers={"Accept": YAML}, timeout=10)
    assert answer.status_code == 404
    assert "could not be found" in yaml.safe_load(answer.text)["message"]


def test_the_platform_api_speaks_json_only(api: Api) -> None:
    path = "/namespaces/v1/namespaces"
    assert send(api, "POST", path, "name: namespaces/a").status_code == 415
    answer = requests.get(api.sandbox.url + path, headers={"Accept": YAML}, timeout=10)
    assert answer.headers["Content-Type"] == "application/json"


def test_the_log_holds_the_decoded_body(api: Api) -> None:
    send(api, "POST", "deployment-targets", "metadata: {name: jobs}")
    assert api.sandbox.requests[-1].body == {"metadata": {"name": "jobs"}}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("1.10", 1.1),
        ("'1.10'", "1.10"),
        ("yes", "yes"),
        ("0777", "0777"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:00", "12:30:00"),
        (".nan", ".nan"),
    ],
)
def test_plain_scalars_are_typed_as_in_json(api: Api, written: str, read: Any) -> None:
    send(api, "POST", "deployment-targets", f"value: {written}")
    assert api.sandbox.requests[-1].body == {"value": read}


@pytest.mark.parametrize("text", ["1: a", "true: a", "1.0: a"])
def test_keys_are_text(api: Api, text: str) -> None:
    send(api, "POST", "deployment-targets", text)
    assert api.sandbox.requests[-1].body == {text.split(":")[0]: "a"}


@pytest.mark.parametrize(
    "text",
    ["a: [", "a: &x 1\nb: *x\n", "a: 1\n---\nb: 2\n", "[" * 5000, "a: !!int b", "text", "[]"],
)
def test_what_is_not_one_yaml_object_answers_400(api: Api, text: str) -> None:
    assert send(api, "POST", "deployment-targets", text).status_code == 400


@pytest.mark.parametrize(
    "value", ["1.10", "1e3", "yes", "on", "0777", "null", "", "a: b", "é", "-"]
)
def test_text_comes_back_as_text_for_every_reader(api: Api, value: str) -> None:
    body = {"metadata": {"name": "jobs", "labels": {"a": value}}, "spec": {"kubernetes": {}}}
    api.post("deployment-targets", body)
    answer = requests.get(f"{api.sandbox.url}{TARGETS}/jobs", headers={"Accept": YAML}, timeout=10)
    assert yaml.safe_load(answer.text)["metadata"]["labels"] == {"a": value}
    line = next(line for line in answer.text.splitlines() if line.strip().startswith("a:"))
    assert line.split(":", 1)[1].strip()[0] in "\"'"
