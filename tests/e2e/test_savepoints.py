"""Savepoints are taken exactly once, whatever happens to the request, and followed to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vpsync.sandbox import CloseConnection, on
from vpsync.sandbox.faults import Fault

from .harness import World
from .manifests import Document, deployment, savepoint, target
from .oracles import kstatus

SAVEPOINTS = "vpsavepoints"
POST = on("POST", "/savepoints$")


def _taken(world: World, name: str = "orders") -> list[dict[str, Any]]:
    """The savepoints that VVP has of a deployment."""
    return world.sandbox.savepoints("default", world.vvp(name)["metadata"]["id"])


def _posts(world: World) -> int:
    """How often VVP took or registered a savepoint on request."""
    return sum(1 for one in world.sandbox.mutations() if one.applied and POST(one))


def _running(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.sync()


def _status(world: World, name: str) -> Document:
    status: Document = world.get(SAVEPOINTS, name)["status"]
    return status


def test_a_savepoint_is_taken_once_by_name_or_id_and_its_end_is_shown(world: World) -> None:
    world.apply(savepoint("by-name", "orders"))
    world.reconcile()
    status, reason, text = world.told(SAVEPOINTS, "by-name", "Reconciling")
    assert (status, reason) == ("True", "DependencyNotReady")
    assert "no Deployment 'orders'" in text
    _running(world)
    identity = world.vvp("orders")["metadata"]["id"]
    world.apply(savepoint("by-id", deployment_id=identity))
    world.apply(savepoint("by-both", "orders", deployment_id=identity))
    world.reconcile()
    started = _status(world, "by-id")
    assert started["state"] == "STARTED"
    assert world.told(SAVEPOINTS, "by-id", "Reconciling")[1] == "Progressing"
    world.sync()
    assert _posts(world) == 3
    taken = {one["metadata"]["id"]: one for one in _taken(world)}
    assert len(taken) == 3
    for resource in world.list(SAVEPOINTS):
        status_of = resource["status"]
        mine = taken.pop(status_of["id"])
        assert (status_of["state"], kstatus(resource)) == ("COMPLETED", "Current")
        assert status_of["location"] == mine["spec"]["savepointLocation"]
        assert status_of["jobId"] == mine["metadata"]["jobId"]
        assert status_of["deploymentId"] == identity
        assert status_of.get("intent") is None
    world.assert_quiet()
    # What VVP prunes later is told, and never taken again.
    for one in _taken(world):
        world.sandbox.prune_savepoint("default", one["metadata"]["id"])
    world.reconcile(code=3)
    assert world.told(SAVEPOINTS, "by-id", "Ready")[:2] == ("False", "Gone")
    world.assert_quiet(1, code=3)
    assert _posts(world) == 3


def test_a_deployment_that_does_not_run_is_waited_for(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.sync()
    world.apply(savepoint("later", "orders"))
    world.reconcile()
    status, reason, text = world.told(SAVEPOINTS, "later", "Reconciling")
    assert (status, reason) == ("True", "DependencyNotReady")
    assert "CANCELLED" in text
    assert _posts(world) == 0
    world.apply(deployment("orders"))
    world.sync()
    assert _posts(world) == 1


def test_a_lost_answer_is_found_again_by_its_marker(world: World) -> None:
    _running(world)
    world.apply(savepoint("lost", "orders"))
    world.sandbox.faults.add(Fault(POST, CloseConnection(deliver=True)))
    world.reconcile(code=3)
    assert _status(world, "lost")["intent"]["nonce"]
    world.sync()
    assert _posts(world) == 1
    [mine] = _taken(world)
    assert _status(world, "lost")["id"] == mine["metadata"]["id"]
    assert _status(world, "lost").get("intent") is None
    world.assert_quiet(1)


def test_a_request_that_never_arrived_is_sent_again_when_it_cannot_be_under_way(
    world: World,
) -> None:
    _running(world)
    world.apply(savepoint("lost", "orders"))
    world.sandbox.faults.add(Fault(POST, CloseConnection(deliver=False)))
    world.reconcile(code=3)
    world.reconcile()
    assert world.told(SAVEPOINTS, "lost", "Reconciling")[1] == "Progressing"
    assert len([one for one in world.sandbox.mutations() if POST(one)]) == 1, "it may be under way"
    world.sync("--vvp-request-timeout", "0.5s")
    assert _posts(world) == 1
    assert len(_taken(world)) == 1


def test_where_vvp_keeps_no_marker_a_person_decides_about_a_lost_answer(
    make_world: Callable[..., World],
) -> None:
    quick = ("--vvp-request-timeout", "0.5s")
    world = make_world(keep_annotations_on_savepoints=False)
    _running(world)
    world.apply(savepoint("adopted", "orders"))
    world.sandbox.faults.add(Fault(POST, CloseConnection(deliver=True)))
    world.reconcile(*quick, code=3)
    [stranger] = _taken(world)
    world.sync(*quick, code=3)
    status, reason, text = world.told(SAVEPOINTS, "adopted", "Stalled")
    assert (status, reason) == ("True", "CreateResultUnknown")
    assert stranger["metadata"]["id"] in text
    assert "adopt" in text, "and how to resolve it"
    world.sync(*quick, code=3)
    assert _posts(world) == 1
    world.annotate(SAVEPOINTS, "adopted", adopt=stranger["metadata"]["id"])
    world.sync(*quick)
    assert _status(world, "adopted")["id"] == stranger["metadata"]["id"]
    assert _posts(world) == 1

    world.apply(savepoint("again", "orders"))
    world.sandbox.faults.add(Fault(POST, CloseConnection(deliver=True)))
    world.reconcile(*quick, code=3)
    world.sync(*quick, code=3)
    assert world.told(SAVEPOINTS, "again", "Stalled")[1] == "CreateResultUnknown"
    world.annotate(SAVEPOINTS, "again", reconcile_requested_at="now")
    world.sync(*quick)
    assert _posts(world) == 3
    world.assert_quiet(1)


def test_a_location_is_registered_also_where_no_job_runs(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.sync()
    world.apply(savepoint("known", "orders", location="s3://bucket/savepoints/17"))
    world.sync()
    [mine] = _taken(world)
    assert mine["spec"]["savepointLocation"] == "s3://bucket/savepoints/17"
    assert _status(world, "known")["location"] == "s3://bucket/savepoints/17"
    assert (_status(world, "known")["state"], _posts(world)) == ("COMPLETED", 1)
    world.assert_quiet(1)


def test_a_failed_savepoint_is_told_and_another_is_asked_for_only_on_demand(world: World) -> None:
    _running(world)
    world.sandbox.fail_next_savepoint("default", "orders", "The disk is full.")
    world.apply(savepoint("failing", "orders"))
    world.sync(code=3)
    status, reason, text = world.told(SAVEPOINTS, "failing", "Stalled")
    assert (status, reason) == ("True", "SavepointFailed")
    assert "The disk is full." in text
    assert _status(world, "failing")["state"] == "FAILED"
    assert _status(world, "failing")["failure"]["message"] == "The disk is full."
    assert ("Warning", "SavepointFailed") in {e[:2] for e in world.events_about("failing")}
    world.assert_quiet(1, code=3)
    assert _posts(world) == 1
    world.sync("--savepoint-retries", "1")
    assert _posts(world) == 2
    assert _status(world, "failing")["state"] == "COMPLETED"
    assert _status(world, "failing")["attempts"] == 2
    assert _status(world, "failing").get("failure") is None


def test_a_savepoint_that_vvp_lost_is_gone_and_never_taken_again(world: World) -> None:
    _running(world)
    world.apply(savepoint("gone", "orders"))
    world.reconcile()
    [mine] = _taken(world)
    world.sandbox.prune_savepoint("default", mine["metadata"]["id"])
    world.sync(code=3)
    status, reason, text = world.told(SAVEPOINTS, "gone", "Stalled")
    assert (status, reason) == ("True", "Gone")
    assert "not taken again" in text
    world.assert_quiet(1, code=3)
    assert _posts(world) == 1


def test_a_list_of_savepoints_that_fails_never_reads_as_empty(world: World) -> None:
    _running(world)
    world.apply(savepoint("once", "orders"))
    world.sandbox.faults.add(Fault(POST, CloseConnection(deliver=True)))
    world.reconcile(code=3)
    broken = world.sandbox.faults.add(Fault(on("GET", "/savepoints$"), CloseConnection(), None))
    run = world.reconcile(code=3)
    assert run.blocked("once")[0] == "PlatformUnreadable"
    world.sandbox.faults.remove(broken)
    world.sync()
    assert _posts(world) == 1
