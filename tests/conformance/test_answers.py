"""The sandbox answers valid requests as the specifications of its version say."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import Any

import pytest
import requests
import yaml

from conformance.generation import Generator, Place, Request
from conformance.specifications import (
    FAMILIES,
    VERSIONS,
    Operation,
    Specification,
    folder,
    listed,
    load,
)
from vpsync.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.skipif(
    folder() is None, reason="the published specifications are not beside this checkout"
)

EACH = 6
"""Requests of each operation."""

AM = "/api/v1/namespaces/default"
SQL = "/sql/v1beta1/namespaces/default"


def prepare(sandbox: Sandbox) -> Place:
    """Fills a sandbox with one object of each kind."""

    def post(path: str, body: Any) -> Any:
        status, made = sandbox.call("POST", path, body)
        assert status in (200, 201, 404), made
        return made

    post("/namespaces/v1/namespaces", {"name": "namespaces/spare"})
    token = {"name": "namespaces/default/apitokens/robot", "role": "editor"}
    post("/apitokens/v1/namespaces/default/apitokens", token)
    for name in ("jobs", "unused"):
        body = {"metadata": {"name": name}, "spec": {"kubernetes": {"namespace": "flink"}}}
        post(f"{AM}/deployment-targets", body)
    target = sandbox.target("default", "jobs") or {}
    template = {"spec": {"artifact": {"kind": "JAR", "jarUri": "s3://bucket/a.jar"}}}
    for name, state in (("orders", "RUNNING"), ("idle", "CANCELLED")):
        spec = {"state": state, "deploymentTargetName": "jobs", "template": template}
        post(f"{AM}/deployments", {"metadata": {"name": name}, "spec": spec})
    sandbox.settle()
    owner = (sandbox.deployment("default", "orders") or {})["metadata"]["id"]
    savepoint = post(f"{AM}/savepoints", {"metadata": {"deploymentId": owner}})
    cluster = {"metadata": {"name": "shared"}, "spec": {"deploymentTargetName": "jobs"}}
    post(f"{AM}/sessionclusters", cluster)
    secret = {"metadata": {"name": "SECRET"}, "spec": {"kind": "PLAIN", "value": "hidden"}}
    post(f"{AM}/secret-values", secret)
    kinds = ("sqlscripts", "udfartifacts", "connectors", "formats", "catalog-connectors")
    for collection in kinds:
        post(f"{SQL}/{collection}", {"name": f"namespaces/default/{collection}/a"})
    post(f"{SQL}/sqlscripts:execute", {"statement": "CREATE TABLE t (a INT)"})
    sandbox.settle()
    job = sandbox.jobs("default", owner)[0]["metadata"]["id"]
    return Place(owner, job, savepoint["metadata"]["id"], target["metadata"]["id"])


def send(url: str, request: Request, speaks_yaml: bool) -> requests.Response:
    """Sends a request, in YAML if told so."""
    kind = "application/yaml" if speaks_yaml else "application/json"
    headers = {"Accept": kind}
    data = None
    if request.body is not None:
        headers["Content-Type"] = kind
        data = (yaml.safe_dump if speaks_yaml else json.dumps)(request.body).encode()
    return requests.request(
        request.method,
        url + request.path,
        params=dict(request.query),
        data=data,
        headers=headers,
        timeout=10,
    )


def flaws(
    specification: Specification, operation: Operation, request: Request, answer: requests.Response
) -> list[str]:
    """Where an answer to a valid request is not as the specification says."""
    if answer.status_code not in operation.answers:
        return [f"status {answer.status_code} is not listed: {answer.text[:300]}"]
    if answer.status_code == 404 and listed("absent", operation.name):
        return []
    if answer.status_code >= 300:
        return [f"a valid request is refused: {answer.status_code} {answer.text[:300]}"]
    schema = operation.answers[answer.status_code] or operation.answers.get(200, {})
    if not answer.content:
        return ["the body is missing"] if schema else []
    kind = answer.headers["Content-Type"]
    value = yaml.safe_load(answer.text) if kind == "application/yaml" else answer.json()
    return specification.flaws(schema, value)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("version", VERSIONS)
def test_valid_requests_are_answered_as_the_specification_says(
    version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    right, total = 0, 0
    wrong: dict[str, list[str]] = defaultdict(list)
    for family in FAMILIES:
        specification = load(family, version)
        for operation in specification.operations():
            for number in range(EACH):
                found = _try(specification, operation, version, number)
                total += 1
                right += not found
                wrong[operation.name] += found
    unplayed = sorted(name for name in wrong if wrong[name] and listed("unplayed", name))
    with capsys.disabled():
        print(f"\n{version}: {right} of {total} answers as specified; not played: {unplayed}")
    assert not {name: wrong[name] for name in wrong if wrong[name] and name not in unplayed}
    assert right / total >= 0.95


def _try(
    specification: Specification, operation: Operation, version: str, number: int
) -> list[str]:
    chance = random.Random(f"{operation.name} {number}")
    with Sandbox(SandboxOptions(version=version)) as sandbox:
        generator = Generator(specification, prepare(sandbox), chance)
        request = generator.request(operation)
        answer = send(sandbox.url, request, operation.yaml and number % 2 == 1)
        assert sandbox.failures == []
    return [f"{own} <- {request}" for own in flaws(specification, operation, request, answer)]
