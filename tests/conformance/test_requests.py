"""What vpsync sends in all scenarios is valid by the specifications of the version that it meets."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.specifications import (
    DIFFERENCES,
    FAMILIES,
    VERSIONS,
    Operation,
    folder,
    listed,
    load,
)
from passes.scenario import Player, Scenario, scenarios
from passes.world import World
from vpsync.sandbox import LoggedRequest

pytestmark = pytest.mark.skipif(
    folder() is None, reason="the published specifications are not beside this checkout"
)

YAML = "application/yaml"
SCENARIOS = [own for own in scenarios() if own.sandbox.version == "2.8.1"]


class Recorder(Player):
    """Plays a scenario for its requests only: what it expects holds for another version."""

    def play(self, scenario: Scenario) -> None:
        """All steps, each as far as it goes."""
        for document in scenario.given:
            self.world.create(document)
        for step in scenario.steps:
            [(verb, argument)] = step.items()
            with contextlib.suppress(AssertionError):
                getattr(self, f"do_{verb}")(argument)

    def do_expect(self, expected: Any) -> None:
        """Nothing."""


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_request_of_all_scenarios_is_valid(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = 0
    wrong: set[str] = set()
    unlisted: set[str] = set()
    for number, scenario in enumerate(SCENARIOS):
        for request in recorded(scenario, version, tmp_path / str(number)):
            checked += 1
            operation, found = judged(request, version)
            if operation is None and not found:
                unlisted.add(f"{request.method} {request.path}")
            wrong.update(f"{scenario.name}: {flaw}" for flaw in found)
    with capsys.disabled():
        known = f"; {len(unlisted)} paths in no specification" if unlisted else ""
        print(f"\n{version}: {checked} requests of {len(SCENARIOS)} scenarios checked{known}")
    assert not wrong
    assert checked > 1000


def recorded(scenario: Scenario, version: str, directory: Path) -> list[LoggedRequest]:
    """The requests of a scenario, played against a version."""
    directory.mkdir()
    options = replace(scenario.sandbox, version=version)
    mode = scenario.modes[0]
    with World(directory if mode == "files" else None, options, scenario.settings) as world:
        Recorder(world, mode).play(scenario)
        return world.sandbox.requests


def judged(request: LoggedRequest, version: str) -> tuple[Operation | None, list[str]]:
    """The operation of a request, and what is wrong with it; None where no specification has it."""
    for family in FAMILIES:
        specification = load(family, version)
        for operation in specification.operations():
            if operation.matches(request.method, request.path):
                schema = operation.body
                found = [
                    f"{key} is no parameter" for key in request.query.keys() - operation.query()
                ]
                if schema is None and request.body is not None:
                    found.append("takes no body")
                elif schema is not None:
                    found += specification.flaws(schema, request.body)
                    kind = request.headers.get("content-type", "")
                    if kind != "application/json" and not (operation.yaml and kind == YAML):
                        found.append(f"media type {kind}")
                return operation, [f"{operation.name}: {flaw}" for flaw in found]
    name = f"{request.method} {request.path}"
    return None, [] if listed("routes", name) else [f"{name}: is in no specification"]


def a_request(method: str, path: str, body: Any = None, **query: str) -> LoggedRequest:
    """A request as the log of the sandbox has it."""
    headers = {"content-type": "application/json"}
    return LoggedRequest(1, method, path, query, headers, body, 200)


DEPLOYMENTS = "/api/v1/namespaces/default/deployments"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (a_request("GET", f"{DEPLOYMENTS}/a/b"), "is in no specification"),
        (a_request("DELETE", DEPLOYMENTS), "is in no specification"),
        (a_request("GET", DEPLOYMENTS, limit="5"), "limit is no parameter"),
        (a_request("GET", DEPLOYMENTS, {}), "takes no body"),
        (a_request("POST", DEPLOYMENTS, {"sepc": {}}), "sepc"),
        (a_request("POST", DEPLOYMENTS, {"spec": {"state": "PAUSED"}}), "spec/state"),
        (a_request("PATCH", f"{DEPLOYMENTS}/a", {"metadata": {"labels": {"a": 1}}}), "labels/a"),
        (a_request("POST", DEPLOYMENTS, {"spec": {"deploymentTargetId": "jobs"}}), "uuid"),
        (a_request("POST", "/namespaces/v1/namespaces", {"name": 1}), "name"),
    ],
)
def test_a_request_that_is_not_valid_is_found(request_: LoggedRequest, words: str) -> None:
    found = judged(request_, "2.7.1")[1]
    assert found
    assert words in " ".join(found)


def test_each_known_difference_has_its_reason() -> None:
    for kind in DIFFERENCES.values():
        for own in kind:
            assert own["reason"].endswith(".")
