"""Scenarios as data: what is given, what happens, what is expected, and why.

A scenario is a list of steps; a step is a mapping with one verb. The verbs are the methods of
:class:`Player` without their underscore, and what they take stands in their docstrings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from fakes.faults import Answer, Fail, on
from fakes.patches import merge
from passes.world import Document, World, unmasked
from vpsync.model.options import Adopt
from vpsync.model.resource import GROUP
from vpsync.planning.policy import Brakes
from vpsync.render.json import report_as_json
from vpsync.render.report import Report
from vpsync.sandbox import Fault as VvpFault
from vpsync.sandbox import SandboxOptions, actions
from vpsync.sandbox import on as vvp_on
from vpsync.settings import Settings, duration

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
LIBRARY: dict[str, Document] = yaml.safe_load((SCENARIOS / "library.yaml").read_text("utf-8"))
"""Manifests by a short name."""

Mark = tuple[int, int]


@dataclass(frozen=True)
class Scenario:
    """One scenario of a file."""

    name: str
    why: str
    """One sentence: which promise it is about."""
    given: tuple[Document, ...]
    steps: tuple[dict[str, Any], ...]
    creates: Mapping[str, int]
    """How often VVP creates which object, in the whole scenario; all others never."""
    deletes: Mapping[str, int]
    only: str = ""
    """``cluster`` or ``files`` where it means nothing in the other."""
    sandbox: SandboxOptions = field(default_factory=unmasked)
    settings: Settings = field(default_factory=Settings)

    @property
    def modes(self) -> tuple[str, ...]:
        """Where it is played."""
        return (self.only,) if self.only else ("cluster", "files")


def scenarios() -> Iterator[Scenario]:
    """All scenarios of all files."""
    for path in sorted(SCENARIOS.glob("*.yaml")):
        if path.stem != "library":
            yield from scenarios_of(path)


def scenarios_of(path: Path) -> Iterator[Scenario]:
    """The scenarios of one file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for raw in yaml.load(path.read_text("utf-8"), loader):
        yield _scenario(raw)


def manifest(described: Any) -> Document:
    """A manifest: the name of one in the library, or a name with a merge patch for it."""
    if isinstance(described, str):
        return LIBRARY[described]
    [(name, patch)] = described.items()
    patched: Document = merge(LIBRARY[name], patch)
    return patched


def _scenario(raw: Document) -> Scenario:
    sandbox: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in raw.pop("sandbox", {}).items()
    }
    flags = raw.pop("settings", {})
    settings = Settings()
    for name in ("owner_id", "prune", "vvp_namespaces"):
        if name in flags:
            settings = replace(settings, scope=replace(settings.scope, **{name: flags.pop(name)}))
    if "adopt" in flags:
        flags["adopt"] = Adopt(flags["adopt"])
    if "brakes" in flags:
        flags["brakes"] = Brakes(**flags["brakes"])
    if "edition" in flags:
        settings = replace(settings, vvp=replace(settings.vvp, edition=flags.pop("edition")))
    return Scenario(
        given=tuple(manifest(item) for item in raw.pop("given")),
        steps=tuple(raw.pop("steps")),
        creates=raw.pop("creates", {}),
        deletes=raw.pop("deletes", {}),
        sandbox=unmasked(**sandbox),
        settings=replace(settings, **flags),
        **raw,
    )


class Player:
    """Plays the steps of a scenario in a world."""

    def __init__(self, world: World, mode: str) -> None:
        self.world = world
        self.mode = mode
        self.report = Report()
        self.exit_code = 0
        self.mark: Mark = (0, 0)
        self.seen_events = 0

    def play(self, scenario: Scenario) -> None:
        """All steps, one after the other."""
        for document in scenario.given:
            self.world.create(document)
        for number, step in enumerate(scenario.steps, 1):
            [(verb, argument)] = step.items()
            try:
                getattr(self, f"do_{verb}")(argument)
            except AssertionError as error:
                raise AssertionError(f"step {number}, {verb}: {error}") from error

    # What happens -----------------------------------------------------------------------------

    def do_pass(self, count: int) -> None:
        """So many passes; expectations are about what they did together."""
        self._begin()
        for _ in range(count):
            self.exit_code = self.world.exit_code()

    def do_settle(self, most: int) -> None:
        """Passes until nothing is left to do, at most so many."""
        self._begin()
        settled = self.world.settle(most)
        self.report, self.exit_code = settled.report, settled.report.exit_code

    def do_create(self, described: Any) -> None:
        """Another manifest."""
        self.world.create(self._substituted(manifest(described)))

    def do_edit(self, patches: Mapping[str, Document]) -> None:
        """Somebody changes manifests: ``Kind/name`` to a merge patch."""
        for place, patch in patches.items():
            self.world.edit(*_split(place), self._substituted(patch))

    def do_annotate(self, notes: Mapping[str, Mapping[str, str]]) -> None:
        """Somebody sets annotations of ours: ``Kind/name`` to short names and values."""
        for place, values in notes.items():
            full = {f"{GROUP}/{name}": self._substituted(v) for name, v in values.items()}
            self.world.edit(*_split(place), {"metadata": {"annotations": full}})

    def do_delete(self, places: list[str]) -> None:
        """Somebody deletes resources."""
        for place in places:
            self.world.delete(*_split(place))

    def do_rebuild(self, described: list[Any]) -> None:
        """The cluster is lost, and another one gets these manifests; VVP was never away."""
        self.world.lose_cluster()
        for one in described:
            self.do_create(one)

    def do_vvp(self, call: Mapping[str, Any]) -> None:
        """Somebody does something in VVP: a method of the sandbox and its arguments."""
        for method, arguments in call.items():
            values = [self._substituted(value) for value in arguments]
            answer = getattr(self.world.sandbox, method)(*values)
            assert method != "call" or answer[0] < 400, answer
        self.world.learn_names()

    def do_refuse(self, described: list[str]) -> None:
        """VVP refuses (400) writes of a deployment whose body holds a text, with these words."""
        text, words = described
        self.world.sandbox.reject(lambda request: text in json.dumps(request.body), words)

    def do_copy(self, names: list[str]) -> None:
        """Somebody copies a deployment in VVP: namespace, name, and the name of the copy."""
        namespace, name, copy = names
        body = self.world.sandbox.deployment(namespace, name) or {}
        metadata = {key: body["metadata"][key] for key in ("labels", "annotations")}
        copied = {"metadata": {**metadata, "name": copy}, "spec": body["spec"]}
        path = f"/api/v1/namespaces/{namespace}/deployments"
        self.do_vvp({"call": ["POST", path, copied]})

    def do_fault(self, described: Mapping[str, Any]) -> None:
        """VVP has a bad day: ``where`` (method, path), the name of an action, and its arguments."""
        action = getattr(actions, described["do"])(**described.get("with", {}))
        match = vvp_on(*described["where"])
        times = described.get("times")
        self.world.sandbox.faults.add(VvpFault(match, action, times, described.get("skip", 0)))

    def do_cluster_fault(self, described: Mapping[str, Any]) -> None:
        """Kubernetes has a bad day: ``where``, and a status or ``lost`` or ``unsent``."""
        action: Answer | Fail = Answer(described.get("status", 500))
        if "status" not in described:
            action = Fail(ConnectionError("reset"), deliver=described["do"] == "lost")
        self.world.kubernetes.fault(on(*described["where"]), action, described.get("times"))

    def do_heal(self, _: Any) -> None:
        """All is well again, on both sides."""
        self.world.sandbox.faults.clear()
        self.world.kubernetes.faults.clear()

    def do_advance(self, time: str) -> None:
        """Time passes."""
        self.world.clock.advance(duration(time))

    # What is expected -------------------------------------------------------------------------

    def do_expect(self, expected: Mapping[str, Any]) -> None:
        """Checks; each key is a method ``expect_…`` below."""
        for what, value in expected.items():
            getattr(self, f"expect_{what}")(value)

    def expect_cluster(self, expected: Mapping[str, Any]) -> None:
        """What is expected only where the manifests are in a cluster."""
        if self.mode == "cluster":
            self.do_expect(expected)

    def expect_files(self, expected: Mapping[str, Any]) -> None:
        """What is expected only where the manifests are in files."""
        if self.mode == "files":
            self.do_expect(expected)

    def expect_exit(self, code: int) -> None:
        """The exit code of the last pass."""
        assert self.exit_code == code, f"exit code {self.exit_code}, not {code}"

    def expect_vvp(self, expected: Any) -> None:
        """A part of what VVP holds (``Sandbox.snapshot``); null stands for absent."""
        _assert_part(self.world.sandbox.snapshot(), expected, "vvp")

    def expect_sent(self, expected: list[str]) -> None:
        """The mutating requests to VVP since the last verb that ran passes, in order."""
        sent = [f"{r.method} {_route(self.world, r.path)}" for r in self._mutations()]
        assert sent == expected, f"sent {sent}"

    def expect_bodies(self, expected: list[Any]) -> None:
        """The bodies of these requests, without our own annotations."""
        bodies = [_without_ours(request.body) for request in self._mutations()]
        assert bodies == expected, f"bodies {bodies}"

    def expect_written(self, expected: list[str]) -> None:
        """The requests to Kubernetes that change a resource."""
        if self.mode == "cluster":
            calls = self.world.kubernetes.mutations(self.mark[1])
            writes = [call for call in calls if not call.is_event and not call.is_question]
            sent = [f"{call.method} {_resource(call.path)}" for call in writes]
            assert sent == expected, f"written {sent}"

    def expect_events(self, expected: list[str]) -> None:
        """The reasons of our own new events about resources, sorted; VVP's are left out."""
        if self.mode == "cluster":
            events = self.world.kubernetes.events[self.seen_events :]
            reasons = sorted(e["reason"] for e in events if e["action"] != "Mirror")
            assert reasons == expected, f"events {reasons}"

    def expect_mirrored(self, warnings: int) -> None:
        """Every event that VVP has about its deployments was posted once; so many are warnings."""
        posted = [event for event in self.world.kubernetes.events if event["action"] == "Mirror"]
        ids = sorted(event["metadata"]["annotations"][f"{GROUP}/id"] for event in posted)
        assert ids == sorted(self._vvp_events()), f"{len(ids)} posted"
        told = [event["reason"] for event in posted if event["type"] == "Warning"]
        assert len(told) == warnings, f"warnings {told}"

    def expect_conditions(self, expected: Mapping[str, Mapping[str, str | None]]) -> None:
        """Conditions as ``Status/Reason``; null for one that must not be there."""
        if self.mode != "cluster":
            return
        for place, wanted in expected.items():
            held = {c["type"]: c for c in self._status(place).get("conditions", [])}
            shown = {name: f"{c['status']}/{c['reason']}" for name, c in held.items()}
            told = {name: shown.get(name) for name in wanted}
            assert told == wanted, f"{place} has {shown}: {[c['message'] for c in held.values()]}"

    def expect_says(self, expected: Mapping[str, str]) -> None:
        """A part of the message of the condition ``Ready``."""
        if self.mode != "cluster":
            return
        for place, words in expected.items():
            conditions = self._status(place)["conditions"]
            [ready] = [c["message"] for c in conditions if c["type"] == "Ready"]
            assert words in ready, f"{place} says {ready!r}"

    def expect_status(self, expected: Mapping[str, Any]) -> None:
        """A part of statuses."""
        if self.mode == "cluster":
            for place, wanted in expected.items():
                _assert_part(self._status(place), wanted, place)

    def expect_gone(self, places: list[str]) -> None:
        """Resources that the cluster no longer has."""
        for place in places:
            assert self.world.find(*_split(place)) is None, f"{place} is still there"

    def expect_there(self, places: list[str]) -> None:
        """Resources that are being deleted and still have the finalizer."""
        for place in places:
            found = self.world.find(*_split(place))
            assert found, f"{place} is gone"
            assert found["metadata"]["finalizers"] == ["finalizers.fintechstudios.com"]

    def expect_finalizers(self, expected: Mapping[str, list[str]]) -> None:
        """All finalizers of resources."""
        for place, wanted in expected.items():
            found = self.world.find(*_split(place))
            assert found, f"{place} is gone"
            held = found["metadata"].get("finalizers") or []
            assert held == wanted, f"{place} has {held}"

    def expect_planned(self, expected: list[Any]) -> None:
        """A part of each change in the JSON of a preview made now."""
        document = report_as_json(self.world.run(apply=False))
        _assert_part(document["changes"], expected, "changes")

    def _begin(self) -> None:
        self.mark = self.world.mark()
        self.seen_events = len(self.world.kubernetes.events)

    def _mutations(self) -> list[Any]:
        return self.world.sandbox.mutations(self.mark[0])

    def _vvp_events(self) -> list[str]:
        sandbox = self.world.sandbox
        return [
            event["metadata"]["id"]
            for namespace, held in sandbox.snapshot().items()
            for name in held["deployments"]
            for event in sandbox.events(
                namespace, (sandbox.deployment(namespace, name) or {})["metadata"]["id"]
            )
        ]

    def _status(self, place: str) -> Document:
        found = self.world.find(*_split(place))
        assert found is not None, f"{place} is not there"
        status: Document = found["status"]
        return status

    def _substituted(self, value: Any) -> Any:
        """``$name`` stands for the id of the VVP object of that name."""
        if isinstance(value, dict):
            return {key: self._substituted(member) for key, member in value.items()}
        if isinstance(value, str) and value.startswith("$"):
            ids = {name: identity for identity, name in self.world.names.items()}
            return ids[value[1:]]
        return value


def _split(place: str) -> tuple[str, str]:
    kind, _, name = place.partition("/")
    return kind, name


def _assert_part(held: Any, expected: Any, place: str) -> None:
    """Maps may hold more than is expected; everything else is equal."""
    if isinstance(expected, dict) and isinstance(held, dict):
        for key, value in expected.items():
            _assert_part(held.get(key), value, f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(held, list):
        assert len(held) == len(expected), f"{place} is {held!r}"
        for number, (one, wanted) in enumerate(zip(held, expected, strict=True)):
            _assert_part(one, wanted, f"{place}[{number}]")
    else:
        assert held == expected, f"{place} is {held!r}, not {expected!r}"


def _route(world: World, path: str) -> str:
    """``deployments/default/orders`` for a path below the Application Manager."""
    parts = world.named(path).strip("/").split("/")
    if parts[0] != "api":
        return "/".join(parts[2:])
    namespace, collection, *rest = parts[3:]
    return "/".join((collection, namespace, *rest))


def _resource(path: str) -> str:
    """``vpdeployments/orders/status`` for a path of the API server."""
    return path.partition("/namespaces/")[2].partition("/")[2]


def _without_ours(body: Any) -> Any:
    """A body without our annotations, and without what they leave empty."""
    if not isinstance(body, dict):
        return body
    result = {key: _without_ours(value) for key, value in body.items() if GROUP not in key}
    return {key: value for key, value in result.items() if value != {} or body[key] == {}}
