"""A loop with ``--events``: what people change is done in seconds, and what vpsync writes starts no pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from .admin import GROUP, PLURALS
from .harness import ROOT, World
from .loops import Loop, eventually, loops
from .manifests import deployment, target

LONG = "120s"
"""An interval that no test waits for."""

SOON_SECONDS = 3.0
"""From a change to VVP done and the status written, where VVP is quick."""

Start = Callable[..., Loop]


@pytest.fixture
def watching(world: World) -> World:
    """A vpsync that may also watch."""
    return account(world, "watching", ["list", "patch", "watch"])


def account(world: World, name: str, verbs: list[str]) -> World:
    """The world as a service account sees it that has these rights to resources."""
    text = (ROOT / "k8s" / "cronjob.yaml").read_text(encoding="utf-8")
    [role] = [one for one in yaml.safe_load_all(text) if one["kind"] == "ClusterRole"]
    rules = [rule for rule in role["rules"] if "resourceNames" not in rule]
    for rule in rules:
        if "list" in rule["verbs"]:
            rule["verbs"] = verbs
    token = world.admin.service_account(world.namespace, name, rules)
    config: Path = world.apiserver.kubeconfig_for(token)
    world.apiserver.wait_until_allowed(config, "create", "events", f"--namespace={world.namespace}")
    return replace(world, kubeconfig=config)


@pytest.fixture
def start(watching: World) -> Iterator[Start]:
    with loops(watching, "--events", interval=LONG) as begin:
        yield begin


def passes(world: World) -> int:
    """How many passes have read VVP's targets."""
    return sum(
        one.method == "GET" and one.path.endswith("/deployment-targets")
        for one in world.sandbox.requests
    )


def settled(world: World) -> int:
    """Waits until no pass came for a while; how many there were."""
    seen, since = passes(world), time.monotonic()
    while time.monotonic() - since < 7:
        time.sleep(0.1)
        if passes(world) != seen:
            seen, since = passes(world), time.monotonic()
    return seen


def ready(world: World, name: str) -> bool:
    return world.told("vpdeployments", name)[0] == "True"


def test_what_people_do_is_done_in_seconds(watching: World, start: Start) -> None:
    world = watching
    world.apply(target())
    loop = start("--min-event-sync-interval", "0s")
    loop.says("Applied: 1 created")
    took: dict[str, float] = {}
    world.apply(deployment("orders"))
    took["apply"] = eventually(lambda: ready(world, "orders"))

    def parallelism() -> int:
        found: int = world.vvp("orders")["spec"]["template"]["spec"]["parallelism"]
        return found

    world.apply(deployment("orders", template={"parallelism": 3}))
    took["change"] = eventually(lambda: parallelism() == 3 and ready(world, "orders"))
    world.annotate("vpdeployments", "orders", restart_requested_at="now")
    took["restart"] = eventually(
        lambda: world.get("vpdeployments", "orders")["status"].get("lastHandled", {}) != {}
    )
    eventually(lambda: ready(world, "orders"))
    world.delete("vpdeployments", "orders")
    took["delete"] = eventually(lambda: not world.has("vpdeployments", "orders"))
    print({name: round(seconds, 2) for name, seconds in took.items()})
    # VVP's simulator takes its time to start and stop a job, too.
    assert took["apply"] < 2 * SOON_SECONDS
    assert took["change"] < 3 * SOON_SECONDS
    assert took["restart"] < SOON_SECONDS
    assert took["delete"] < 3 * SOON_SECONDS


def test_what_vpsync_writes_itself_starts_no_pass(watching: World, start: Start) -> None:
    world = watching
    world.apply(target(), deployment("orders"))
    start("--min-event-sync-interval", "0s")
    eventually(lambda: ready(world, "orders"))
    before = settled(world)
    world.admin.patch("vpdeployments", world.namespace, "orders",
                      {"metadata": {"annotations": {f"{GROUP}/last-event-timestamp": "x"}}})  # fmt: skip
    path = f"/apis/{GROUP}/v1beta1/namespaces/{world.namespace}/vpdeployments/orders/status"
    world.admin.request("PATCH", path, {"status": {"x": "y"}}, "application/merge-patch+json")
    time.sleep(2)
    assert passes(world) == before
    world.admin.patch("vpdeployments", world.namespace, "orders",
                      {"metadata": {"labels": {"team": "a"}}})  # fmt: skip
    eventually(lambda: passes(world) > before, 5)


def test_changes_are_gathered_where_they_come_faster_than_is_wanted(
    watching: World, start: Start
) -> None:
    world = watching
    world.apply(target())
    start("--min-event-sync-interval", "4s")
    eventually(lambda: world.told("vpdeploymenttargets", "jobs")[0] == "True")
    before = settled(world)
    began = time.monotonic()
    for number in range(8):
        world.admin.patch("vpdeploymenttargets", world.namespace, "jobs",
                          {"metadata": {"labels": {"n": str(number)}}})  # fmt: skip
        time.sleep(0.2)
    assert passes(world) - before <= 1
    eventually(lambda: passes(world) - before == 2, 8)
    assert time.monotonic() - began > 3.5
    time.sleep(1)
    assert passes(world) - before == 2


def test_watches_come_back_after_the_api_server_was_away(watching: World, start: Start) -> None:
    world = watching
    world.apply(target())
    loop = start("--min-event-sync-interval", "0s")
    loop.says("Applied: 1 created")
    world.apiserver.restart()
    time.sleep(3)
    world.apply(deployment("late", state="CANCELLED"))
    eventually(lambda: ready(world, "late"), 60)
    assert "Traceback" not in loop.told


def test_without_the_right_to_watch_it_is_said_and_passes_go_on(world: World) -> None:
    world.apply(target())
    lists = account(world, "listing", ["list", "patch"])
    with loops(lists, "--events", interval="0.5s") as start:
        loop = start()
        loop.says("changes of vpdeployments are noticed at the next pass only: ")
        loop.says("Applied: 1 created")
        world.apply(deployment("orders", state="CANCELLED"))
        eventually(lambda: ready(world, "orders"))
        for plural in PLURALS:
            assert loop.told.count(f"changes of {plural} are noticed at the next pass only: ") == 1
        assert "--events needs the verb watch" in loop.told
