"""The picture in the README shows what the program shows today."""

from __future__ import annotations

import html
import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "picture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(svg: str) -> str:
    """All that is written in a picture, without the spaces."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)
    return re.sub(r"\s", "", html.unescape("".join(texts)))


def test_the_picture_is_what_diff_shows_and_needs_nothing_from_elsewhere() -> None:
    shown = ESCAPE.sub("", script().shown())
    picture = (ROOT / "docs" / "diff.svg").read_text("utf-8")
    assert re.sub(r"\s", "", shown) in words(picture), "draw it anew with `python docs/picture.py`"
    assert "restart-without-savepoint" in shown
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", picture)
    assert (ROOT / "README.md").read_text("utf-8").count("(docs/diff.svg)") == 1
