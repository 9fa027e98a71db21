"""A field that resembles a known one is told: before it is sent, and once after that."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passes.oracles import assert_quiet
from passes.scenario import manifest
from passes.world import World, text_of
from vpsync.controller.journal import Journal
from vpsync.render.json import report_as_json
from vpsync.render.markdown import report_as_markdown
from vpsync.render.resources import row_of
from vpsync.schema.load import SchemaSet
from vpsync.source.manifest import manifest_from

TYPO = {"spec": {"spec": {"template": {"spec": {"paralellism": 12}}}}}
WORDS = "/spec/spec/template/spec/paralellism: is not a known field; did you mean 'parallelism'?"


@pytest.fixture(params=["cluster", "files"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(tmp_path if request.param == "files" else None)


def with_typo(world: World) -> None:
    world.create(manifest("target"))
    world.create(manifest({"deployment": TYPO}))


def test_it_is_a_line_of_every_form_of_a_preview(world: World) -> None:
    with world:
        with_typo(world)
        report = world.run(apply=False)
        line = f"VpDeployment team/orders: {WORDS}"
        assert f"\nwarning: {line}\nPlan: 2 to create" in text_of(report)
        assert "**Warning**: VpDeployment team/orders" in report_as_markdown(report)
        document = report_as_json(report)
        assert document["warnings"] == [line]


def test_in_a_cluster_it_is_told_once_by_an_event_and_stays_in_the_status() -> None:
    with World() as world:
        with_typo(world)
        world.settle()
        told = [event for event in world.kubernetes.events if event["reason"] == "UnknownField"]
        assert [(event["type"], event["note"]) for event in told] == [("Warning", WORDS)]
        found = world.find("VpDeployment", "orders")
        assert found is not None
        [synced] = [c for c in found["status"]["conditions"] if c["type"] == "Synced"]
        assert (synced["status"], WORDS in synced["message"]) == ("True", True)
        assert WORDS in row_of(manifest_from(found, "cluster"), "vpd").message
        assert_quiet(world)


def test_a_loop_tells_it_when_it_begins_and_when_it_is_mended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "vpsync")
    with World() as world:
        with_typo(world)
        journal = Journal(lambda: 0.0)
        for _ in range(6):
            journal.note(world.run())
        gone = {"spec": {"spec": {"template": {"spec": {"paralellism": None}}}}}
        world.edit("VpDeployment", "orders", gone)
        for _ in range(4):
            journal.note(world.run())
    told = [record.getMessage() for record in caplog.records if WORDS in record.getMessage()]
    assert told == [
        f"VpDeployment team/orders: {WORDS}",
        f"over: VpDeployment team/orders: {WORDS}",
    ]


@pytest.mark.parametrize(
    ("name", "doubted"),
    [("paralellism", True), ("numberOfTaskManager", True), ("somethingOfANewerVvp", False)],
)
def test_a_field_of_a_newer_vvp_is_no_typo(name: str, doubted: bool) -> None:
    schemas = SchemaSet(["VpDeployment"])
    document = {"spec": {"spec": {"template": {"spec": {name: 1}}}}}
    assert bool(schemas.doubts("VpDeployment", document)) is doubted


def test_no_manifest_of_the_scenarios_has_one() -> None:
    for name in ("namespace", "target", "deployment", "savepoint"):
        document = manifest(name)
        assert SchemaSet([document["kind"]]).doubts(document["kind"], document) == ()


@pytest.mark.parametrize("name", ["namespace", "target", "deployment", "savepoint"])
def test_the_quick_look_misses_nothing_that_the_slow_one_finds(name: str) -> None:
    """Each map of a manifest gets a field that no schema knows, one at a time."""
    document = json.loads(json.dumps(manifest(name)))
    schemas = SchemaSet([document["kind"]])
    places = list(maps_in(document["spec"]))
    assert len(places) > 1
    for place in places:
        place["specc"] = 1
        found = {"spec": document["spec"]}
        told = tuple(p for p in schemas.unknown(document["kind"], found) if ";" in p.text)
        assert schemas.doubts(document["kind"], found) == told
        del place["specc"]


def maps_in(value: Any) -> Iterator[dict[str, Any]]:
    """A map and all maps in it."""
    if isinstance(value, dict):
        yield value
    for member in value.values() if isinstance(value, dict) else value:
        if isinstance(member, (dict, list)):
            yield from maps_in(member)
