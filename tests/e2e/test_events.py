"""Events: VVP's mirrored once each, our own once each, all within the limits of the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .harness import GROUP, World
from .manifests import deployment, note, target

DEPLOYMENTS = "vpdeployments"


def _mirrored(world: World, name: str) -> list[dict[str, Any]]:
    return [
        one
        for one in world.events()
        if one["regarding"]["name"] == name and one["action"] == "Mirror"
    ]


def _in_vvp(world: World, name: str) -> Counter[tuple[str, str]]:
    """Name and message of VVP's events about a deployment."""
    items = world.sandbox.events("default", world.vvp(name)["metadata"]["id"])
    return Counter((one["metadata"]["name"], one["spec"]["message"]) for one in items)


def test_vvps_events_are_mirrored_once_each_and_failures_are_warnings(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.settle()
    mirrored = _mirrored(world, "orders")
    assert Counter((one["reason"], one["note"]) for one in mirrored) == _in_vvp(world, "orders")
    assert {one["type"] for one in mirrored} == {"Normal"}
    held = world.vvp("orders")["metadata"]["id"]
    for one in mirrored:
        assert one["metadata"]["annotations"][note("deployment-id")] == held
        assert one["reportingController"].endswith("/vpsync")
        assert one["regarding"]["uid"] == world.get(DEPLOYMENTS, "orders")["metadata"]["uid"]

    world.sandbox.fail_next_start("default", "orders", "Image not found.")
    world.apply(deployment("orders", template={"parallelism": 2}))
    world.sync()
    assert world.vvp("orders")["status"]["state"] == "FAILED"
    mirrored = _mirrored(world, "orders")
    assert Counter((one["reason"], one["note"]) for one in mirrored) == _in_vvp(world, "orders")
    [failure] = [one for one in mirrored if "TOO_MANY_FAILED" in one["reason"]]
    assert (failure["type"], failure["note"]) == ("Warning", "Image not found.")
    [normal] = [one for one in mirrored if one["reason"] == "FOUND_A_JOB_TO_TERMINATE"]
    assert normal["type"] == "Normal"
    world.assert_quiet(1)


def test_at_first_sight_only_recent_events_come_and_no_more_than_twenty(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    world.apply(target(), deployment("orders", state="CANCELLED"))
    world.sync()
    for _ in range(6):  # Four events each time.
        for state in ("RUNNING", "CANCELLED"):
            world.sandbox.edit_deployment("default", "orders", {"spec": {"state": state}})
            world.sandbox.settle()
    first_sight = {note("last-event-timestamp"): None}
    world.admin.patch(
        DEPLOYMENTS, world.namespace, "orders", {"metadata": {"annotations": first_sight}}
    )
    known = sum(_in_vvp(world, "orders").values())
    assert known > 20
    world.reconcile()
    assert len(_mirrored(world, "orders")) == 20
    stamp = world.get(DEPLOYMENTS, "orders")["metadata"]["annotations"][
        note("last-event-timestamp")
    ]
    assert datetime.fromisoformat(stamp) > datetime.now(UTC) - timedelta(minutes=5)
    world.assert_quiet(1)


def test_our_own_events_tell_of_changes_once_and_long_words_fit(world: World) -> None:
    words = "Zu groß: " + "ä" * 2000
    world.sandbox.reject(
        lambda one: (one.body or {}).get("metadata", {}).get("name") == "huge", words
    )
    world.apply(target(), deployment("orders"), deployment("huge"))
    for _ in range(3):
        world.vpsync("reconcile", "--once", *world.flags)
        world.sandbox.settle()
    own = [
        (one["regarding"]["name"], one["reason"])
        for one in world.events()
        if one["action"] != "Mirror"
    ]
    assert sorted(own) == [("huge", "Rejected"), ("jobs", "Created"), ("orders", "Created")]
    [rejected] = [one for one in world.events() if one["reason"] == "Rejected"]
    assert rejected["type"] == "Warning"
    assert "Zu groß" in rejected["note"]
    assert len(rejected["note"].encode()) <= 1024
    world.apply(deployment("orders", template={"parallelism": 2}))
    world.sync(code=3)
    [updated] = [one for one in world.events() if one["reason"] == "Updated"]
    assert "/spec/template/spec/parallelism" in updated["note"]
    assert (updated["type"], updated["action"]) == ("Normal", "Update")
    world.assert_quiet(1, code=3)


def test_kubectl_finds_the_events_of_a_resource_and_sorts_them(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.settle()
    place = f"--namespace={world.namespace}"
    found = world.apiserver.kubectl("events", "--for=vpdeployment/orders", place).stdout
    assert "Created" in found
    assert "Created" in world.apiserver.kubectl("describe", "vpdeployment", "orders", place).stdout
    wanted = "-o=jsonpath={.items[*].lastTimestamp}"
    times = world.apiserver.kubectl("get", "events", place, "--sort-by=.lastTimestamp", wanted)
    stamps = times.stdout.split()
    assert len(stamps) == len(world.events())
    assert stamps == sorted(stamps)


def test_the_older_version_by_name_finds_events_where_the_page_says_so(world: World) -> None:
    """``kubectl events --for`` compares the version, and an event has one: the page tells what finds it."""
    world.apply(target(), deployment("orders"))
    world.settle()
    place = f"--namespace={world.namespace}"

    def events_for(resource: str) -> str:
        shown = world.apiserver.kubectl("events", f"--for={resource}", place)
        return shown.stdout + shown.stderr

    assert "Created" in events_for(f"vpdeployment.v1beta2.{GROUP}/orders")
    assert "No events found" in events_for(f"vpdeployment.v1beta1.{GROUP}/orders")
    older = world.apiserver.kubectl("describe", f"vpdeployment.v1beta1.{GROUP}/orders", place)
    assert "Created" in older.stdout
    selector = "--field-selector=involvedObject.kind=VpDeployment,involvedObject.name=orders"
    assert "Created" in world.apiserver.kubectl("get", "events", place, selector).stdout
