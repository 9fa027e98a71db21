"""Where VVP's documentation is silent, the sandbox can go either way: vpsync is right with both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .harness import World
from .manifests import deployment, namespace, savepoint, target

# The other guess for each switch that is not a test's of its own.
OTHER_GUESSES: dict[str, Any] = {
    "create_status": 200,
    "platform_create_status": 201,
    "stale_status_after_patch": False,
    "status_on_create": "absent",
    "target_reference": "both",
    "delete_running_status": 400,
    "duplicate_target_status": 400,
    "savepoints_survive_deployment": False,
    "stale_resource_version": "conflict",
    "unknown_fields": "reject",
    "put_keeps_metadata": True,
    "put_applies_defaults": False,
    "patch_applies_defaults": True,
    "retained_checkpoint_on_cancel": True,
    "list_order": "shuffled",
    "omit_empty_lists": True,
    "render_nulls": False,
    "error_body": "spring",
    "merge_patch_media_type": True,
    "patch_merges_role_bindings": True,
    "absent_token_status": 403,
    "keep_annotations_on_savepoints": False,
}
SWITCHES = {
    "the other guesses": OTHER_GUESSES,
    "VVP 2.4": {"version": "2.4.0"},
    "VVP 2.1": {"version": "2.1.0"},
    "annotations are dropped": {"drop_foreign_annotations": True},
}


@pytest.mark.parametrize("name", SWITCHES)
def test_resources_become_ready_stay_quiet_change_and_go(
    make_world: Callable[..., World], name: str
) -> None:
    world = make_world(**SWITCHES[name])
    world.apply(
        namespace("team", ("owner", "group:leads")), target(vvp="team"),
        deployment("orders", vvp="team", metadata={"labels": {"team": "a"}}),
        savepoint("once", "orders", vvp="team"),
    )  # fmt: skip
    world.sync()
    world.assert_quiet(1)
    world.apply(
        namespace("team"),
        deployment("orders", vvp="team", metadata={"labels": {"team": None}}, template={"parallelism": 2}),
    )  # fmt: skip
    world.sync()
    held = world.vvp("orders", "team")
    assert held["metadata"]["labels"] == {}
    assert held["spec"]["template"]["spec"]["parallelism"] == 2
    team = world.sandbox.namespace("team")
    assert team is not None
    assert not team.get("roleBindings")
    world.assert_quiet(1)
    taken = [one for one in world.sandbox.mutations() if one.path.endswith("/savepoints")]
    assert len(taken) == 1
    for plural in ("vpsavepoints", "vpdeployments", "vpdeploymenttargets"):
        world.delete(plural)
    world.sync(passes=8)
    assert world.sandbox.deployment("team", "orders") is None
    assert world.sandbox.target("team", "jobs") is None
    assert {one["kind"] for one in world.resources()} == {"VpNamespace"}
