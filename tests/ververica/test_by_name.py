"""A target that a manifest names by name is sent by name, to servers that know names."""

from __future__ import annotations

from typing import Any

import pytest

from builders import changed, manifest, observed, snapshot
from vpsync.model.change import Change
from vpsync.sandbox import Fault, Respond, Sandbox, SandboxOptions, on
from vpsync.ververica.apply import apply_change
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens

from .conftest import OpenTransport

BY_ID = {"/deploymentTargetName": None, "/spec/deploymentTargetId": "id-of-jobs"}


def client_of(sandbox: Sandbox, open_transport: OpenTransport) -> Client:
    return Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))


def sent(client: Client, sandbox: Sandbox, change: Change) -> dict[str, Any]:
    """What of a request says where the job runs."""
    apply_change(client, change, {})
    spec = sandbox.mutations()[-1].body["spec"]
    return {key: value for key, value in spec.items() if "Target" in key}


@pytest.mark.parametrize(
    ("version", "edits", "expected"),
    [
        ("2.0.1", {}, {"deploymentTargetId": "id-of-jobs"}),
        ("2.3.2", {}, {"deploymentTargetId": "id-of-jobs"}),
        ("2.4.0", {}, {"deploymentTargetName": "jobs"}),
        ("2.15.11", {}, {"deploymentTargetName": "jobs"}),
        ("2.15.11", BY_ID, {"deploymentTargetId": "id-of-jobs"}),
    ],
)
def test_a_creation_has_the_name_from_2_4_on(
    open_transport: OpenTransport, version: str, edits: dict[str, Any], expected: dict[str, str]
) -> None:
    with Sandbox(SandboxOptions(version=version)) as sandbox:
        client = client_of(sandbox, open_transport)
        assert sent(client, sandbox, changed(manifest("VpDeployment", edits=edits))) == expected


def test_the_version_is_asked_for_once_and_only_where_something_is_referred_to(
    sandbox: Sandbox, open_transport: OpenTransport
) -> None:
    client = client_of(sandbox, open_transport)
    apply_change(client, changed(manifest("VpDeploymentTarget", "new")), {})
    assert [request for request in sandbox.requests if request.method == "GET"] == []
    for name in ("one", "two", "three"):
        sent(client, sandbox, changed(manifest("VpDeployment", name)))
    asked = [request.path for request in sandbox.requests if request.method == "GET"]
    assert asked == ["/api/v1/status/system-info"]


@pytest.mark.parametrize("answer", [Respond(404), Respond(403), Respond(200, {"status": {}})])
def test_a_server_that_does_not_tell_its_version_gets_the_id(
    sandbox: Sandbox, open_transport: OpenTransport, answer: Respond
) -> None:
    sandbox.faults.add(Fault(on("GET", "system-info"), answer, None))
    client = client_of(sandbox, open_transport)
    for _ in range(2):
        change = changed(manifest("VpDeployment"))
        assert sent(client, sandbox, change) == {"deploymentTargetId": "id-of-jobs"}
    assert sum("system-info" in request.path for request in sandbox.requests) == 1


def test_a_change_of_the_target_takes_the_id_of_the_other_away(
    sandbox: Sandbox, open_transport: OpenTransport
) -> None:
    job = manifest("VpDeployment", edits={"/spec/state": "SUSPENDED"})
    before = {"/spec/deploymentTargetId": "id-of-another", "/spec/deploymentTargetName": "another",
              "/status": {"state": "SUSPENDED"}}  # fmt: skip
    change = changed(job, snapshot(observed(job, before)))
    expected = {"deploymentTargetId": None, "deploymentTargetName": "jobs"}
    assert sent(client_of(sandbox, open_transport), sandbox, change) == expected


def test_a_change_of_something_else_does_not_mention_the_target(
    sandbox: Sandbox, open_transport: OpenTransport
) -> None:
    job = manifest("VpDeployment", edits={"/spec/template/spec/parallelism": 5})
    change = changed(job, snapshot(observed(manifest("VpDeployment"))))
    assert sent(client_of(sandbox, open_transport), sandbox, change) == {}
