"""The day, scene by scene: what people did, and the reports that they got."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from passes.scenario import manifest
from passes.world import Document, World
from vpsync.model.resource import annotation
from vpsync.render.report import Report
from vpsync.sandbox import CloseConnection, Fault, Respond, on

Screens = Iterator[tuple[str, Report]]
"""What was typed, and what came of it."""

DIFF, RECONCILE = "vpsync diff", "vpsync reconcile --once"


@dataclass(frozen=True)
class Scene:
    """One part of the day."""

    name: str
    play: Callable[[World], Screens]


def job(name: str, **spec: Document) -> Document:
    """A stateful job of the team."""
    artifact = {"jarUri": f"s3://artifacts/{name}-1.0.jar", "mainArgs": "--rate 10"}
    inner = {"artifact": artifact, "kubernetes": None}
    edits = {
        "metadata": {"name": name},
        "spec": {"spec": {"template": {"spec": inner}, **spec}},
    }
    return manifest({"deployment": edits})


def running(world: World, *names: str) -> None:
    """The target and these jobs, all of them up."""
    world.create(manifest("target"))
    for name in names:
        world.create(job(name))
    world.settle()


def preview(world: World) -> tuple[str, Report]:
    """A preview."""
    return DIFF, world.run(apply=False)


def reconcile(world: World) -> tuple[str, Report]:
    """A pass that writes."""
    return RECONCILE, world.run()


def onboarding(world: World) -> Screens:
    """A team comes: a target and two jobs."""
    world.create(manifest("target"))
    for name in ("orders", "clicks"):
        world.create(job(name))
    yield preview(world)
    yield reconcile(world)
    world.settle()
    yield reconcile(world)


def image_tags(world: World) -> Screens:
    """A pull request changes the image of twenty jobs; a brake holds them, one is let go."""
    names = [f"job-{number:02}" for number in range(1, 21)]
    running(world, *names)
    tag = {"spec": {"spec": {"template": {"spec": {"artifact": {"flinkImageTag": "1.15.3"}}}}}}
    for name in names:
        world.edit("VpDeployment", name, tag)
    yield preview(world)


def typo(world: World) -> Screens:
    """Somebody misspells a field."""
    running(world, "orders")
    wrong = {"spec": {"spec": {"template": {"spec": {"paralellism": 12}}}}}
    world.edit("VpDeployment", "orders", wrong)
    yield preview(world)


def failed_job(world: World) -> Screens:
    """A job fails, is seen, and is tried again on request."""
    running(world, "orders", "clicks")
    world.sandbox.script_state(
        "default", "orders", "FAILED", "bucket s3://orders is not reachable."
    )
    yield reconcile(world)
    world.settle()
    ask(world, "reconcile-requested-at")
    yield preview(world)
    yield reconcile(world)
    world.sandbox.settle()
    yield reconcile(world)


def stopped_by_hand(world: World) -> Screens:
    """Somebody stops a job at VVP's user interface."""
    running(world, "orders")
    world.sandbox.edit_deployment("default", "orders", {"spec": {"state": "CANCELLED"}})
    world.sandbox.settle()
    yield preview(world)
    yield reconcile(world)


def rename(world: World) -> Screens:
    """The name that a resource has in VVP is changed."""
    running(world, "orders")
    world.edit("VpDeployment", "orders", {"spec": {"metadata": {"name": "orders-eu"}}})
    yield preview(world)


def delete(world: World) -> Screens:
    """Of three jobs one goes with its object in VVP, one stays there, and one has state to lose."""
    running(world, "orders", "clicks", "visits")
    note(world, "clicks", "deletion-policy", "Orphan")
    world.settle()
    for name in ("orders", "clicks", "visits"):
        world.delete("VpDeployment", name)
    note(world, "orders", "confirm-state-loss", "2025-11-25T09:10:00+00:00")
    yield preview(world)
    yield reconcile(world)
    world.sandbox.settle()
    yield reconcile(world)
    yield reconcile(world)


def savepoint(world: World) -> Screens:
    """A savepoint is taken, and VVP cannot take another one."""
    running(world, "orders")
    world.create(manifest("savepoint"))
    yield preview(world)
    yield reconcile(world)
    world.settle()
    world.sandbox.fail_next_savepoint("default", "orders", "the checkpoint storage is full")
    world.create(manifest({"savepoint": {"metadata": {"name": "second"}}}))
    world.run()
    world.sandbox.settle()
    yield reconcile(world)


def restore(world: World) -> Screens:
    """A job is stopped with a savepoint, changed, and started from it."""
    running(world, "orders")
    world.edit("VpDeployment", "orders", {"spec": {"spec": {"state": "SUSPENDED"}}})
    yield reconcile(world)
    world.settle()
    more = {"state": "RUNNING", "template": {"spec": {"parallelism": 4}}}
    world.edit("VpDeployment", "orders", {"spec": {"spec": more}})
    yield preview(world)
    yield reconcile(world)


def wrong_token(world: World) -> Screens:
    """VVP refuses the token."""
    running(world, "orders")
    world.sandbox.faults.add(Fault(on("*", "."), Respond(401, {"message": "no"}), times=None))
    yield reconcile(world)


def outage(world: World) -> Screens:
    """VVP is away, with a completed savepoint around, and is back."""
    running(world, "orders")
    world.create(manifest("savepoint"))
    world.settle()
    fault = world.sandbox.faults.add(Fault(on("*", "."), CloseConnection(), times=None))
    yield reconcile(world)
    world.sandbox.faults.remove(fault)
    yield reconcile(world)


def two_clusters(world: World) -> Screens:
    """A second cluster has the same manifests and the same owner id."""
    world.cluster_id = "uid-of-the-first"
    running(world, "orders")
    for kind, name in (("VpDeployment", "orders"), ("VpDeploymentTarget", "jobs")):
        world.edit(kind, name, {"metadata": {"finalizers": None}})
        world.delete(kind, name)
    world.cluster_id = "uid-of-the-second"
    world.create(manifest("target"))
    world.create(job("orders"))
    yield reconcile(world)


def ask(world: World, name: str) -> None:
    """Somebody asks for something by an annotation."""
    note(world, "orders", name, "2025-11-25T09:10:00+00:00")


def note(world: World, deployment: str, name: str, value: str) -> None:
    """Somebody annotates a deployment."""
    notes = {annotation(name): value}
    world.edit("VpDeployment", deployment, {"metadata": {"annotations": notes}})


SCENES = tuple(
    Scene(play.__name__.replace("_", "-"), play)
    for play in (
        onboarding, image_tags, typo, failed_job, stopped_by_hand, rename, delete, savepoint, restore,
        wrong_token, outage, two_clusters,
    )
)  # fmt: skip
"""The day in its order."""
