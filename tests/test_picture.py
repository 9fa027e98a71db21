"""The picture in the README shows what the program shows today."""

from __future__ import annotations

import html
import re
from pathlib import Path

from docs.picture import PICTURE, shown

README = Path(__file__).resolve().parents[1] / "README.md"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def words(svg: str) -> str:
    """All that is written in a picture, without the spaces."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    return re.sub(r"\s", "", html.unescape("".join(texts)))


def test_the_picture_is_what_diff_shows_and_needs_nothing_from_elsewhere() -> None:
    text = ESCAPE.sub("", shown())
    picture = PICTURE.read_text("utf-8")
    assert re.sub(r"\s", "", text) in words(picture), "draw it anew with: python -m docs.picture"
    assert "restart-without-savepoint" in text
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", picture)
    assert README.read_text("utf-8").count("(docs/diff.svg)") == 1
