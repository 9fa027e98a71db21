"""Global defaults by name, and switches by text."""

from dataclasses import fields
from typing import Any

import pytest

from vpsync.sandbox import SandboxOptions, global_defaults
from vpsync.sandbox.switches import switch_values, switched

from .api import Api

PLAYGROUND_ONLY = {
    "execution.checkpointing.externalized-checkpoint-retention",
    "high-availability",
    "state.backend",
    "taskmanager.memory.managed.fraction",
}


def configuration(defaults: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = defaults["template"]["spec"]["flinkConfiguration"]
    return found


def test_what_the_playground_sets_is_not_built_in(api: Api) -> None:
    made = api.make_deployment()
    assert not PLAYGROUND_ONLY & configuration(made["spec"]).keys()
    assert configuration(global_defaults("playground")).keys() >= PLAYGROUND_ONLY


def test_the_playground_keeps_what_is_built_in_beside_its_own() -> None:
    both = global_defaults("playground")
    assert both["upgradeStrategy"] == {"kind": "STATEFUL"}
    assert both["template"]["spec"]["resources"]["taskmanager"] == {"cpu": 0.5, "memory": "1G"}
    assert configuration(both).keys() >= configuration(global_defaults("vvp")).keys()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("list-order=shuffled", "list_order", "shuffled"),
        ("list_order = shuffled", "list_order", "shuffled"),
        ("render-nulls=false", "render_nulls", False),
        ("seed=7", "seed", 7),
        ("latency=0.5", "latency", 0.5),
        ("max-events-per-deployment=none", "max_events_per_deployment", None),
        ("max-events-per-deployment=3", "max_events_per_deployment", 3),
        ("absent-token-status=403", "absent_token_status", 403),
    ],
)
def test_a_switch_is_set_by_text(text: str, name: str, value: Any) -> None:
    assert getattr(switched(SandboxOptions(), [text]), name) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lists=shuffled", "there is no switch 'lists'; there are .*list-order"),
        ("version=2.4.0", "there is no switch 'version'"),
        ("list-order=sorted", "list-order takes created or shuffled, not 'sorted'"),
        ("render-nulls=yes", "render-nulls takes true or false"),
        ("seed=x", "seed takes a number"),
        ("max-events-per-deployment=few", "takes a number or none"),
        ("seed", "seed takes a number"),
    ],
)
def test_a_wrong_switch_says_what_there_is(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        switched(SandboxOptions(), [text])


def test_every_option_is_a_switch_or_a_flag_of_its_own() -> None:
    flags = {"edition", "version", "namespaces", "auth", "global_defaults"}
    names = {own.name.replace("_", "-") for own in fields(SandboxOptions) if own.name not in flags}
    assert switch_values().keys() == names
