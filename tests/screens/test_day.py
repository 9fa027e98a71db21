"""Every screen of the day is the one that somebody read and found true.

``UPDATE_SCREENS=1 pytest tests/screens`` writes them anew: read what changed before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from passes.world import World, unmasked

from .scenes import SCENES, Scene
from .terminal import as_comment, as_text

DAY = Path(__file__).parent / "day"
WIDTHS = (80, 200)

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _id_shown(found: re.Match[str]) -> str:
    """An id like all others: jobs of one level are created side by side, in no certain order."""
    return "0" * 8 + found[0][8:9] + "0000-4000-8000-" + "0" * 12


_PORT = re.compile(r"127\.0\.0\.1(?::|&#58;)\d+")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_is_as_it_was_read(scene: Scene) -> None:
    shown: dict[str, str] = {}
    with World(options=unmasked(seed=1)) as world:
        for typed, report in scene.play(world):
            for width in WIDTHS:
                key = f"{scene.name}.{width}.txt"
                shown[key] = f"{shown.get(key, '')}$ {typed}\n{as_text(report, width)}\n"
            key = f"{scene.name}.md"
            shown[key] = f"{shown.get(key, '')}{as_comment(report)}\n"
        shown = {
            key: _PORT.sub("vvp.example.com", _ID.sub(_id_shown, text))
            for key, text in shown.items()
        }
    for name, text in shown.items():
        if os.environ.get("UPDATE_SCREENS"):
            (DAY / name).write_text(text, encoding="utf-8")
        assert (DAY / name).read_text(encoding="utf-8") == text, name


def test_no_screen_is_left_of_a_scene_that_is_gone() -> None:
    forms = (*(f"{width}.txt" for width in WIDTHS), "md")
    wanted = {f"{scene.name}.{form}" for scene in SCENES for form in forms}
    assert {path.name for path in DAY.iterdir()} == wanted
