"""What a job's state means for its resource, and what may be sent to it in that state."""

from __future__ import annotations

from typing import Any

from vpsync.sandbox import Respond, on
from vpsync.sandbox.faults import Fault

from .harness import World
from .manifests import Document, deployment, target
from .oracles import condition, kstatus

DEPLOYMENTS = "vpdeployments"
PARALLEL: Document = {"parallelism": 3}


def _start(world: World, *documents: Document) -> None:
    world.apply(target(), *documents)
    world.sync()


def _patches(world: World, since: int) -> list[Any]:
    """The ``spec`` of each PATCH of a deployment."""
    return [one.body.get("spec") for one in world.sandbox.mutations(since) if one.method == "PATCH"]


def _last(world: World) -> int:
    return world.sandbox.requests[-1].number


def test_the_status_shows_the_state_the_running_job_and_its_conditions(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.reconcile()
    resource = world.get(DEPLOYMENTS, "orders")
    assert condition(resource, "Ready")["status"] == "False"
    assert condition(resource, "Reconciling")["reason"] == "Progressing"
    assert kstatus(resource) == "InProgress"
    world.reconcile()
    assert world.get(DEPLOYMENTS, "orders")["status"]["state"] == "TRANSITIONING"
    world.settle()
    status = world.get(DEPLOYMENTS, "orders")["status"]
    held = world.vvp("orders")
    [job] = world.sandbox.jobs("default", held["metadata"]["id"])
    assert status["state"] == "RUNNING"
    assert status["running"]["jobId"] == held["status"]["running"]["jobId"] == job["metadata"]["id"]
    assert [one["type"] for one in status["running"]["conditions"]] == ["JobFailing"]
    assert status["id"] == held["metadata"]["id"]
    assert status["job"]["id"] == job["metadata"]["id"]
    assert status["job"]["state"] == "STARTED"
    assert status["job"]["flinkJobId"] == job["status"]["started"]["flinkJobId"]
    assert status["hasRun"] is True

    world.sandbox.script_state("default", "orders", "RUNNING", "Out of memory.", job_failing=True)
    world.reconcile()
    ready, reason, text = world.told(DEPLOYMENTS, "orders")
    assert (ready, reason) == ("False", "JobFailing")
    assert "Out of memory." in text
    assert world.told(DEPLOYMENTS, "orders", "Synced")[0] == "True"
    world.sandbox.script_state("default", "orders", "PONDERING")
    world.reconcile()
    assert world.told(DEPLOYMENTS, "orders")[:2] == ("Unknown", "UnknownState")
    assert world.get(DEPLOYMENTS, "orders")["status"]["state"] == "PONDERING"
    world.assert_quiet(1)


def test_a_job_that_finished_is_ready_and_not_started_again(world: World) -> None:
    _start(world, deployment("batch"))
    world.sandbox.script_state("default", "batch", "FINISHED")
    world.sync()
    assert world.told(DEPLOYMENTS, "batch")[:2] == ("True", "Finished")
    assert world.get(DEPLOYMENTS, "batch")["status"]["job"]["state"] == "FINISHED"
    assert kstatus(world.get(DEPLOYMENTS, "batch")) == "Current"
    world.assert_quiet(1)
    assert world.jobs("batch") == 1


def test_a_failed_job_is_left_alone_until_its_manifest_or_a_request_changes(world: World) -> None:
    _start(world, deployment("orders"), deployment("asked"))
    for name in ("orders", "asked"):
        world.sandbox.script_state("default", name, "FAILED", "Class not found.")
    world.sync()
    resource = world.get(DEPLOYMENTS, "orders")
    assert kstatus(resource) == "Failed"
    assert condition(resource, "Stalled")["reason"] == "JobFailed"
    assert resource["status"]["state"] == "FAILED"
    assert "Class not found." in str(resource["status"]["failure"])
    world.assert_quiet(1)

    # The change goes with the cancellation; the start waits for a pass that reads CANCELLED.
    since = _last(world)
    world.apply(deployment("orders", template=PARALLEL))
    world.annotate(DEPLOYMENTS, "asked", reconcile_requested_at="1")
    world.reconcile()
    changed = {"state": "CANCELLED", "template": {"spec": {"parallelism": 3}}}
    assert sorted(_patches(world, since), key=len) == [{"state": "CANCELLED"}, changed]
    world.sandbox.settle()
    since = _last(world)
    world.reconcile()
    assert _patches(world, since) == [{"state": "RUNNING"}] * 2
    world.sandbox.settle()
    world.sync()
    for name in ("orders", "asked"):
        assert world.told(DEPLOYMENTS, name)[0] == "True"
        assert world.jobs(name) == 2
    assert world.get(DEPLOYMENTS, "orders")["status"].get("failure") is None
    world.assert_quiet(1)


def test_a_change_of_a_failed_job_survives_a_pass_that_could_not_send_it(world: World) -> None:
    names = ("changed", "asked")
    _start(world, *(deployment(name) for name in names))
    for name in names:
        world.sandbox.script_state("default", name, "FAILED")
    world.sync()
    world.apply(deployment("changed", template=PARALLEL))
    world.annotate(DEPLOYMENTS, "asked", reconcile_requested_at="1")
    # First nobody can look, then VVP refuses the writes, then all is well.
    locked = world.sandbox.faults.add(Fault(on("*", ""), Respond(401), None))
    world.reconcile(code=5)
    world.sandbox.faults.remove(locked)
    broken = world.sandbox.faults.add(Fault(on("PATCH", ""), Respond(500), None))
    world.reconcile(code=3)
    world.sandbox.faults.remove(broken)
    world.sync()
    for name in names:
        assert world.vvp(name)["status"]["state"] == "RUNNING"
        assert world.jobs(name) == 2
    assert world.vvp("changed")["spec"]["template"]["spec"]["parallelism"] == 3


def test_while_vvp_is_at_work_only_the_state_is_sent(world: World) -> None:
    names = ("moved", "stopped")
    _start(world, *(deployment(name) for name in names))
    for name in names:
        world.sandbox.hang("default", name)
    world.reconcile()
    since = _last(world)
    world.apply(
        deployment("moved", template=PARALLEL),
        deployment("stopped", state="SUSPENDED", template=PARALLEL),
    )
    world.reconcile()
    world.reconcile()
    assert _patches(world, since) == [{"state": "SUSPENDED"}]
    for name in names:
        assert world.told(DEPLOYMENTS, name, "Reconciling")[:2] == ("True", "Progressing")
    assert "1 field" in world.told(DEPLOYMENTS, "moved", "Reconciling")[2]
    assert world.told(DEPLOYMENTS, "moved", "Synced")[0] == "False"

    since = _last(world)
    world.reconcile("--transition-timeout", "0s")
    assert {"template": {"spec": {"parallelism": 3}}} in _patches(world, since), "not for ever"
    for name in names:
        world.sandbox.unhang("default", name)
    world.sandbox.settle()
    world.sync()
    assert world.vvp("stopped")["status"]["state"] == "SUSPENDED"
    for name in names:
        assert world.vvp(name)["spec"]["template"]["spec"]["parallelism"] == 3
