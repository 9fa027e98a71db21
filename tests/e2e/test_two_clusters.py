"""Two clusters share one VVP: whatever either does, no job of the other is touched.

The clusters hold the same manifests in namespaces of the same name, as two environments that are made
from one repository do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pages import blocks, page, sections

from .admin import Admin
from .apiserver.binaries import find_binaries
from .apiserver.server import ApiServer
from .conftest import install_shipped
from .harness import World
from .manifests import deployment, namespace, note, savepoint, target

RUNNING = "RUNNING"


@pytest.fixture(scope="module")
def other_apiserver() -> Iterator[ApiServer]:
    """A second cluster, with everything that is shipped."""
    with ApiServer(find_binaries()) as server:
        install_shipped(server)
        yield server


@pytest.fixture
def twins(world: World, other_apiserver: ApiServer) -> Iterator[tuple[World, World]]:
    """Two clusters with a namespace of one name, over one VVP."""
    Admin(other_apiserver).create_namespace(world.namespace)
    kubeconfig = other_apiserver.kubeconfig_for(
        other_apiserver.service_account_token("vpsync", "vpsync")
    )
    other = World(other_apiserver, world.sandbox, world.namespace, Path(kubeconfig))
    yield world, other
    other.admin.wipe(world.namespace)
    other.close(other_apiserver.audit_since(other.mark))


def held(twins: tuple[World, World], *flags: str) -> str:
    """The id of the deployment that the first cluster has running, its manifest in both."""
    first, _ = twins
    for world in twins:
        world.apply(target(), deployment("orders", state=RUNNING))
    first.sync(*flags)
    assert first.vvp("orders")["status"]["state"] == RUNNING
    identity: str = first.vvp("orders")["metadata"]["id"]
    return identity


def owner_of(world: World) -> str:
    marker: str = world.vvp("orders")["metadata"]["annotations"][note("owner")]
    return marker


def test_with_one_owner_id_the_second_takes_nothing_over_and_says_why(
    twins: tuple[World, World],
) -> None:
    first, second = twins
    identity, marker = held(twins), owner_of(first)
    run = second.reconcile(code=3)
    reason, text = run.blocked("orders")
    assert reason == "NotOwned"
    assert "--owner-id must differ between clusters" in text
    assert second.told("vpdeployments", "orders", "Stalled")[1] == "NotOwned"
    first.assert_quiet(1)
    assert (first.vvp("orders")["metadata"]["id"], owner_of(first)) == (identity, marker)


@pytest.mark.parametrize("flags", [(), ("--owner-id", "blue")], ids=["one owner id", "two"])
def test_a_deletion_in_one_leaves_the_others_job_running(
    twins: tuple[World, World], flags: tuple[str, ...]
) -> None:
    first, second = twins
    identity = held(twins)
    second.reconcile(*flags, code=3)
    second.delete("vpdeployments", "orders")
    for _ in range(3):
        second.vpsync("reconcile", "--once", *flags, *second.flags)
        second.sandbox.settle()
    assert not second.has("vpdeployments", "orders"), "its finalizer goes"
    assert first.vvp("orders")["metadata"]["id"] == identity
    assert first.vvp("orders")["status"]["state"] == RUNNING
    first.assert_quiet(1)


def test_a_changed_manifest_in_one_does_not_reach_the_others_job(
    twins: tuple[World, World],
) -> None:
    first, second = twins
    held(twins)
    jobs = first.jobs("orders")
    second.apply(deployment("orders", state=RUNNING, maxJobCreationAttempts=9))
    second.reconcile(code=3)
    assert first.jobs("orders") == jobs
    assert first.vvp("orders")["spec"].get("maxJobCreationAttempts") != 9


def test_doctor_calls_nothing_lost_that_another_cluster_may_hold(
    twins: tuple[World, World],
) -> None:
    _, second = twins
    held(twins)
    for plural in ("vpdeployments", "vpdeploymenttargets"):
        [one] = second.list(plural)
        second.delete(plural, one["metadata"]["name"])
    run = second.vpsync("doctor", *second.flags)
    assert "another cluster" in run.out
    assert "delete nothing" in run.out
    assert "delete the object" not in run.out


def test_doctor_says_that_another_cluster_holds_what_both_have(
    twins: tuple[World, World],
) -> None:
    first, second = twins
    held(twins)
    run = second.vpsync("doctor", *second.flags)
    assert "another cluster holds 2 under the same --owner-id" in " ".join(run.out.split())
    assert "another cluster" not in first.vpsync("doctor", *first.flags).out


def test_the_page_on_a_cluster_that_is_built_anew_touches_no_job(
    twins: tuple[World, World],
) -> None:
    """Every command of the page, typed against a second cluster over the same VVP, with savepoints."""
    first, second = twins
    asked = {"restart-requested-at": "sunday", "savepoint-requested-at": "monday"}
    manifests = (
        namespace("analytics", ("editor", "user:jane")),
        target(),
        deployment("orders", state=RUNNING, notes=asked),
    )
    first.apply(*manifests)
    first.sync()
    first.apply(savepoint("before-upgrade", "orders"))
    first.sync()
    [known] = [first.get("vpsavepoints", "before-upgrade")["status"]["id"]]
    jobs, taken = first.jobs("orders"), savepoints(first)

    text = sections(page("recipes.md"), 2)["Build a cluster anew"]
    typed = [line for block in blocks(text) for line in block.text.splitlines()]
    assert typed[0] == "kubectl apply -f k8s/crds.yaml"
    assert [line.split()[1] for line in typed[1:]] == ["diff", "reconcile"]
    second.apply(*manifests, savepoint("before-upgrade", "orders"))
    preview = second.diff(*typed[1].split()[2:])
    assert {action for action, _, _ in preview.changes} == {"adopt"}
    assert [name for _, _, name in preview.changes] == ["jobs", "orders"]
    second.reconcile(*typed[2].split()[3:])
    for _ in range(3):
        second.sandbox.settle()
        assert second.reconcile().changes == []
    assert (first.jobs("orders"), savepoints(first)) == (jobs, taken)
    assert second.get("vpsavepoints", "before-upgrade")["status"]["id"] == known


def savepoints(world: World) -> object:
    """All savepoints that VVP has of the deployment."""
    return world.sandbox.snapshot()["default"]["deployments"]["orders"]["savepoints"]


def test_a_restored_cluster_takes_its_objects_back_when_somebody_says_so(
    twins: tuple[World, World],
) -> None:
    first, second = twins
    identity = held(twins)
    jobs = first.jobs("orders")
    second.sync("--adopt=always")
    assert second.vvp("orders")["metadata"]["id"] == identity
    assert second.jobs("orders") == jobs, "a marker restarts no job"
    assert first.reconcile(code=3).blocked("orders")[0] == "NotOwned"
