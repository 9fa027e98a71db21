"""Order: what others need comes first, deletions go the other way round, and levels run side by side."""

from __future__ import annotations

import time

from vpsync.sandbox import Hang, Respond, on
from vpsync.sandbox.faults import Fault

from .harness import World
from .manifests import Document, deployment, namespace, savepoint, target


def test_a_team_is_built_in_one_pass_and_taken_down_in_reverse(world: World) -> None:
    world.apply(
        deployment("orders", vvp="team"), target(vvp="team"), namespace("team"),
        savepoint("first", "orders", vvp="team"),
    )  # fmt: skip
    run = world.reconcile()
    assert [change[1] for change in run.changes] == [
        "VpNamespace",
        "VpDeploymentTarget",
        "VpDeployment",
    ]
    planned = run.report["changes"][2]["fields"]
    assert {"path": "/spec/deploymentTargetName", "before": None, "after": "jobs",
            "sensitive": False} in planned  # fmt: skip
    paths = [one.path for one in world.sandbox.mutations()]
    assert paths == [
        "/namespaces/v1/namespaces",
        "/api/v1/namespaces/team/deployment-targets",
        "/api/v1/namespaces/team/deployments",
    ]
    assert run.blocked("first")[0] == "DependencyNotReady"
    assert world.vvp("orders", "team")["spec"]["deploymentTargetName"] == "jobs"
    world.sync()

    for plural in ("vpsavepoints", "vpdeployments", "vpdeploymenttargets", "vpnamespaces"):
        world.delete(plural)
    for one in world.sandbox.savepoints("team", world.vvp("orders", "team")["metadata"]["id"]):
        world.sandbox.prune_savepoint("team", one["metadata"]["id"])
    since = world.sandbox.requests[-1].number
    world.sync(passes=10)
    assert list(world.resources()) == []
    removed = [one.path for one in world.sandbox.mutations(since) if one.method == "DELETE"]
    assert [path.rpartition("/")[0].rpartition("/")[2] for path in removed] == [
        "deployments", "deployment-targets", "namespaces"
    ]  # fmt: skip


def test_what_needs_a_failed_object_waits_and_the_rest_goes_on(world: World) -> None:
    world.sandbox.faults.add(Fault(on("POST", "/deployment-targets$"), Respond(500)))
    world.sandbox.reject(on("POST", "^/namespaces/v1/"), "No more namespaces.")
    world.apply(
        namespace("team"), target("t-jobs", vvp="team"), target(), deployment("orders"),
        namespace("team-2"),
    )  # fmt: skip
    run = world.reconcile("--concurrency", "1", code=3)
    outcomes = {one["name"]: one["outcome"] for one in run.report["changes"]}
    assert outcomes == {
        "team": "failed", "team-2": "failed", "t-jobs": "skipped", "jobs": "failed", "orders": "skipped"
    }  # fmt: skip
    for plural, name in (("vpdeployments", "orders"), ("vpdeploymenttargets", "t-jobs")):
        assert world.told(plural, name, "Reconciling")[1] == "DependencyNotReady"
    for _ in range(2):
        world.reconcile(code=3)
        world.sandbox.settle()
    world.reconcile(code=3)
    assert world.told("vpdeployments", "orders")[0] == "True"
    assert world.told("vpdeploymenttargets", "t-jobs", "Reconciling")[1] == "DependencyNotReady"


def _target_id(world: World, name: str) -> str:
    held = world.sandbox.target("default", name)
    assert held is not None
    return str(held["metadata"]["id"])


def _placed(name: str, outer: Document, inner: Document) -> Document:
    """A deployment that names its target in ``spec``, in ``spec.spec``, or in both."""
    document = deployment(name, state="CANCELLED", version="v1beta2", **inner)
    del document["spec"]["deploymentTargetName"]
    document["spec"] |= outer
    return document


def test_a_target_is_named_by_name_or_id_and_resolved_in_every_pass(world: World) -> None:
    by_name = {"deploymentTargetName": "jobs"}
    world.apply(target(), target("other"), _placed("early", {"deploymentTargetName": "late"}, {}))
    world.reconcile()
    assert world.told("vpdeployments", "early", "Reconciling")[1] == "DependencyNotReady"
    first = _target_id(world, "jobs")
    by_id = {"deploymentTargetId": first}
    world.apply(
        target("late"),
        _placed("outer-name", by_name, {}), _placed("inner-name", {}, by_name),
        _placed("outer-id", by_id, {}), _placed("inner-id", {}, by_id),
        _placed("both", by_name, by_id),
        _placed("contradictory", by_id, {"deploymentTargetName": "other"}),
    )  # fmt: skip
    world.reconcile(code=3)
    for name in ("outer-name", "inner-name", "outer-id", "inner-id", "both"):
        assert _target_of(world, name) == first
        assert world.told("vpdeployments", name)[0] == "True"
    # Its target came in the same pass: the status has its id from the next one on.
    world.reconcile(code=3)
    assert _target_of(world, "early") == _target_id(world, "late")
    status, reason, text = world.told("vpdeployments", "contradictory", "Stalled")
    assert (status, reason) == ("True", "InvalidSpec")
    assert "two different objects" in text
    world.apply(_placed("outer-name", {"deploymentTargetName": "other"}, {}))
    world.reconcile(code=3)
    assert _target_of(world, "outer-name") == _target_id(world, "other")


def _target_of(world: World, name: str) -> str:
    """The id of the target on which VVP runs a deployment, and its status says so."""
    spec = world.vvp(name)["spec"]
    shown = spec.get("deploymentTargetId") or _target_id(world, spec["deploymentTargetName"])
    assert world.get("vpdeployments", name)["status"]["deploymentTargetId"] == shown
    return str(shown)


def test_the_changes_of_a_level_run_side_by_side_up_to_the_limit(world: World) -> None:
    names = [f"job-{number}" for number in range(4)]
    world.apply(target(), *(deployment(name, state="CANCELLED") for name in names))
    creation = on("POST", "/deployments$")
    world.sandbox.faults.add(Fault(creation, Hang(0.5), None))
    process = world.start("reconcile", "--once", "--concurrency", "2", *world.flags)
    under_way = 0
    while process.poll() is None:
        asked = [one for one in world.sandbox.requests if creation(one)]
        under_way = max(under_way, sum(1 for one in asked if one.status == 0))
        time.sleep(0.02)
    run = world.ended(process.returncode, *process.communicate())
    assert run.code == 0
    assert under_way == 2
    assert len(asked) == len(names)
