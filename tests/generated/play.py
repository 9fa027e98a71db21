"""Plays variants: each ends as an exact change in VVP, or is refused in words that name the field.

All variants of a kind live in one world, each as two resources: one is as it was, then changed, then
as it was again; the other is new and has the change from the beginning.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.store import Refused
from generated.maximal import maximal
from generated.rules import declared_of, differences, leftovers
from generated.variants import Variant
from passes.oracles import assert_no_secret_is_shown, assert_statuses_are_lawful
from passes.scenario import manifest
from passes.world import Document, World
from vpsync.model.resource import GROUP
from vpsync.planning.policy import Brakes
from vpsync.render.json import report_as_json
from vpsync.schema.load import load_schema
from vpsync.settings import Settings

PASSES = 6
GIVEN: Mapping[str, Sequence[Any]] = {
    "VpDeployment": ("target",),
    "VpDeploymentTarget": (),
    "VpNamespace": (),
    "VpSavepoint": ("target", "deployment"),
}
"""What has to be there for a kind."""

Told = dict[str, tuple[str, str]]


class Stage:
    """The resources of some variants of one kind, and what came of them."""

    def __init__(
        self, world: World, mode: str, kind: str, version: str, chosen: Sequence[Variant]
    ) -> None:
        self.world = world
        self.mode = mode
        self.kind = kind
        self.given = [manifest(described) for described in GIVEN[kind]]
        self.plain = [maximal(kind, version, f"v-{number}") for number in range(len(chosen))]
        self.changed = [
            variant.of(plain) for variant, plain in zip(chosen, self.plain, strict=True)
        ]
        self.born = [
            {**changed, "metadata": {**changed["metadata"], "name": f"b-{number}"}}
            for number, changed in enumerate(self.changed)
        ]
        self._there: set[tuple[str, str]] = set()

    def put(self, documents: Sequence[Document]) -> Told:
        """Makes these the manifests, and runs passes; what was refused, by name: where and why."""
        refused: Told = {}
        if self.mode == "files":
            assert self.world.directory is not None
            items = [*self.given, *documents]
            listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
            (self.world.directory / "all.json").write_text(listed, encoding="utf-8")
        else:
            for document in (*self.given, *documents):
                self._apply(json.loads(json.dumps(document)), refused)
        return {**self._settled(), **refused}

    def changes(self) -> dict[str, Any]:
        """What a preview would change, by name."""
        report = report_as_json(self.world.run(apply=False))
        return {change["name"]: change["fields"] for change in report["changes"]}

    def held(self) -> dict[str, Any]:
        """VVP's objects by the name of the resource."""
        everything = self.world.sandbox.snapshot()
        if self.kind == "VpNamespace":
            return {
                name: {"roleBindings": held["roleBindings"]} for name, held in everything.items()
            }
        default = everything["default"]
        if self.kind == "VpSavepoint":
            savepoints = default["deployments"]["orders"]["savepoints"]
            return {_owner(savepoint): savepoint for savepoint in savepoints}
        member = {"VpDeployment": "deployments", "VpDeploymentTarget": "targets"}[self.kind]
        objects: dict[str, Any] = default[member]
        return objects

    def _apply(self, document: Document, refused: Told) -> None:
        """As ``kubectl apply``: the API server may refuse what its CRD forbids."""
        place = (document["kind"], document["metadata"]["name"])
        try:
            if place in self._there:
                self.world.kubernetes.replace(document)
            else:
                self.world.kubernetes.create(document)
                self._there.add(place)
        except Refused as refusal:
            refused[place[1]] = ("", str(refusal))

    def _settled(self) -> Told:
        """Passes until two of them have told the same and changed nothing.

        From files, what VVP refuses is sent again in each pass: nobody remembers it.
        """
        told: Told | None = None
        for _ in range(PASSES):
            mark, before = self.world.mark(), told
            told = _told(report_as_json(self.world.run()))
            self.world.sandbox.settle()
            allowed = len(told) if self.mode == "files" else 0
            if told == before and len(self.world.writes(mark)) <= allowed:
                return told
        raise AssertionError(f"still writing after {PASSES} passes: {self.world.writes(mark)[:5]}")


KINDS: Sequence[tuple[str, str, str]] = (
    ("VpDeployment", "v1beta1", "files"),
    ("VpDeployment", "v1beta2", "files"),
    ("VpDeployment", "v1beta2", "cluster"),
    ("VpDeploymentTarget", "v1beta1", "cluster"),
    ("VpDeploymentTarget", "v1beta2", "files"),
    # From files, a VVP namespace that is there already is not changed.
    ("VpNamespace", "v1beta1", "cluster"),
    ("VpSavepoint", "v1beta1", "files"),
    ("VpSavepoint", "v1beta1", "cluster"),
)
"""Kind, version, and where the manifests are."""


def violations(
    kind: str, version: str, mode: str, chosen: Sequence[Variant]
) -> dict[Variant, list[str]]:
    """What is wrong, by variant; nothing where all is well."""
    found: dict[Variant, list[str]] = {}
    with _opened(mode) as world:
        stage = Stage(world, mode, kind, version, chosen)
        if kind == "VpSavepoint":
            # A savepoint happens once; there is nothing to change it back to.
            _judge(stage, chosen, stage.born, stage.put(stage.born), found)
        else:
            assert stage.put(stage.plain) == {}
            before = stage.held()
            told = stage.put([*stage.changed, *stage.born])
            _judge(stage, chosen, stage.changed, told, found)
            _judge(stage, chosen, stage.born, told, found)
            assert stage.put([*stage.plain, *stage.born]).keys() <= told.keys()
            _judge_the_way_back(stage, chosen, before, found)
        if mode == "cluster":
            assert_statuses_are_lawful(world)
        assert_no_secret_is_shown(world)
    return found


@contextmanager
def _opened(mode: str) -> Iterator[World]:
    settings = Settings(max_restarts=0, brakes=Brakes(force=True))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) if mode == "files" else None
        with World(place, settings=settings) as world:
            yield world


def _judge(
    stage: Stage,
    chosen: Sequence[Variant],
    documents: Sequence[Document],
    told: Told,
    found: dict[Variant, list[str]],
) -> None:
    """Each is as declared in VVP, and quiet; or it is refused, and the words name the field."""
    held, pending = stage.held(), stage.changes()
    schema = load_schema(stage.kind)["properties"]["spec"]
    for number, (variant, document) in enumerate(zip(chosen, documents, strict=True)):
        name, wrong = document["metadata"]["name"], found.setdefault(variant, [])
        if name in told:
            if not _names_the_field(variant, *told[name]):
                wrong.append(f"refused, but not by its name: {told[name]}")
        elif name not in held:
            wrong.append("VVP does not have it, and nobody says why")
        else:
            declared = declared_of(document)
            wrong += differences(declared, held[name])
            if name.startswith("v-"):
                wrong += leftovers(declared_of(stage.plain[number]), declared, held[name], schema)
            if name in pending:
                wrong.append(f"a preview still shows {pending[name]}")
        if not wrong:
            del found[variant]


def _judge_the_way_back(
    stage: Stage,
    chosen: Sequence[Variant],
    before: Mapping[str, Any],
    found: dict[Variant, list[str]],
) -> None:
    held, pending = stage.held(), stage.changes()
    for variant, plain in zip(chosen, stage.plain, strict=True):
        name = plain["metadata"]["name"]
        wrong = list(differences(_comparable(before[name]), _comparable(held[name])))
        wrong += differences(_comparable(held[name]), _comparable(before[name]))
        if name in pending:
            wrong.append(f"a preview still shows {pending[name]}")
        if wrong:
            found.setdefault(variant, []).extend(f"on the way back: {text}" for text in wrong)


def _told(report: Mapping[str, Any]) -> Told:
    """Why resources are not done, by name: a pointer if there is one, and words."""
    told: Told = {}
    for entry in report["changes"]:
        if entry["outcome"] != "applied":
            told[entry["name"]] = ("", str(entry.get("message")))
    for entry in report["blocked"]:
        told[entry["name"]] = ("", f"{entry['reason']}: {entry['message']}")
    for entry in report["invalid"]:
        for problem in entry["problems"]:
            where, words = told.get(entry["name"], ("", ""))
            told[entry["name"]] = (f"{where} {problem['path']}", f"{words} {problem['message']}")
    return told


VVP_CALLS_IT = {"deploymentTargetName": "deployment target"}
"""Fields that VVP misses by another name when none of a group of them is declared."""


def _names_the_field(variant: Variant, where: str, words: str) -> bool:
    """Whether a refusal names the field, one within it, or the one that it is a part of."""
    keys = [str(key) for key in variant.path if key != 0]
    pointers = where.split()
    names = (keys[-1], str(variant.value), VVP_CALLS_IT.get(keys[-1], keys[-1]))
    return any(name in words for name in names) or any(
        pointer.startswith(variant.pointer) or variant.pointer.startswith(f"{pointer}/")
        for pointer in pointers
        if pointer
    )


def _owner(savepoint: Mapping[str, Any]) -> str:
    marker = json.loads(savepoint["metadata"]["annotations"][f"{GROUP}/owner"])
    return str(marker["resource"]).partition("/")[2]


def _comparable(held: Any) -> Any:
    """Without our marker, which counts generations, and without the root logger.

    VVP gave the root logger a level, which is gone when somebody declared one and took it back.
    """
    if not isinstance(held, dict):
        return held
    return {
        key: _comparable(member)
        for key, member in held.items()
        if key not in ("", f"{GROUP}/owner")
    }
