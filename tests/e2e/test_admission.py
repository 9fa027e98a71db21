"""Admission policies that deny what vpsync writes to a resource: told in their words, and tried again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .harness import World, condition
from .manifests import deployment, target

_API = "/apis/admissionregistration.k8s.io/v1"


@contextmanager
def policy(world: World, name: str, expression: str, **rule: Any) -> Iterator[None]:
    """A policy for updates of the deployments of this world."""
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": ["ververicaplatform.fintechstudios.com"],
                    "apiVersions": ["*"],
                    "operations": ["UPDATE"],
                    "resources": rule.pop("resources", ["vpdeployments"]),
                }
            ],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        },
        "validations": [{"expression": expression, "message": "no Flink on Fridays", **rule}],
    }
    binding = {"policyName": name, "validationActions": ["Deny"]}
    made = (
        ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", spec),
        ("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", binding),
    )
    for plural, kind, body in made:
        document = {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": name}, "spec": body,
        }  # fmt: skip
        world.admin.request("POST", f"{_API}/{plural}", document)
    time.sleep(3)  # The API server takes up policies every second, and says of none that it has.
    try:
        yield
    finally:
        for plural, _, _ in made:
            world.admin.request("DELETE", f"{_API}/{plural}/{name}")
        time.sleep(2)


def stalled(world: World, name: str) -> str:
    [found] = [one for one in world.list("vpdeployments") if one["metadata"]["name"] == name]
    assert condition(found, "Stalled")["reason"] == "Rejected"
    return str(condition(found, "Stalled")["message"])


def test_a_denied_finalizer_leaves_vvp_alone_and_is_set_once_it_is_permitted(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    expression = "!has(object.metadata.finalizers)"
    with policy(world, world.namespace, expression):
        for _ in range(2):
            run = world.reconcile(code=3)
            assert "no Flink on Fridays" in run.out
            assert "no Flink on Fridays" in stalled(world, "orders")
        assert [one for one in world.sandbox.mutations() if "/deployments" in one.path] == []
    world.sync()
    assert world.vvp("orders")["metadata"]["name"] == "orders"


def test_denials_with_the_statuses_of_others_are_told_apart(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    expression = "!has(object.metadata.finalizers)"
    for reason in ("Forbidden", "RequestEntityTooLarge"):
        name = f"{world.namespace}-{reason.lower()}"
        with policy(world, name, expression, reason=reason):
            run = world.reconcile(code=3)
            assert "no Flink on Fridays" in run.out
            assert "no Flink on Fridays" in stalled(world, "orders")


def test_a_denied_status_is_told_in_the_report(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    with policy(world, world.namespace, "false", resources=["vpdeployments/status"]):
        run = world.reconcile(code=3)
        assert any("no Flink on Fridays" in error for error in run.report["errors"])
    world.sync()
