"""Releases carried out: VVP first, the finalizer after it, and no job notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from passes.scenario import LIBRARY
from passes.world import NAMESPACE, TOKEN, World
from vpsync.cluster.client import Writer
from vpsync.model.resource import FINALIZER, GROUP
from vpsync.release.run import JobDisturbed, ReleaseResult, ReleaseRun, plan_release
from vpsync.sandbox import Fault, Respond, SandboxOptions, on
from vpsync.source.cluster import read_cluster
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import WRITES, HttpOptions, Transport


def filled(**options: Any) -> World:
    return World(options=SandboxOptions(**options))


def prepare(world: World) -> None:
    for name in ("target", "deployment"):
        world.create(LIBRARY[name])
    world.settle()


@pytest.fixture
def world() -> Iterator[World]:
    with filled() as made:
        prepare(made)
        yield made


def edges(world: World) -> tuple[Client, Writer]:
    transport = Transport(
        HttpOptions(), WRITES, pause=lambda seconds: None, adapter=world.process.vvp
    )
    vvp, tokens = world.settings.vvp, Tokens({"APPMANAGER_API_TOKEN": TOKEN})
    client = Client(transport, vvp.app_manager_url, vvp.platform_url, tokens)
    return client, Writer(world.kubernetes, pause=lambda seconds: None)


def release(world: World, halted: Sequence[bool] = ()) -> list[ReleaseResult]:
    client, writer = edges(world)
    sourced = read_cluster(writer.list_kind, world.settings.scope.kinds, ())
    planned = plan_release([manifest for manifest, _ in sourced.manifests], client, world.settings)
    halts = iter(halted)
    releasing = ReleaseRun(client, writer, lambda: next(halts, False))
    return list(releasing.run(one for one in planned if not (one.kept or one.is_empty)))


def finalizers(world: World, kind: str, name: str) -> list[str]:
    document = world.find(kind, name)
    assert document is not None
    return list(document["metadata"].get("finalizers") or [])


def ours(held: dict[str, Any] | None) -> list[str]:
    assert held is not None
    return [key for key in held["metadata"]["annotations"] if key.startswith(GROUP)]


def test_everything_of_ours_goes_and_nothing_else_changes(world: World) -> None:
    before = world.sandbox.deployment("default", "orders") or {}
    resource = world.find("VpDeployment", "orders") or {}
    done = release(world)
    assert [(one.unmarked, one.freed, one.problem) for one in done] == [(True, True, "")] * 2
    after = world.sandbox.deployment("default", "orders") or {}
    assert (after["spec"], after["status"]) == (before["spec"], before["status"])
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    assert ours(after) == ours(world.sandbox.target("default", "jobs")) == []
    assert finalizers(world, "VpDeployment", "orders") == []
    now = world.find("VpDeployment", "orders") or {}
    assert (now["spec"], now["status"]) == (resource["spec"], resource["status"])
    assert now["metadata"]["annotations"] == resource["metadata"]["annotations"]


def test_a_second_release_has_nothing_to_do(world: World) -> None:
    release(world)
    mark = world.mark()
    assert release(world) == []
    assert world.writes(mark) == []


def test_the_finalizers_of_others_stay(world: World) -> None:
    both = ["example.com/other", FINALIZER]
    world.edit("VpDeployment", "orders", {"metadata": {"finalizers": both}})
    release(world)
    assert finalizers(world, "VpDeployment", "orders") == ["example.com/other"]


def test_where_vvp_refuses_the_finalizer_stays(world: World) -> None:
    world.sandbox.faults.add(Fault(on("PATCH", "/deployments"), Respond(403, {"message": "no"})))
    done = {one.release.manifest.key.kind: one for one in release(world)}
    assert "403" in done["VpDeployment"].problem
    assert FINALIZER in finalizers(world, "VpDeployment", "orders")
    assert done["VpDeploymentTarget"].freed


def test_a_resource_that_is_being_deleted_goes_and_its_job_runs_on(world: World) -> None:
    world.delete("VpDeployment", "orders")
    release(world)
    assert world.find("VpDeployment", "orders") is None
    held = world.sandbox.deployment("default", "orders") or {}
    assert held["status"]["state"] == "RUNNING"


def test_a_stopped_run_leaves_nothing_half_done(world: World) -> None:
    [only] = release(world, halted=[False, True])
    assert (only.unmarked, only.freed) == (True, True)
    assert FINALIZER in finalizers(world, "VpDeploymentTarget", "jobs")
    assert ours(world.sandbox.target("default", "jobs")) != []


def test_a_vvp_that_restarts_a_job_over_an_annotation_does_so_to_one_only() -> None:
    with filled() as world:
        prepare(world)
        second = {**LIBRARY["deployment"], "metadata": {"name": "second", "namespace": NAMESPACE}}
        world.create(second)
        world.settle()
        # As if this VVP counted annotations from now on.
        object.__setattr__(world.sandbox.options, "annotation_write_restarts", True)
        mark = world.sandbox.requests[-1].number
        with pytest.raises(JobDisturbed, match="default/orders"):
            release(world)
        assert [one.method for one in world.sandbox.mutations(mark)] == ["PATCH"]
        assert FINALIZER in finalizers(world, "VpDeployment", "orders")
        assert FINALIZER in finalizers(world, "VpDeployment", "second")


def test_to_come_back_is_to_adopt_again_without_a_change(world: World) -> None:
    before = world.sandbox.deployment("default", "orders") or {}
    release(world)
    world.settle()
    after = world.sandbox.deployment("default", "orders") or {}
    assert (after["spec"], after["status"]) == (before["spec"], before["status"])
    assert ours(after) != []
    assert finalizers(world, "VpDeployment", "orders") == [FINALIZER]
