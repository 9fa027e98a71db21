"""What VVP refuses is not sent again within a run of several passes over files."""

from __future__ import annotations

import json

import pytest

from builders import changed, manifest, observed, snapshot
from vpsync.model.change import Change
from vpsync.model.outcome import Applied, Failed
from vpsync.sandbox import Fault, Respond, Sandbox, SandboxOptions, on
from vpsync.ververica.apply import apply_change
from vpsync.ververica.client import Client
from vpsync.ververica.error_message import LIMIT, vvp_words
from vpsync.ververica.refusals import Refusals
from vpsync.ververica.tokens import Tokens

from .conftest import OpenTransport


@pytest.fixture
def client(sandbox: Sandbox, open_transport: OpenTransport) -> Client:
    made = Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))
    made.refusals = Refusals()
    return made


def creation(namespace: str = "flink-jobs") -> Change:
    edits = {"/spec/kubernetes/namespace": namespace}
    return changed(manifest("VpDeploymentTarget", "new", edits=edits))


class TestARefusal:
    @pytest.mark.parametrize("status", [400, 405, 422])
    def test_is_told_again_and_not_asked_for_again(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("POST", "."), Respond(status, {"message": "no such place"})))
        for _ in range(3):
            outcome = apply_change(client, creation(), {})
            assert isinstance(outcome, Failed)
            assert "no such place" in str(outcome.error)
        assert len(sandbox.mutations()) == 1

    def test_is_of_one_request_and_of_no_other(self, sandbox: Sandbox, client: Client) -> None:
        sandbox.faults.add(Fault(on("POST", "."), Respond(400, {"message": "no such place"})))
        assert isinstance(apply_change(client, creation(), {}), Failed)
        assert isinstance(apply_change(client, creation("another"), {}), Applied)

    @pytest.mark.parametrize("status", [401, 403, 404, 409, 500, 503])
    def test_that_time_may_lift_is_tried_again(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("POST", "."), Respond(status, deliver=False)))
        assert isinstance(apply_change(client, creation(), {}), Failed)
        assert isinstance(apply_change(client, creation(), {}), Applied)

    def test_is_not_remembered_where_a_status_does(self, sandbox: Sandbox, client: Client) -> None:
        client.refusals = None
        sandbox.faults.add(Fault(on("POST", "."), Respond(400, {"message": "no such place"})))
        assert isinstance(apply_change(client, creation(), {}), Failed)
        assert isinstance(apply_change(client, creation(), {}), Applied)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("INVALID_ARTIFACT", "there is no JAR (INVALID_ARTIFACT)"),
        ("BadRequest", "there is no JAR"),
        ("Bad Request", "there is no JAR"),
        ("no JAR", "there is no JAR"),
        ("", "there is no JAR"),
        (7, "there is no JAR"),
    ],
)
def test_the_reason_of_an_error_is_shown_where_it_says_more(reason: object, told: str) -> None:
    body = json.dumps({"message": "there is no JAR", "reason": reason, "statusCode": 400})
    assert vvp_words(body.encode(), "application/json") == told


@pytest.mark.parametrize(
    ("version", "query"),
    [("2.4.3", {}), ("2.6.0", {"applyDefaults": "true"}), ("2.8.1", {"applyDefaults": "true"})],
)
def test_a_put_of_a_deployment_has_vvp_apply_its_defaults_where_it_can_be_told(
    open_transport: OpenTransport, version: str, query: dict[str, str]
) -> None:
    with Sandbox(SandboxOptions(version=version)) as sandbox:
        client = Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))
        notes = {"sync-mode": "replace"}
        job = manifest("VpDeployment", edits={"/spec/template/spec/parallelism": 5}, notes=notes)
        change = changed(job, snapshot(observed(manifest("VpDeployment"))))
        sandbox.faults.add(Fault(on("GET", "/deployments/"), Respond(200, _seen(change)), None))
        apply_change(client, change, {})
        put = sandbox.mutations()[-1]
        assert (put.method, dict(put.query)) == ("PUT", query)


def _seen(change: Change) -> dict[str, object]:
    assert change.observed is not None
    return dict(change.observed.body)


@pytest.mark.parametrize("length", [3_000, 100_000, 3_500_000])
def test_of_a_long_refusal_the_beginning_is_shown_and_never_nothing(length: int) -> None:
    message = "the SQL statement is not valid: " + "x " * (length // 2)
    body = json.dumps({"message": message, "reason": "INVALID"}).encode()
    told = vvp_words(body, "application/json")
    assert told.startswith(message[:100])
    assert len(told) <= LIMIT
