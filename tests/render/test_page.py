"""The page for a browser: what others say is text in it, and it asks for nothing of elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from vpsync.model.observed import PlatformKey
from vpsync.model.resource import ResourceKey
from vpsync.render.page import LONGEST, POLICY, Overview, PassLine, page_text
from vpsync.render.resources import ResourceRow

NOW = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)
HOSTILE = "<script src=//x>alert(1)</script><img onerror=x> \" ' & \u202e \x1b[31m"


def row(**members: Any) -> ResourceRow:
    key, platform = (
        ResourceKey("VpDeployment", "team", "orders"),
        PlatformKey("VpDeployment", "vvp", "orders"),
    )
    ordinary = {"ready": "True", "synced": "True", "drift": "no", "state": "RUNNING",
                "reason": "Succeeded", "message": "VVP reports RUNNING", "id": "id-1",
                "created": "2025-06-15T14:06:40Z"}  # fmt: skip
    return ResourceRow(key, platform, **{**ordinary, **members})


def page(**members: Any) -> str:
    return page_text(
        Overview("default", "http://vvp.example.com", NOW, **{"resources": (), **members})
    )


class Reader(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


WHERE = [
    {"resources": [row(message=HOSTILE)]},
    {"resources": [row(state=HOSTILE, ready=HOSTILE, reason=HOSTILE)]},
    {"passes": [PassLine("2025-06-15T15:06:00Z", 1.5, HOSTILE, "bad")]},
    {"troubles": [(HOSTILE, HOSTILE, HOSTILE)]},
    {"errors": [HOSTILE]},
]


@pytest.mark.parametrize("members", WHERE, ids=lambda members: next(iter(members)))
def test_what_others_say_is_text_and_never_markup(members: dict[str, Any]) -> None:
    text = page(**members)
    ours = {"html", "head", "meta", "title", "style", "body", "header", "section", "h1", "h2", "p",
            "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
    read = Reader(text)
    assert {tag for tag, _ in read.tags} <= ours
    assert {name for _, attributes in read.tags for name in attributes} <= {
        "lang", "charset", "name", "content", "http-equiv", "scope", "class", "data-name",
    }  # fmt: skip
    assert any("alert(1)" in words for words in read.words)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_its_policy_lets_in_its_own_style_and_nothing_else() -> None:
    [style] = re.findall(r"<style>(.*?)</style>", page(), re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "url(" not in style
    assert "@import" not in style


def test_it_tells_each_resource_as_get_does() -> None:
    words = Reader(page(resources=[row(drift="yes"), row(deleting=True)])).words
    assert "2 resources" in words
    for told in ("VpDeployment orders", "team", "True", "yes", "RUNNING", "RUNNING, being deleted",
                 "Succeeded: VVP reports RUNNING", "vvp/orders id-1", "60m"):  # fmt: skip
        assert told in words, told


def test_a_message_is_cut_where_a_page_has_no_room_for_it() -> None:
    words = Reader(page(resources=[row(message="x" * 40_000)])).words
    assert max(len(text) for text in words if "xxx" in text) == LONGEST


def test_before_the_first_pass_it_says_so_and_without_a_cluster_it_has_no_resources() -> None:
    words = Reader(page(resources=None)).words
    assert "The first pass is not over yet." in words
    assert not any("resource" in text for text in words)
