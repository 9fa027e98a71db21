"""A target that a manifest has by name is shown and sent by name, where VVP knows names."""

from __future__ import annotations

from typing import Any

import pytest

from builders import changed, observed, snapshot
from builders import manifest as resource
from passes.scenario import manifest
from passes.world import World
from vpsync.planning.diff.references import by_name
from vpsync.render.json import report_as_json
from vpsync.sandbox import Fault, Respond, SandboxOptions, on

BY_NAME = {"deploymentTargetName": "jobs"}


def _targets(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if "Target" in key}


def _shown(world: World) -> dict[str, Any]:
    """What a preview says of where the job runs."""
    [change] = report_as_json(world.run(apply=False))["changes"]
    return _targets({one["path"].rpartition("/")[2]: one["after"] for one in change["fields"]})


def _sent(world: World) -> dict[str, Any]:
    """What the request of a pass has of it."""
    mark = len(world.sandbox.mutations())
    world.run()
    return _targets(world.sandbox.mutations()[mark].body["spec"])


@pytest.mark.parametrize("version", ["2.0.1", "2.3.2", "2.4.0", "2.8.1", "2.15.11"])
def test_a_creation_has_the_name_from_2_4_on_and_the_id_before(version: str) -> None:
    with World(options=SandboxOptions(version=version)) as world:
        world.create(manifest("target"))
        world.run()
        target = world.sandbox.target("default", "jobs")
        assert target is not None
        world.create(manifest("deployment"))
        knows = tuple(map(int, version.split("."))) >= (2, 4)
        expected = BY_NAME if knows else {"deploymentTargetId": target["metadata"]["id"]}
        assert _shown(world) == expected
        assert _sent(world) == expected


@pytest.mark.parametrize("answer", [Respond(404), Respond(403), Respond(200, {"status": {}})])
def test_a_server_that_does_not_tell_its_version_gets_the_id(answer: Respond) -> None:
    with World() as world:
        world.create(manifest("target"))
        world.run()
        world.sandbox.faults.add(Fault(on("GET", "system-info"), answer, None))
        world.create(manifest("deployment"))
        assert _sent(world).keys() == {"deploymentTargetId"}


def test_the_version_is_asked_for_only_where_a_name_is_to_be_sent() -> None:
    with World() as world:
        world.create(manifest("target"))
        world.run()
        world.create(manifest("deployment"))
        asked = []
        for _ in range(3):
            mark = len(world.sandbox.requests)
            world.run()
            asked.append(sum("system-info" in one.path for one in world.sandbox.requests[mark:]))
        assert asked == [1, 0, 0]


def test_an_id_that_vvp_shows_is_taken_away_with_the_name_of_another_target() -> None:
    job = resource("VpDeployment", edits={"/spec/state": "SUSPENDED"})
    before = {"/spec/deploymentTargetId": "id-of-another", "/spec/deploymentTargetName": "another",
              "/status": {"state": "SUSPENDED"}}  # fmt: skip
    named = by_name(changed(job, snapshot(observed(job, before))))
    assert [(one.pointer, one.before, one.after) for one in named.fields] == [
        ("/spec/deploymentTargetId", "id-of-another", None),
        ("/spec/deploymentTargetName", "another", "jobs"),
    ]


def test_a_change_of_something_else_does_not_mention_the_target() -> None:
    job = resource("VpDeployment", edits={"/spec/template/spec/parallelism": 5})
    change = changed(job, snapshot(observed(resource("VpDeployment"))))
    assert by_name(change) == change


def test_a_target_that_could_not_be_created_keeps_what_names_it_from_being_sent() -> None:
    with World() as world:
        world.create(manifest("target"))
        world.create(manifest("deployment"))
        world.sandbox.faults.add(Fault(on("POST", "deployment-targets"), Respond(500), None))
        world.run()
        assert [one.path.rpartition("/")[2] for one in world.sandbox.mutations()] == [
            "deployment-targets"
        ]
