"""Every recipe of the page is played: by the scenario of its name."""

from __future__ import annotations

from pages import page, sections
from passes.scenario import scenarios

PAGE = page("recipes.md")
PREFIX = "recipe: "


def test_each_section_is_a_scenario_and_each_scenario_a_section() -> None:
    played = [one.name.removeprefix(PREFIX) for one in scenarios() if one.name.startswith(PREFIX)]
    assert [title[0].lower() + title[1:] for title in sections(PAGE, 2)] == [
        name[0].lower() + name[1:] for name in played
    ]
