"""The page of a loop: what ``vpsync get`` says, in a real browser, on a phone and a desk, light and dark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitoring.browser import Browser, browser

from .harness import World
from .manifests import CANARY, deployment, target
from .test_metrics import Served, serving
from .test_signals import _eventually

HOSTILE = "<script>document.title='stolen'</script><img src=http://127.0.0.1:1/x>"


@pytest.fixture
def filled(world: World) -> World:
    """A world with something in order, something that waits, and words that would be markup."""
    world.apply(
        target(),
        deployment("orders"),
        deployment("unknown-target", deploymentTargetName=HOSTILE),
        deployment("invalid", notes={"drift": HOSTILE}),
    )
    return world


def is_settled(world: World, loop: Served) -> bool:
    world.sandbox.settle()
    return 'vpsync_jobs{state="RUNNING"} 1.0' in loop.get("/metrics")[1]


def listed(world: World) -> Any:
    """What ``vpsync get`` tells."""
    where = ("-n", world.namespace, "--kubeconfig", str(world.kubeconfig))
    return json.loads(world.vpsync("get", *where, "-o", "json").out)


def shown(loop: Served) -> Any:
    """What the page tells to programs."""
    return json.loads(loop.get("/", accept="application/json")[1])


def test_it_shows_what_get_tells(filled: World) -> None:
    with serving(filled) as loop:
        _eventually(lambda: is_settled(filled, loop))
        _eventually(lambda: shown(loop) == listed(filled))
        _, page = loop.get("/")
    rows = listed(filled)["resources"]
    assert len(rows) == 4
    for row in rows:
        assert f"{row['kind']} {row['name']}" in page
    assert "InvalidAnnotation" in page
    assert "Last passes" in page
    assert HOSTILE not in page
    assert CANARY not in page


def background(tab: Browser) -> list[int]:
    """The colour behind the text: red, green, blue."""
    found = str(tab.value("getComputedStyle(document.body).backgroundColor"))
    return [int(part) for part in found.removeprefix("rgb(").removesuffix(")").split(",")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_screen_and_asks_for_nothing_else(
    filled: World, tmp_path: Path, width: int, scheme: str
) -> None:
    with serving(filled) as loop, browser() as tab:
        _eventually(lambda: is_settled(filled, loop))
        tab.open(f"{loop.url}/", width=width, scheme=scheme)
        assert tab.value("document.title") == "vpsync default"
        assert tab.value("document.documentElement.scrollWidth") <= width, "nothing is cut off"
        assert tab.value("document.querySelectorAll('script,img,link,iframe').length") == 0
        assert (sum(background(tab)) > 600) == (scheme == "light")
        seen = str(tab.value("document.body.innerText"))
        assert all(word in seen for word in ("orders", "unknown-target", "InvalidAnnotation"))
        heads = tab.value("getComputedStyle(document.querySelector('thead')).display")
        assert (heads == "none") == (width < 700), "rows are cards on a phone"
        assert [one for one in tab.requested() if "favicon" not in one] == [f"{loop.url}/"]
        assert [one for one in tab.complaints() if "404" not in one] == []
        tab.picture(tmp_path / "page.png")
        assert (tmp_path / "page.png").stat().st_size > 10_000
