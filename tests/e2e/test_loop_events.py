"""A loop with ``--events``: what people change is done in seconds, and what vpsync writes starts no pass."""

from __future__ import annotations

import signal
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
"""From a change to the first request to VVP, and from VVP's end to the status."""

AGAIN = "settings reloaded"

LAST = 6
"""The last of the values that a deployment gets one after the other."""

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


def test_what_people_do_is_done_in_seconds_plus_those_that_vvp_takes(
    watching: World, start: Start
) -> None:
    world = watching
    world.apply(target())
    loop = start("--min-event-sync-interval", "0s")
    loop.says("Applied: 1 created")
    began: dict[str, float] = {}
    lags: dict[str, float] = {}

    def there() -> bool:
        return world.sandbox.deployment("default", "orders") is not None

    def runs(parallelism: int) -> bool:
        found = world.sandbox.deployment("default", "orders")
        if found is None or found["spec"]["template"]["spec"]["parallelism"] != parallelism:
            return False
        same: bool = found["status"]["state"] == "RUNNING"
        return same

    def job(number: int) -> bool:
        """VVP runs the job of that number, and is done with it."""
        return world.jobs("orders") == number and runs(min(number, LAST))

    world.apply(deployment("orders", template={"parallelism": 1}))
    began["apply"] = eventually(there)
    eventually(lambda: job(1))
    lags["apply"] = eventually(lambda: ready(world, "orders"))
    for number in range(2, LAST + 1):
        world.apply(deployment("orders", template={"parallelism": number}))
        name = f"change {number}"
        began[name] = eventually(lambda: not runs(number - 1))  # noqa: B023
        eventually(lambda: job(number))  # noqa: B023
        lags[name] = eventually(lambda: ready(world, "orders"))
    world.annotate("vpdeployments", "orders", restart_requested_at="now")
    began["restart"] = eventually(lambda: not runs(LAST))
    eventually(lambda: job(LAST + 1))
    lags["restart"] = eventually(lambda: ready(world, "orders"))
    world.delete("vpdeployments", "orders")
    began["delete"] = eventually(lambda: not runs(LAST))
    eventually(lambda: not there())
    lags["delete"] = eventually(lambda: not world.has("vpdeployments", "orders"))
    for what, seconds in (("until VVP is asked", began), ("after VVP is done", lags)):
        print(what, {name: round(one, 2) for name, one in seconds.items()})
    assert max(began.values()) < SOON_SECONDS
    assert max(lags.values()) < SOON_SECONDS


def test_the_first_resource_of_a_kind_is_noticed_at_once_too(watching: World, start: Start) -> None:
    world = watching
    loop = start("--min-event-sync-interval", "0s")
    loop.says("started: ")
    time.sleep(8)
    world.apply(target())
    assert eventually(lambda: world.told("vpdeploymenttargets", "jobs")[0] == "True") < SOON_SECONDS
    world.apply(deployment("orders", state="CANCELLED"))
    assert eventually(lambda: ready(world, "orders")) < SOON_SECONDS
    assert "noticed at the next pass only" not in loop.told


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
    # Watches are tried again after a growing pause, and a server that starts refuses everybody at first.
    time.sleep(15)
    world.apply(deployment("late", state="CANCELLED"))
    assert eventually(lambda: ready(world, "late"), 60) < SOON_SECONDS, loop.told
    assert "noticed at the next pass only" not in loop.told


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
            line = f"changes of {plural} are noticed at the next pass only: "
            loop.says(line)
            assert loop.told.count(line) == 1
        assert "--events needs the verb watch" in loop.told


def test_settings_that_are_read_again_leave_no_thread_and_no_connection_behind(
    watching: World, start: Start
) -> None:
    world = watching
    world.apply(target())
    loop = start("--min-event-sync-interval", "0s")
    loop.says("Applied: 1 created")

    def held() -> tuple[int, int]:
        process = Path(f"/proc/{loop.process.pid}")
        text = (process / "status").read_text(encoding="utf-8")
        threads = int(text.partition("Threads:")[2].split()[0])
        return threads, len(list((process / "fd").iterdir()))

    def reread(times: int) -> tuple[int, int]:
        for _ in range(times):
            before = loop.told.count(AGAIN), passes(world)
            loop.process.send_signal(signal.SIGHUP)
            eventually(lambda: loop.told.count(AGAIN) > before[0] and passes(world) > before[1])  # noqa: B023
        time.sleep(1.5)
        return held()

    first = reread(3)
    last = reread(12)
    print(f"threads and files: {first}, then {last}")
    assert last[0] <= first[0] + 2
    assert last[1] <= first[1] + 4
