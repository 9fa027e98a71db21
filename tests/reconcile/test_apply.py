"""Carrying out a plan: what one failure stops, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime

from builders import manifest, planned, snapshot
from vpsync.model.outcome import Applied, Failed, Outcome, Skipped
from vpsync.model.reasons import Reason
from vpsync.reconcile.apply import Application
from vpsync.sandbox import Respond, Sandbox, SandboxOptions
from vpsync.sandbox.faults import Fault, on
from vpsync.ververica.claims import PlatformWriteAhead
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import WRITES, HttpOptions, Transport

TARGET_AND_JOB = (
    manifest("VpDeploymentTarget", "fresh", in_file=True),
    manifest(edits={"/deploymentTargetName": "fresh"}, in_file=True),
)


def carried_out(sandbox: Sandbox) -> list[Outcome]:
    """The outcomes of creating a target and a deployment on it, in order."""
    view = snapshot()
    client = Client(Transport(HttpOptions(), WRITES), f"{sandbox.url}/api", sandbox.url, Tokens({}))
    applying = Application(
        client, PlatformWriteAhead(client, view), view, 8, lambda: None,
        lambda: datetime.now(UTC), lambda text: None,
    )  # fmt: skip
    return list(applying.run(planned(*TARGET_AND_JOB, vvp=view)).values())


def test_an_id_that_is_known_after_apply_is_filled_in() -> None:
    with Sandbox(SandboxOptions(version="2.3.2")) as sandbox:
        target, deployment = carried_out(sandbox)
        assert isinstance(target, Applied)
        assert isinstance(deployment, Applied)
        created = sandbox.target("default", "fresh")
        assert created is not None
        body = sandbox.mutations()[-1].body
        assert body["spec"]["deploymentTargetId"] == created["metadata"]["id"]


def test_what_depends_on_a_failed_creation_is_not_tried() -> None:
    with Sandbox() as sandbox:
        sandbox.reject(on("POST", r".*/deployment-targets"), "no such Kubernetes namespace")
        target, deployment = carried_out(sandbox)
        assert isinstance(target, Failed)
        assert isinstance(deployment, Skipped)
        assert deployment.reason is Reason.DependencyNotReady
        assert [request.path for request in sandbox.mutations()] == [
            "/api/v1/namespaces/default/deployment-targets"
        ]


def test_a_refused_token_stops_that_vvp_namespace() -> None:
    with Sandbox() as sandbox:
        refusal = Respond(403, {"message": "owner needed"}, deliver=False)
        sandbox.faults.add(Fault(on("POST", r".*/deployment-targets"), refusal))
        target, deployment = carried_out(sandbox)
        assert isinstance(target, Failed)
        assert isinstance(deployment, Skipped)
        assert deployment.reason is Reason.Unauthorized
        assert "owner needed" in deployment.message
