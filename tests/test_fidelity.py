"""What a preview shows is what the pass after it sends: change by change, in every scenario."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from passes.replay import Replay, Sent
from passes.scenario import Player, Scenario, scenarios
from passes.wire import ClusterWire, Process
from passes.world import Document, World
from vpsync.kinds import BY_NAME
from vpsync.kinds.job import SPEC_VERSION
from vpsync.model.json import path_from_pointer, value_at
from vpsync.model.resource import GROUP
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.redact.fields import redacted
from vpsync.render.json import report_as_json
from vpsync.render.report import Report

PLAYED = [(scenario, mode) for scenario in scenarios() for mode in scenario.modes]
KNOWN_LATER = "(known after apply)"


@dataclass
class FaithfulWorld(World):
    """A world in which a preview goes before every pass, over the very same answers of VVP."""

    wire: Replay = field(default_factory=Replay, init=False)
    compared: int = 0
    """Requests that were compared with a change."""

    def new_process(self) -> Process:
        """A vpsync whose wire to VVP can answer again what it answered before."""
        return Process(ClusterWire(self.kubernetes), self.wire)

    def run(
        self,
        *,
        apply: bool = True,
        process: Process | None = None,
        reviewed: dict[str, Any] | None = None,
    ) -> Report:
        """One pass, a second after the last."""
        assert process is None, "it follows one vpsync"
        assert reviewed is None, "it follows its own previews"
        if not apply:
            self.wire.record()
            return super().run(apply=False)
        self.clock.advance(1)
        self.wire.record()
        shown = report_as_json(self.run_now(apply=False))
        assert self.wire.sent == []
        self.wire.replay()
        report = self.run_now(apply=True)
        done = report_as_json(report)
        assert [_planned(change) for change in done["changes"]] == shown["changes"]
        assert done["checksum"] == shown["checksum"]
        self._compare(shown["changes"], done["changes"])
        return report

    def _compare(self, shown: list[Document], done: list[Document]) -> None:
        tried = [
            {**change, "outcome": end["outcome"]}
            for change, end in zip(shown, done, strict=True)
            if end["outcome"] != "skipped"
        ]
        sent = [request for request in self.wire.sent if not _is_intent(request, tried)]
        for change in tried:
            route = _route_of(change)
            likely = [one for one in sent if one.route == route]
            [request, *_] = [one for one in likely if _values(one.body, change) == _fields(change)]
            sent.remove(request)
            self.compared += 1
        assert [request for request in sent if not _is_learnt(request, tried)] == []


def _planned(change: Document) -> Document:
    return {key: value for key, value in change.items() if key not in ("outcome", "message")}


def _is_intent(request: Sent, tried: list[Document]) -> bool:
    """Whether it is the note, on a deployment, of a file's savepoint that is asked for."""
    annotations = value_at(request.body, ("metadata", "annotations")) or {}
    noted = all(key.startswith(f"{GROUP}/savepoint-") for key in annotations)
    return (
        request.method == "PATCH"
        and list(request.body) == ["metadata"]
        and bool(annotations)
        and noted
        and any(change["kind"] == "VpSavepoint" for change in tried)
    )


def _is_learnt(request: Sent, tried: list[Document]) -> bool:
    """Whether it is the record of what VVP answered to a change, which no preview can know."""
    notes = value_at(request.body, ("metadata", "annotations")) or {}
    ids = {change["platform"].get("id") for change in tried if change["outcome"] == "applied"}
    return (
        request.method == "PATCH"
        and request.body == {"metadata": {"annotations": notes}}
        and notes.keys() == {MANAGED}
        and '"kept":' in notes[MANAGED]
        and (request.path.rpartition("/")[2] in ids or None in ids)
    )


def _route_of(change: Document) -> str:
    """The request that the documented members of a change stand for."""
    kind, platform = BY_NAME[change["kind"]], change["platform"]
    if kind.name == "VpNamespace":
        place, address = "/namespaces/v1/namespaces", platform["name"]
    else:
        place = f"/api/v1/namespaces/{platform['namespace']}/{kind.collection}"
        address = platform["name"] if kind.name == "VpDeploymentTarget" else platform["id"]
    return f"{change['method']} {place if change['method'] == 'POST' else f'{place}/{address}'}"


def _fields(change: Document) -> dict[str, Any]:
    return {item["path"]: item["after"] for item in change["fields"]}


def _values(body: Any, change: Document) -> dict[str, Any]:
    """What a request sends, as a change has it: by path, secrets masked, our annotations left out."""
    if change["method"] == "PUT":
        # It replaces the object: what is to change is in it, and the rest as it was read.
        places = [path_from_pointer(item["path"]) for item in change["fields"]]
        found = {path: value_at(body, path) for path in places}
    else:
        found = dict(_leaves(body or {}))
    for item in change["fields"]:
        if item["after"] == KNOWN_LATER:
            path = path_from_pointer(item["path"])
            assert isinstance(found[path], str)
            found[path] = KNOWN_LATER
    return {
        "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in path): redacted(
            path, value
        )[0]
        for path, value in found.items()
    }


ADDRESS = {
    ("kind",), ("apiVersion",), ("name",), ("metadata", "name"), ("metadata", "namespace"),
}  # fmt: skip


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [pair for key, member in value.items() for pair in _leaves(member, (*path, key))]
    ours = path[:2] == ("metadata", "annotations") and path[2].startswith(f"{GROUP}/")
    is_bookkeeping = path in ADDRESS or ours or path[-1:] == (SPEC_VERSION,)
    return [] if is_bookkeeping else [(path, value)]


@pytest.mark.parametrize(
    ("scenario", "mode"), PLAYED, ids=[f"{scenario.name} [{mode}]" for scenario, mode in PLAYED]
)
def test_a_reconcile_sends_what_diff_showed(scenario: Scenario, mode: str, tmp_path: Path) -> None:
    directory = tmp_path if mode == "files" else None
    with FaithfulWorld(directory, scenario.sandbox, scenario.settings) as world:
        Player(world, mode).play(scenario)
        assert world.compared or not world.sandbox.mutations()
