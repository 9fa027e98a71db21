"""VVP's routes, and what its answers must look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from builders import manifest, observed
from vpsync.errors import PlatformError, PlatformFault, PlatformRejected
from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.kinds.namespace import NAMESPACE
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.sandbox import Fault, Reshape, Sandbox, on
from vpsync.ververica.api_tokens import ApiTokens
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens

from .conftest import OpenTransport

TARGET = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "flink"}}}
JOB = {
    "metadata": {"name": "orders"},
    "spec": {
        "deploymentTargetName": "jobs",
        "template": {"spec": {"artifact": {"kind": "JAR", "jarUri": "s3://b/x.jar"}}},
    },
}


@pytest.fixture
def client(sandbox: Sandbox, open_transport: OpenTransport) -> Client:
    return Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))


Call = Callable[[Client], Any]


def answered(sandbox: Sandbox, value: Any) -> None:
    sandbox.faults.add(Fault(on("*", "."), Reshape(value), times=None))


class TestLists:
    @pytest.mark.parametrize(
        "value",
        [
            None, [], {}, "x", 1, True, {"items": None}, {"items": {}}, {"items": "x"},
            {"items": [None]}, {"items": ["x"]}, {"items": [[]]}, {"items": [{}]},
            {"items": [{"metadata": None}]}, {"items": [{"metadata": {}}]},
            {"items": [{"metadata": {"name": "x"}}]}, {"items": [{"metadata": {"id": ""}}]},
            {"items": [{"metadata": {"id": 7, "name": "x"}}]},
            {"items": [{"metadata": {"id": "1", "name": None}}]},
            {"items": [{"metadata": {"id": "1", "name": ["x"]}}]},
        ],
        ids=repr,
    )  # fmt: skip
    @pytest.mark.parametrize("kind", [DEPLOYMENT, DEPLOYMENT_TARGET], ids=lambda kind: kind.name)
    def test_what_is_no_list_of_objects_is_an_error_and_never_empty(
        self, sandbox: Sandbox, client: Client, kind: Any, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault, match="not what VVP's API promises"):
            client.list_kind(kind, "default")

    @pytest.mark.parametrize(
        "value",
        [
            None, [], {}, {"namespaces": None}, {"namespaces": {}}, {"namespaces": [1]},
            {"namespaces": [{}]}, {"namespaces": [{"name": "default"}]},
            {"namespaces": [{"name": ["namespaces/x"]}]}, {"items": []},
        ],
        ids=repr,
    )  # fmt: skip
    def test_what_is_no_list_of_namespaces_is_an_error_and_never_empty(
        self, sandbox: Sandbox, client: Client, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault, match="not what VVP's API promises"):
            client.namespaces()

    def test_an_empty_list_is_empty(self, client: Client) -> None:
        assert client.list_kind(DEPLOYMENT, "default") == []
        assert [seen.id for seen in client.namespaces()] == ["default"]

    def test_savepoints_have_no_name(self, sandbox: Sandbox, client: Client) -> None:
        answered(sandbox, {"items": [{"metadata": {"id": "1"}}]})
        [seen] = client.list_kind(SAVEPOINT, "default")
        assert (seen.id, seen.key.name) == ("1", "")

    @pytest.mark.parametrize("value", [None, [], {}, {"status": None}, {"status": []}], ids=repr)
    def test_a_job_without_a_status_is_an_error(
        self, sandbox: Sandbox, client: Client, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault):
            client.job("default", "1")


class TestWrites:
    @pytest.mark.parametrize("value", [None, [], {}, {"metadata": {"name": "x"}}], ids=repr)
    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.create(DEPLOYMENT_TARGET, "default", "jobs", TARGET),
            lambda client: client.change(
                DEPLOYMENT, observed(manifest("VpDeployment")), "PATCH", {}
            ),
        ],
    )
    def test_an_answer_that_is_no_object_leaves_the_result_unknown(
        self, sandbox: Sandbox, client: Client, call: Call, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault):
            call(client)

    @pytest.mark.parametrize("value", [None, [], {}, {"namespace": None}, {"name": "x"}], ids=repr)
    def test_a_namespace_comes_in_its_envelope(
        self, sandbox: Sandbox, client: Client, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault):
            client.create(NAMESPACE, "analytics", "analytics", {"roleBindings": []})

    def test_objects_are_addressed_as_every_version_knows_them(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        """Deployments by id, targets and namespaces by name."""
        target = client.create(DEPLOYMENT_TARGET, "default", "jobs", TARGET)
        job = client.create(DEPLOYMENT, "default", "orders", JOB)
        namespace = client.create(NAMESPACE, "analytics", "analytics", {"roleBindings": []})
        client.change(DEPLOYMENT, job, "PATCH", {"spec": {"state": "CANCELLED"}})
        client.change(NAMESPACE, namespace, "PUT", {"roleBindings": []})
        sandbox.settle()
        client.delete(DEPLOYMENT, job)
        client.delete(DEPLOYMENT_TARGET, target)
        client.delete(NAMESPACE, namespace)
        assert [(r.method, r.path) for r in sandbox.mutations()] == [
            ("POST", "/api/v1/namespaces/default/deployment-targets"),
            ("POST", "/api/v1/namespaces/default/deployments"),
            ("POST", "/namespaces/v1/namespaces"),
            ("PATCH", f"/api/v1/namespaces/default/deployments/{job.id}"),
            ("PUT", "/namespaces/v1/namespaces/analytics"),
            ("DELETE", f"/api/v1/namespaces/default/deployments/{job.id}"),
            ("DELETE", "/api/v1/namespaces/default/deployment-targets/jobs"),
            ("DELETE", "/namespaces/v1/namespaces/analytics"),
        ]

    def test_an_id_of_vvps_that_is_no_segment_is_never_sent(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        seen = observed(manifest("VpDeployment"), identity="../../namespaces/default")
        with pytest.raises(PlatformRejected, match="nothing was sent"):
            client.delete(DEPLOYMENT, seen)
        assert sandbox.requests == []


def test_a_namespace_that_is_no_segment_is_never_sent(sandbox: Sandbox, client: Client) -> None:
    for call in (
        lambda: client.list_kind(DEPLOYMENT, "../x"),
        lambda: ApiTokens(client).create_token("a/b", "token"),
        lambda: ApiTokens(client).delete_token("default", ".."),
        lambda: client.job("default", ".."),
    ):
        with pytest.raises(PlatformError):
            call()
    assert sandbox.requests == []


class TestAutopilot:
    def test_active_policies_are_told_by_their_deployment(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        sandbox.call("POST", "/api/v1/namespaces/default/deployment-targets", TARGET)
        for name, mode in (("a", "ACTIVE"), ("b", "MONITORING"), ("c", "DISABLED"), ("d", "")):
            job = {**JOB, "metadata": {"name": name}}
            sandbox.call("POST", "/api/v1/namespaces/default/deployments", job)
            if mode:
                sandbox.set_autopilot("default", name, mode)
        held = sandbox.deployment("default", "a") or {}
        assert client.autopiloted("default") == {held["metadata"]["id"]}

    @pytest.mark.parametrize(
        ("value", "ids"),
        [
            ({}, set()),
            ({"policies": []}, set()),
            ({"policies": [{"mode": "AUTOPILOT_MODE_SOMETHING", "name": "x"}]}, set()),
        ],
    )
    def test_an_answer_without_active_ones_means_none(
        self, sandbox: Sandbox, client: Client, value: Any, ids: set[str]
    ) -> None:
        answered(sandbox, value)
        assert client.autopiloted("default") == ids

    @pytest.mark.parametrize(
        "value",
        [
            None, [], {"policies": None}, {"policies": {}}, {"policies": ["x"]},
            {"policies": [{"mode": "AUTOPILOT_MODE_ACTIVE"}]},
            {"policies": [{"mode": "AUTOPILOT_MODE_ACTIVE", "name": "namespaces/x/deployments"}]},
        ],
        ids=repr,
    )  # fmt: skip
    def test_what_is_no_list_of_policies_is_an_error_and_never_none(
        self, sandbox: Sandbox, client: Client, value: Any
    ) -> None:
        answered(sandbox, value)
        with pytest.raises(PlatformFault, match="not what VVP's API promises"):
            client.autopiloted("default")
