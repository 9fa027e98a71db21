"""The page on fields, row by row: what a manifest says is sent to a VVP and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from docs.fields import PAGE, Row, manifests, page, rows
from fakes.store import Refused
from passes.scenario import manifest
from passes.world import NAMESPACE, World
from vpsync.kinds import KINDS
from vpsync.kinds.values import without_empty
from vpsync.model.json import Json, Path, pointer, value_at
from vpsync.planning.policy import Brakes
from vpsync.schema.load import load_schema
from vpsync.settings import Settings

ROWS = rows()
ALL = [row for held in ROWS.values() for row in held]
IDS = [f"{row.kind.name} {row.shown}" for row in ALL]
GIVEN = {"VpDeployment": ("target",), "VpSavepoint": ("target", "deployment")}


def fields(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Every field that a schema describes; ``*`` for a key of a map, and lists as a whole."""
    for key, inner in schema.get("properties", {}).items():
        place = path + pointer((key,))
        values = inner.get("additionalProperties")
        if inner.get("properties"):
            yield from fields(inner, place)
        else:
            yield f"{place}/*" if isinstance(values, dict) else place


def test_the_page_is_what_the_data_and_the_kinds_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "make it anew with: python -m docs.fields"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_there_is_a_row_for_each_field_of_the_schema(kind: Any) -> None:
    described = set(fields(load_schema(kind.name)["properties"]["spec"]))
    assert {row.shown for row in ROWS[kind.name]} == described
    assert len(ROWS[kind.name]) == len(described)


def put(document: dict[str, Any], path: Path, value: Json) -> None:
    """Sets a member of a resource's ``spec``; None takes it out."""
    place = document["spec"]
    for key in path[:-1]:
        place = place.setdefault(key, {})
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value


class Stage:
    """A VVP and a cluster with what the rows refer to, and one resource for a row."""

    def __init__(self, world: World, row: Row) -> None:
        self.world, self.row = world, row
        for name in GIVEN.get(row.kind.name, ()):
            world.create(manifest(name))
        world.settle()
        spec = {"deploymentTargetName": "jobs", "flinkVersion": "1.15", "state": "STOPPED"}
        body = {"metadata": {"name": "sessions"}, "spec": spec}
        world.sandbox.call("POST", "/api/v1/namespaces/default/sessionclusters", body)
        self.ids = {
            "<id of jobs>": _id(world.sandbox.target("default", "jobs")),
            "<id of orders>": _id(world.sandbox.deployment("default", "orders")),
        }
        self.document: dict[str, Any] = json.loads(json.dumps(manifests()[row.kind.name]))
        self.document["metadata"] = {"name": "example", "namespace": NAMESPACE}
        for place, value in row.beside.items():
            put(self.document, tuple(place.split("/")[1:]), value)
        self.without: dict[str, Any] = json.loads(json.dumps(self.document))
        put(self.document, row.path, self.meant(row.example))
        put(self.without, row.path, None)

    def meant(self, value: Json) -> Json:
        """The value, with the id that it stands for."""
        return self.ids.get(value, value) if isinstance(value, str) else value

    def held(self) -> Json:
        """What VVP's object has in the row's place."""
        name = self.document["spec"].get("metadata", {}).get("name") or "example"
        vvp, body = self.world.sandbox, None
        match self.row.kind.name:
            case "VpNamespace":
                body = vvp.namespace(name)
            case "VpDeploymentTarget":
                body = vvp.target("default", name)
            case "VpDeployment":
                body = vvp.deployment("default", name)
            case "VpSavepoint":
                [body] = vvp.savepoints("default", self.ids["<id of orders>"])
        assert body is not None
        return value_at(body, self.row.path if self.row.vvp is None else self.row.vvp)

    def stalled(self) -> str:
        found = self.world.find(self.row.kind.name, "example") or {}
        conditions = found["status"]["conditions"]
        return "".join(one["reason"] for one in conditions if one["type"] == "Stalled")


def _id(held: Any) -> str:
    return held["metadata"]["id"] if held else ""


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    settings = Settings(max_restarts=0, brakes=Brakes(force=True))
    with World(settings=settings) as world:
        yield Stage(world, request.param)


@pytest.mark.parametrize("stage", ALL, ids=IDS, indirect=True)
def test_a_field_is_sent_as_the_row_says_and_goes_as_it_says(stage: Stage) -> None:
    row, world = stage.row, stage.world
    world.create(stage.document)
    world.settle()
    assert stage.stalled() == ""
    if row.vvp is None:
        assert stage.held() != row.example
        assert row.gone == ""
        return
    assert stage.held() == stage.meant(row.sent)
    try:
        world.kubernetes.replace(stage.without)
    except Refused:
        assert row.gone.startswith("required")
        return
    world.settle()
    match row.gone:
        case "removed":
            assert without_empty(stage.held()) is None
        case "cleared":
            assert stage.held() == []
        case "kept" | "is `default`":
            assert stage.held() == stage.meant(row.sent)
            assert stage.stalled() == ""
        case "cannot change":
            assert stage.stalled() == "Immutable"
        case _:
            assert row.gone.startswith("required")
            assert stage.stalled() == "InvalidSpec"
