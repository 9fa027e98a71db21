"""Whose a VVP object is: the marker decides, and nothing that is not ours is ever overwritten."""

from __future__ import annotations

import json
from typing import Any

from .harness import World
from .manifests import Document, deployment, namespace, note, target


def _marker(world: World, name: str) -> dict[str, Any]:
    marker: dict[str, Any] = json.loads(world.vvp(name)["metadata"]["annotations"][note("owner")])
    return marker


def _by_hand(world: World, name: str, **spec: Any) -> Document:
    """A deployment that a person made at the user interface, like that of :func:`deployment`."""
    body = deployment(name, state="CANCELLED")["spec"]["spec"]
    body |= {"deploymentTargetName": "jobs", **spec}
    return world.by_hand("deployments", {"metadata": {"name": name}, "spec": body})


def test_marker_and_record_travel_with_the_creation_and_say_whose_it_is(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.reconcile()
    resource = world.get("vpdeployments", "orders")
    marker = _marker(world, "orders")
    assert marker == {
        "v": 1, "owner": "default", "resource": f"{world.namespace}/orders", "generation": 1,
        "uid": resource["metadata"]["uid"], "platform": "default/orders", "sum": marker["sum"],
        "cluster": world.admin.request("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"],
    }  # fmt: skip
    creations = [one for one in world.sandbox.mutations() if one.method == "POST"]
    assert len(creations) == len(world.sandbox.mutations()) == 2, "no second request for the marker"
    for one in creations:
        assert {note("owner"), note("managed")} <= set(one.body["metadata"]["annotations"])
    record = json.loads(world.vvp("orders")["metadata"]["annotations"][note("managed")])
    assert record["paths"]["/spec/template/spec/flinkConfiguration"] == ["s3.secret-key"]


def test_an_unmarked_object_is_adopted_when_equal_and_left_alone_when_it_differs(
    world: World,
) -> None:
    world.apply(target())
    world.sync()
    _by_hand(world, "equal")
    differing = _by_hand(world, "differing", maxJobCreationAttempts=9)
    bindings = [{"role": "owner", "members": ["user:a"]}]
    theirs = {"name": "namespaces/theirs", "roleBindings": bindings}
    world.by_hand("/namespaces/v1/namespaces", theirs)
    world.apply(
        deployment("equal", state="CANCELLED"),
        deployment("differing", state="CANCELLED", maxJobCreationAttempts=3),
        namespace("theirs", ("owner", "user:b")),
    )
    with world.carried_out() as done:
        run = world.reconcile(code=3)
    assert run.changes == [("adopt", "VpDeployment", "equal")]
    assert [what[0] for what in done] == ["PATCH"]
    assert _marker(world, "equal")["resource"] == f"{world.namespace}/equal"
    for plural, name, place in (
        ("vpdeployments", "differing", "/spec/maxJobCreationAttempts"),
        ("vpnamespaces", "theirs", "/roleBindings"),
    ):
        status, reason, text = world.told(plural, name, "Stalled")
        assert (status, reason) == ("True", "NotOwned")
        assert place in text
    assert world.vvp("differing") == differing
    world.assert_quiet(1, code=3)
    world.apply(deployment("differing", state="CANCELLED", maxJobCreationAttempts=9))
    world.reconcile(code=3)
    assert _marker(world, "differing")["resource"] == f"{world.namespace}/differing"


def test_an_object_of_another_owner_or_resource_is_never_overwritten(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.reconcile("--owner-id", "blue")
    before = world.vvp("orders")
    rival = deployment("rival", state="CANCELLED", metadata={"name": "orders"})
    world.apply(rival)
    with world.carried_out() as done:
        world.reconcile(code=3)
    assert not done
    assert world.vvp("orders") == before
    for name in ("orders", "rival"):
        assert world.told("vpdeployments", name, "Stalled")[1] == "NotOwned"
    assert "owner 'blue'" in world.told("vpdeployments", "orders", "Stalled")[2]
    run = world.reconcile("--owner-id", "blue", code=3)
    assert run.blocked("rival")[0] == "NotOwned"
    assert world.told("vpdeployments", "orders")[0] == "True", "the holder is not disturbed"


def test_a_copy_made_in_vvp_is_nobodys_though_it_carries_our_marker(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.reconcile()
    annotations = world.vvp("orders")["metadata"]["annotations"]
    copy = {
        "metadata": {"name": "copy", "annotations": annotations},
        "spec": world.vvp("orders")["spec"],
    }
    copy["spec"]["maxJobCreationAttempts"] = 9
    world.by_hand("deployments", copy)
    world.apply(deployment("copy", state="CANCELLED", maxJobCreationAttempts=3))
    with world.carried_out() as done:
        world.reconcile(code=3)
    assert not done
    assert world.told("vpdeployments", "copy", "Stalled")[1] == "NotOwned"


def test_a_job_that_ran_and_vanished_is_not_started_from_empty_state_without_a_word(
    world: World,
) -> None:
    stateless: dict[str, Any] = {
        "upgradeStrategy": {"kind": "STATELESS"},
        "restoreStrategy": {"kind": "NONE"},
    }
    world.apply(target(), deployment("orders"), deployment("stateless", **stateless))
    world.sync()
    for name in ("orders", "stateless"):
        world.sandbox.remove_deployment("default", name)
    run = world.reconcile(code=3)
    assert run.changes == [("create", "VpDeployment", "stateless")]
    status, reason, text = world.told("vpdeployments", "orders", "Stalled")
    assert (status, reason) == ("True", "StateLoss")
    assert "confirm-state-loss" in text
    world.sandbox.settle()
    world.sync(code=3)
    world.assert_quiet(1, code=3)
    world.annotate("vpdeployments", "orders", confirm_state_loss="yes")
    world.sync()
    assert world.vvp("orders")["status"]["state"] == "RUNNING"
    assert (
        world.get("vpdeployments", "orders")["status"]["lastHandled"]["confirm-state-loss"] == "yes"
    )
    world.sandbox.remove_deployment("default", "orders")
    world.reconcile(code=3)
    assert world.told("vpdeployments", "orders", "Stalled")[1] == "StateLoss", "consent counts once"
