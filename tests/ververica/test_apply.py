"""What is sent for a planned change: a function of the change and of the ids that are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    changed,
    going,
    manifest,
    observed,
    own_notes,
    savepoint,
    snapshot,
    with_savepoints,
)
from vpsync.errors import (
    PlatformConflict,
    PlatformError,
    PlatformFault,
    PlatformNotFound,
    PlatformRejected,
    PlatformUnauthorized,
    PlatformUnreachable,
    PlatformUnsupported,
)
from vpsync.model.change import Change, FieldChange
from vpsync.model.json import KnownAfterApply
from vpsync.model.outcome import Applied, Failed, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, GROUP
from vpsync.sandbox import CloseConnection, Fault, HtmlPage, Respond, Sandbox, on
from vpsync.ververica.apply import UnknownId, apply_change, request_body
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens

from .conftest import OpenTransport

PARALLELISM = "/spec/template/spec/parallelism"


def body(change: Change, **ids: str) -> Any:
    known = {("VpDeploymentTarget", "default", name): identity for name, identity in ids.items()}
    return request_body(change, known)


class TestCreation:
    def test_holds_kind_names_and_what_is_declared(self) -> None:
        made = body(changed(manifest("VpDeploymentTarget", "new")))
        assert made["kind"] == "DeploymentTarget"
        assert made["apiVersion"] == "v1"
        assert made["spec"] == {"kubernetes": {"namespace": "flink-jobs"}}
        metadata = made["metadata"]
        assert (metadata["name"], metadata["namespace"]) == ("new", "default")
        assert metadata["labels"] == {"team": "orders"}
        assert set(metadata["annotations"]) == {f"{GROUP}/owner", f"{GROUP}/managed"}

    def test_of_a_deployment_names_its_target_by_id(self) -> None:
        assert body(changed(manifest("VpDeployment")))["spec"]["deploymentTargetId"] == "id-of-jobs"

    def test_takes_the_id_of_a_target_that_this_pass_created(self) -> None:
        change = _with_planned_target(changed(manifest("VpDeployment")))
        assert body(change, new="fresh-id")["spec"]["deploymentTargetId"] == "fresh-id"

    def test_without_that_id_there_is_no_body(self) -> None:
        with pytest.raises(UnknownId, match="'new' could not be created"):
            body(_with_planned_target(changed(manifest("VpDeployment"))))

    def test_of_a_namespace_is_flat(self) -> None:
        bindings = [{"role": "owner", "members": ["group:platform"]}]
        change = changed(manifest("VpNamespace"), snapshot(namespaces=()))
        assert body(change) == {"roleBindings": bindings}

    def test_of_a_savepoint_has_no_name(self) -> None:
        made = body(changed(manifest("VpSavepoint"), with_savepoints()))
        assert "name" not in made["metadata"]
        assert made["metadata"]["deploymentId"] == "id-of-orders"
        assert made["kind"] == "Savepoint"


class TestUpdate:
    def test_of_a_deployment_holds_the_change_and_our_annotations_only(self) -> None:
        job = manifest("VpDeployment", edits={"/spec/template/spec/parallelism": 5})
        change = changed(job, snapshot(observed(manifest("VpDeployment"))))
        made = body(change)
        assert made["spec"] == {"template": {"spec": {"parallelism": 5}}}
        assert set(made["metadata"]) == {"annotations"}
        assert set(made["metadata"]["annotations"]) <= {f"{GROUP}/owner", f"{GROUP}/managed"}

    def test_of_a_target_keeps_its_spec_and_the_labels_and_annotations_of_others(self) -> None:
        target = manifest("VpDeploymentTarget", edits={"/metadata/labels": {"team": "payments"}})
        vvp = observed(
            manifest("VpDeploymentTarget"),
            {"/metadata/labels/other": "x", "/metadata/annotations/other": "y"},
        )
        made = body(changed(target, snapshot(vvp)))
        assert set(made) == {"metadata", "spec"}
        assert made["spec"] == {"kubernetes": {"namespace": "flink-jobs"}}
        assert made["metadata"]["labels"] == {"team": "payments", "other": "x"}
        assert made["metadata"]["annotations"]["other"] == "y"
        assert made["metadata"]["name"] == "jobs"

    def test_of_a_target_leaves_a_removed_label_out(self) -> None:
        target = manifest("VpDeploymentTarget", edits={"/metadata/labels": {}})
        vvp = observed(manifest("VpDeploymentTarget"))
        assert body(changed(target, snapshot(vvp)))["metadata"]["labels"] == {}

    def test_of_a_namespace_sends_what_it_does_not_declare_as_it_was_read(self) -> None:
        claimed = {"id": "analytics", "observedGeneration": 1}
        space = manifest("VpNamespace", edits={"/roleBindings": []}, status=claimed)
        vvp = observed(manifest("VpNamespace"), {"/previewSessionClusterName": "editor"})
        assert body(changed(space, snapshot(vvp))) == {
            "previewSessionClusterName": "editor",
            "roleBindings": [],
        }

    def test_holds_no_member_that_vvp_sets_itself(self) -> None:
        job = manifest("VpDeployment", edits={"/spec/template/spec/parallelism": 5})
        made = body(changed(job, snapshot(observed(manifest("VpDeployment")))))
        assert not {"id", "createdAt", "modifiedAt", "resourceVersion"} & set(made["metadata"])
        assert "status" not in made


@pytest.fixture
def client(sandbox: Sandbox, open_transport: OpenTransport) -> Client:
    return Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))


class TestOutcome:
    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (Respond(400, {"message": "no"}), PlatformRejected),
            (Respond(401), PlatformUnauthorized),
            (Respond(403), PlatformUnauthorized),
            (Respond(409), PlatformConflict),
            (Respond(500), PlatformFault),
            (HtmlPage(), PlatformFault),
            (CloseConnection(), PlatformUnreachable),
        ],
    )
    def test_of_a_refused_change_is_its_error(
        self, sandbox: Sandbox, client: Client, fault: Any, error: type[PlatformError]
    ) -> None:
        sandbox.faults.add(Fault(on("POST", "."), fault))
        change = changed(manifest("VpDeploymentTarget", "new"))
        outcome = apply_change(client, change, {})
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, error)
        assert len(sandbox.mutations()) == 1

    def test_of_a_creation_is_what_vvp_answered(self, sandbox: Sandbox, client: Client) -> None:
        outcome = apply_change(client, changed(manifest("VpDeploymentTarget", "new")), {})
        assert isinstance(outcome, Applied)
        assert outcome.observed is not None
        held = sandbox.target("default", "new")
        assert held is not None
        assert outcome.observed.id == held["metadata"]["id"]

    def test_of_a_change_whose_reference_failed_is_that_it_waits(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        outcome = apply_change(client, _with_planned_target(changed(manifest("VpDeployment"))), {})
        assert isinstance(outcome, Skipped)
        assert outcome.reason is Reason.DependencyNotReady
        assert sandbox.requests == []

    def test_of_a_deletion_of_what_is_gone_is_success(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        target = going("VpDeploymentTarget")
        change = changed(target, snapshot(observed(manifest("VpDeploymentTarget"))))
        outcome = apply_change(client, change, {})
        assert outcome == Applied(change, None)
        assert [request.status for request in sandbox.requests] == [404]

    def test_of_a_change_of_what_is_gone_is_a_failure(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        job = manifest("VpDeployment", edits={"/spec/template/spec/parallelism": 5})
        change = changed(job, snapshot(observed(manifest("VpDeployment"))))
        change = replace(change, observed=replace(_seen(change), id="0" * 8))
        outcome = apply_change(client, change, {})
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, PlatformNotFound)

    @pytest.mark.parametrize("status", [404, 405])
    def test_of_a_target_that_an_old_server_cannot_change_is_unsupported(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("PUT", "."), Respond(status)))
        target = manifest("VpDeploymentTarget", edits={"/metadata/labels": {"team": "payments"}})
        vvp = snapshot(observed(manifest("VpDeploymentTarget")))
        outcome = apply_change(client, changed(target, vvp), {})
        assert isinstance(outcome, Failed)
        assert "2.4 and newer can" in str(outcome.error)

    @pytest.mark.parametrize("status", [404, 405])
    def test_of_a_savepoint_that_an_old_server_cannot_delete_is_unsupported(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("DELETE", "/savepoints/sp-1$"), Respond(status)))
        known = {"id": "sp-1", "deploymentId": "id-of-orders"}
        notes = {"deletion-policy": "Delete"}
        resource = going("VpSavepoint", notes=notes, status=known, finalizers=(FINALIZER,))
        outcome = apply_change(client, changed(resource, with_savepoints(savepoint())), {})
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, PlatformUnsupported)
        assert "2.6 and newer can" in str(outcome.error)
        [request] = sandbox.requests
        assert "force" not in request.path

    @pytest.mark.parametrize("quoted", ["404 Not Found", ": 404", "x: 405 Method Not Allowed"])
    def test_of_a_change_whose_rejection_quotes_a_status_is_that_rejection(
        self, sandbox: Sandbox, client: Client, quoted: str
    ) -> None:
        refusal = Respond(400, {"message": f"the registry answered: {quoted}"})
        sandbox.faults.add(Fault(on("*", "/(deployment-targets|savepoints)/"), refusal, None))
        target = manifest("VpDeploymentTarget", edits={"/metadata/labels": {"team": "payments"}})
        labels = changed(target, snapshot(observed(manifest("VpDeploymentTarget"))))
        known = {"id": "sp-1", "deploymentId": "id-of-orders"}
        notes = {"deletion-policy": "Delete"}
        resource = going("VpSavepoint", notes=notes, status=known, finalizers=(FINALIZER,))
        deletion = changed(resource, with_savepoints(savepoint()))
        for change in (labels, deletion):
            outcome = apply_change(client, change, {})
            assert isinstance(outcome, Failed)
            assert type(outcome.error) is PlatformRejected
            assert outcome.error.status == 400
            assert quoted in str(outcome.error)


def _seen(change: Change) -> Any:
    assert change.observed is not None
    return change.observed


def _with_planned_target(change: Change) -> Change:
    """The change as it is when its target is created by the same plan."""
    later = KnownAfterApply(("VpDeploymentTarget", "default", "new"))
    fields = tuple(
        FieldChange(item.path, item.before, later)
        if item.path == ("spec", "deploymentTargetId")
        else item
        for item in change.fields
    )
    assert fields != change.fields
    return replace(change, fields=fields)


def test_marker_and_record_are_written_in_the_same_request() -> None:
    resource = manifest("VpDeploymentTarget", "new")
    sent = body(changed(resource))["metadata"]["annotations"]
    assert sent == own_notes(resource)
