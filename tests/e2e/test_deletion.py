"""A deleted resource: VVP is cleaned up from every state, and the finalizer is the last to go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vpsync.sandbox import CloseConnection, Respond, on
from vpsync.sandbox.faults import Fault

from .admin import PLURALS
from .harness import FINALIZER, World
from .manifests import Document, deployment, namespace, savepoint, target

DEPLOYMENTS = "vpdeployments"
TARGETS = "vpdeploymenttargets"


def _held(world: World) -> set[tuple[str, str]]:
    """Kind and name of what VVP holds in its namespace ``default``."""
    lists = {"vpdeployments": "deployments", "vpdeploymenttargets": "deployment-targets"}
    return {
        (plural, item["metadata"]["name"])
        for plural, collection in lists.items()
        for item in world.sandbox.call("GET", f"/api/v1/namespaces/default/{collection}")[1][
            "items"
        ]
    }


def _protected(world: World) -> set[tuple[str, str]]:
    """Kind and name of the resources that bear the finalizer."""
    return {
        (plural, one["metadata"]["name"])
        for plural in PLURALS
        for one in world.list(plural)
        if FINALIZER in one["metadata"].get("finalizers", [])
    }


def _passes(world: World, *arguments: str, limit: int = 8) -> Iterator[None]:
    """Passes until no resource is left that waits for its end; each keeps the order of a deletion.

    What VVP held when a pass began keeps its finalizer in that pass, also when the pass deletes it:
    absence has to be read first.
    """
    for _ in range(limit):
        held, mark = _held(world), world.apiserver.audit_mark()
        world.reconcile(*arguments)
        patches = [one for one in world.writes(mark) if isinstance(one.body, list)]
        freed = {(one.resource, one.name) for one in patches if one.body[-1]["op"] == "remove"}
        assert not freed & held
        yield
        if not any("deletionTimestamp" in one["metadata"] for one in world.resources()):
            return
        world.sandbox.settle()
    raise AssertionError(f"not gone after {limit} passes: {_protected(world)}")


def _go(world: World, *arguments: str) -> int:
    """Passes until everything that is being deleted is gone; how many it took."""
    return sum(1 for _ in _passes(world, *arguments))


def _delete_all(world: World, *plurals: str) -> None:
    for plural in plurals:
        world.delete(plural)


def test_a_deletion_works_from_every_state_and_a_target_goes_when_it_is_free(world: World) -> None:
    running = ("running", "failed", "finished", "healing", "wiped", "invalid")
    resting = {"suspended": "SUSPENDED", "cancelled": "CANCELLED"}
    world.apply(
        target(),
        *(deployment(name) for name in running),
        *(deployment(name, state=state) for name, state in resting.items()),
    )
    world.sync()
    for name in ("failed", "finished"):
        world.sandbox.script_state("default", name, name.upper())
    world.sandbox.hang("default", "healing", heals_on_cancel=True)
    world.reconcile()
    broken = {"spec": {"spec": {"template": {"spec": {"parallelism": 0}}}}}
    world.admin.patch(DEPLOYMENTS, world.namespace, "invalid", broken)
    state = {name: world.vvp(name)["status"]["state"] for name in (*running, *resting)}
    assert state == {
        "running": "RUNNING", "failed": "FAILED", "finished": "FINISHED",
        "healing": "TRANSITIONING", "wiped": "RUNNING", "invalid": "RUNNING",
        "suspended": "SUSPENDED", "cancelled": "CANCELLED",
    }  # fmt: skip
    assert _protected(world) == _held(world)
    _delete_all(world, DEPLOYMENTS, TARGETS)
    wiped = {"status": {"id": None, "conditions": None, "state": None, "hasRun": None}}
    world.admin.patch(DEPLOYMENTS, world.namespace, "wiped", wiped, status=True)

    ids = {name: world.vvp(name)["metadata"]["id"] for name in state}
    passes = _passes(world)
    with world.carried_out() as done:
        next(passes)
        blocked = condition_of(world, TARGETS, "jobs")
        assert blocked[:2] == ("True", "DeletionBlocked")
        assert "deployments cancelled, failed, finished, healing, invalid and 3 more" in blocked[2]
        assert ("vpdeployments", "running") in _protected(world)
        assert condition_of(world, DEPLOYMENTS, "running")[:2] == ("True", "Deleting")
        for _ in passes:
            pass
    assert _held(world) == set()
    assert list(world.resources()) == []
    expected = {("DELETE", "deployment-targets/jobs"): 1}
    expected |= {("DELETE", f"deployments/{identity}"): 1 for identity in ids.values()}
    expected |= {("PATCH", f"deployments/{ids[name]}"): 1 for name in running}
    assert done == expected
    assert ("Normal", "Deleted") in {event[:2] for event in world.events_about("running")}
    assert "Warning" not in {event[0] for event in world.events_about("running")}


def condition_of(world: World, plural: str, name: str) -> tuple[str, str, str]:
    """Status, reason and message of ``Reconciling``."""
    return world.told(plural, name, "Reconciling")


def test_a_transition_that_never_ends_is_left_to_vvp_after_the_time_limit(world: World) -> None:
    world.apply(target(), deployment("stuck"))
    world.sync()
    world.sandbox.hang("default", "stuck")
    world.delete(DEPLOYMENTS, "stuck")
    with world.carried_out() as done:
        world.reconcile()
        world.reconcile()
        assert condition_of(world, DEPLOYMENTS, "stuck")[1] == "Deleting"
    assert [what[0] for what in done] == ["PATCH"], "cancelled once, and waited for"
    limit = ("--transition-timeout", "0s")
    run = world.reconcile(*limit)
    [change] = run.report["changes"]
    assert change["outcome"] == "failed"
    assert "The deployment is transitioning." in change["message"]
    _, reason, text = condition_of(world, DEPLOYMENTS, "stuck")
    assert reason == "DeletionBlocked"
    assert "The deployment is transitioning." in text, "VVP's own words"
    assert (DEPLOYMENTS, "stuck") in _protected(world)
    world.sandbox.unhang("default", "stuck")
    world.sandbox.settle()
    _go(world)
    assert _held(world) == {(TARGETS, "jobs")}
    assert not world.has(DEPLOYMENTS, "stuck")


def test_a_transition_that_never_ends_is_no_obstacle_where_vvp_deletes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(delete_while_transitioning=True)
    world.apply(target(), deployment("stuck"))
    world.sync()
    world.sandbox.hang("default", "stuck")
    world.delete(DEPLOYMENTS, "stuck")
    _go(world, "--transition-timeout", "0s")
    assert _held(world) == {(TARGETS, "jobs")}
    assert not world.has(DEPLOYMENTS, "stuck")


def _with_finalizer(document: Document) -> Document:
    document["metadata"]["finalizers"] = [FINALIZER]
    return document


def test_what_was_never_seen_or_is_not_ours_goes_and_vvp_is_left_alone(world: World) -> None:
    theirs = {"metadata": {"name": "foreign"}, "spec": {"kubernetes": {"namespace": "elsewhere"}}}
    world.by_hand("deployment-targets", theirs)
    for document in (deployment("unseen"), target("foreign")):
        world.admin.create(world.namespace, _with_finalizer(document))
    world.apply(deployment("plain"))
    world.delete(DEPLOYMENTS, "plain")
    assert not world.has(DEPLOYMENTS, "plain"), "no finalizer before the first pass"
    world.delete(DEPLOYMENTS, "unseen")
    world.delete(TARGETS, "foreign")
    with world.carried_out() as done:
        world.reconcile()
    assert not done
    assert list(world.resources()) == []
    assert world.sandbox.target("default", "foreign") is not None
    [(kind, reason, text)] = world.events_about("foreign")
    assert (kind, reason) == ("Warning", "LeftAlone")
    assert "left alone" in text
    [(kind, reason, _)] = world.events_about("unseen")
    assert (kind, reason) == ("Normal", "Released")


def test_nothing_is_lost_while_vvp_is_away_and_a_lost_answer_does_no_harm(world: World) -> None:
    names = ("answer-lost", "request-lost")
    world.apply(target(), *(deployment(name, state="CANCELLED") for name in names))
    world.sync()
    before = _protected(world)
    world.vvp_down()
    _delete_all(world, DEPLOYMENTS, TARGETS)
    world.reconcile(code=5)
    assert _protected(world) == before
    world.vvp_up()
    for name in names:
        match = on("DELETE", world.vvp(name)["metadata"]["id"])
        world.sandbox.faults.add(Fault(match, CloseConnection(deliver=name == "answer-lost")))
    with world.carried_out() as done:
        world.reconcile(code=3)
        assert _protected(world) == before
        assert {name for plural, name in _held(world) if plural == DEPLOYMENTS} == {"request-lost"}
        _go(world)
    assert sorted(what[0] for what in done.elements()) == ["DELETE"] * 3
    assert _held(world) == set()
    assert list(world.resources()) == []


def test_a_deleted_savepoint_resource_leaves_savepoint_and_data_alone(world: World) -> None:
    world.apply(target(), deployment("orders"), savepoint("keep", "orders"))
    world.sync()
    before = world.sandbox.savepoints("default", world.vvp("orders")["metadata"]["id"])
    assert [one["status"]["state"] for one in before] == ["COMPLETED"]
    world.delete("vpsavepoints", "keep")
    assert not world.has("vpsavepoints", "keep"), "it bears no finalizer"
    with world.carried_out() as done:
        world.reconcile()
    assert not done
    assert world.sandbox.savepoints("default", world.vvp("orders")["metadata"]["id"]) == before


def test_a_vvp_namespace_is_deleted_once_it_is_empty_and_not_before(world: World) -> None:
    world.apply(
        namespace("orders"), namespace("empty"), namespace("reckless", **{"delete-contents": "true"}),
        target("jobs", vvp="orders"), target("jobs-2", vvp="reckless"),
        deployment("orders", vvp="orders"), savepoint("last", "orders", vvp="orders"),
    )  # fmt: skip
    world.sync()
    deployment_id = world.vvp("orders", "orders")["metadata"]["id"]
    _delete_all(world, "vpnamespaces")
    world.reconcile()
    _, reason, text = condition_of(world, "vpnamespaces", "orders")
    assert reason == "DeletionBlocked"
    assert "1 deployment (orders), 1 deployment target (jobs), 1 savepoint," in text
    assert "delete-contents" in text, "and the way out"
    for name in ("empty", "reckless"):
        assert condition_of(world, "vpnamespaces", name)[1] == "Deleting"
        assert ("vpnamespaces", name) in _protected(world)
    assert world.sandbox.namespace("orders") is not None

    world.delete(TARGETS, "jobs-2")
    _delete_all(world, DEPLOYMENTS, "vpsavepoints")
    world.delete(TARGETS, "jobs")
    for _ in range(4):
        world.sandbox.settle()
        world.reconcile()
    names = {one["metadata"]["name"] for one in world.resources()}
    assert names == {"orders"}, "all but the VVP namespace that holds a savepoint"
    assert "still holds 1 savepoint," in condition_of(world, "vpnamespaces", "orders")[2]

    [left] = world.sandbox.savepoints("orders", deployment_id)
    world.sandbox.prune_savepoint("orders", left["metadata"]["id"])
    fault = world.sandbox.faults.add(Fault(on("GET", "/orders/savepoints"), Respond(403), None))
    world.reconcile()
    assert "savepoints that could not be listed" in condition_of(world, "vpnamespaces", "orders")[2]
    world.sandbox.faults.remove(fault)
    _go(world)
    assert list(world.resources()) == []
    assert [world.sandbox.namespace(name) for name in ("orders", "empty", "reckless")] == [None] * 3
