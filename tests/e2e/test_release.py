"""The way out of a cluster: after it, neither side knows of vpsync, and no job has noticed."""

from __future__ import annotations

from .harness import FINALIZER, GROUP, World
from .manifests import Document, deployment, namespace, savepoint, target


def _fill(world: World) -> None:
    world.apply(namespace("team"), target(), deployment("orders"), deployment("billing"))
    world.apply(savepoint("before", "orders"))
    world.sync()


def _marks(held: Document) -> list[str]:
    return [key for key in held["metadata"]["annotations"] if key.startswith(GROUP)]


def _finalizers(world: World) -> int:
    return sum(FINALIZER in one["metadata"].get("finalizers", []) for one in world.resources())


def test_after_a_release_nothing_of_ours_is_left_and_no_job_has_noticed(world: World) -> None:
    _fill(world)
    before = {name: world.vvp(name) for name in ("orders", "billing")}
    resources = {one["metadata"]["uid"]: one for one in world.resources()}
    assert _finalizers(world) == 4
    with world.carried_out() as sent:
        run = world.vpsync("release", "--yes", *world.flags)
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[-1] == "Released: 4 finalizers, 3 markers removed."
    assert sorted(method for method, _ in sent.elements()) == ["PATCH", "PATCH", "PUT"]
    assert _finalizers(world) == 0
    for name, held in before.items():
        after = world.vvp(name)
        assert _marks(after) == []
        assert (after["spec"], after["status"]) == (held["spec"], held["status"])
    for one in world.resources():
        known = resources[one["metadata"]["uid"]]
        assert (one["spec"], one["status"]) == (known["spec"], known["status"])

    world.delete("vpdeployments", "orders")
    assert not world.has("vpdeployments", "orders"), "nothing holds it any more"
    assert world.vvp("orders")["status"]["state"] == "RUNNING"
    world.sync()
    assert _marks(world.vvp("billing")) != [], "to come back is to run a pass"


def test_labels_and_kinds_narrow_it(world: World) -> None:
    _fill(world)
    world.admin.patch("vpdeployments", world.namespace, "orders",
                      {"metadata": {"labels": {"team": "a"}}})  # fmt: skip
    run = world.vpsync("release", "--yes", *world.flags, "-l", "team=a")
    assert run.out.splitlines()[-1] == "Released: 1 finalizer, 1 marker removed."
    run = world.vpsync("release", "--yes", *world.flags, "--kinds", "vpdeploymenttargets")
    assert run.out.splitlines()[-1] == "Released: 1 finalizer, 1 marker removed."
    assert _finalizers(world) == 2
    assert _marks(world.vvp("billing")) != []


def test_while_vvp_is_away_finalizers_stay_unless_they_alone_are_asked_for(world: World) -> None:
    _fill(world)
    world.delete("vpdeployments", "billing")
    world.vvp_down()
    mark = world.apiserver.audit_mark()
    run = world.vpsync("release", "--yes", *world.flags)
    assert run.code == 5, "nothing was decided, whatever lies around"
    assert (run.out, run.err.count("\n")) == ("", 1), "one line, however many resources there are"
    assert f"VVP at {world.vvp_url} cannot be read: " in run.err
    assert "--finalizers-only" in run.err
    assert _finalizers(world) == 4
    assert world.writes(mark) == []

    run = world.vpsync("release", "--yes", "--finalizers-only", *world.flags)
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[-1] == "Released: 4 finalizers, 0 markers removed."
    assert not world.has("vpdeployments", "billing")
    world.vvp_up()
    assert _marks(world.vvp("orders")) != []
    assert world.vvp("billing")["status"]["state"] == "RUNNING"


def test_a_dry_run_writes_to_neither_side(world: World) -> None:
    _fill(world)
    mark, before = world.apiserver.audit_mark(), len(world.sandbox.mutations())
    run = world.vpsync("release", "--dry-run", *world.flags)
    assert run.code == 0
    assert run.out.splitlines()[-1] == (
        "Release: 4 finalizers, 3 markers to remove, 1 with nothing of ours."
    )
    assert world.writes(mark) == []
    assert world.sandbox.mutations()[before:] == []
