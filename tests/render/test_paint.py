"""Lines fit their width, in cells, and colour changes no character."""

from __future__ import annotations

import re

import pytest

from vpsync.render.paint import Paint, Style, cells

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("text", ["word " * 60, "x" * 300, "日本語 " * 60, "日" * 200, "a  b" * 50])
def test_no_line_is_wider_than_the_terminal(width: int, text: str) -> None:
    lines = list(Paint(width).lines([("head ", Style.BOLD), (text, Style.PLAIN)], indent=8))
    assert max(map(cells, lines)) <= width
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", f"head {text}")


def test_what_fits_stays_on_one_line_as_it_is() -> None:
    lines = list(Paint(40).lines([("+ ", Style.ADDED), ("  a  b", Style.PLAIN)], indent=4))
    assert lines == ["    +   a  b"]


def test_what_is_folded_hangs() -> None:
    lines = list(Paint(20).lines([("one two three four five", Style.PLAIN)], indent=2, hang=4))
    assert lines == ["  one two three four", "      five"]


def test_colour_is_there_where_it_is_wanted_and_changes_no_character() -> None:
    pieces = [("a", Style.ADDED), ("b ", Style.ADDED), ("c", Style.PLAIN), ("d", Style.DANGER)]
    [plain] = Paint(80).lines(pieces)
    [colored] = Paint(80, color=True).lines(pieces)
    assert plain == "ab cd"
    assert colored == "\x1b[32mab \x1b[0mc\x1b[1;37;41md\x1b[0m"
    assert ESCAPE.sub("", colored) == plain
