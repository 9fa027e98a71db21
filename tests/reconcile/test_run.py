"""Whole passes, as the scenarios describe them, in a cluster and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from passes.oracles import assert_all
from passes.scenario import Player, Scenario, scenarios
from passes.world import World

SCENARIOS = list(scenarios())
PLAYED = [(scenario, mode) for scenario in SCENARIOS for mode in scenario.modes]


@pytest.mark.parametrize(
    ("scenario", "mode"), PLAYED, ids=[f"{scenario.name} [{mode}]" for scenario, mode in PLAYED]
)
def test_scenario(scenario: Scenario, mode: str, tmp_path: Path) -> None:
    directory = tmp_path if mode == "files" else None
    with World(directory, scenario.sandbox, scenario.settings) as world:
        Player(world, mode).play(scenario)
        assert_all(world, scenario.creates, scenario.deletes)


def test_every_scenario_has_a_name_of_its_own_and_says_why() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert all(scenario.why.endswith(".") for scenario in SCENARIOS)
