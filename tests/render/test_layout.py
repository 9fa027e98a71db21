"""Lines fit their width, in cells, and colour changes no character."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import vpsync
from vpsync.render.layout import Paint, Style, aligned, brief, cells, column_widths, cut, folded

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


@pytest.mark.parametrize(
    "text", ["a long name", "日本語の名前です", "e\u0301" * 30, "🚀" * 6, "日a本b語c"]
)
@pytest.mark.parametrize("room", range(9))
def test_what_is_cut_takes_no_more_cells_than_there_are_and_says_so(text: str, room: int) -> None:
    shown = cut(text, room)
    assert cells(shown) <= room
    assert shown == text or shown.endswith("…") or not room
    assert cells(shown) >= min(room, cells(text)) - 1, "a wide character at most is missing"


def test_what_has_room_is_not_cut() -> None:
    assert [cut(text, cells(text)) for text in ("", "abc", "日本")] == ["", "abc", "日本"]


def test_columns_line_up_in_cells_and_nothing_stands_behind_the_last_one() -> None:
    rows = [("日本語", "x", ""), ("e\u0301", "🚀", "y"), ("plain", "", "z")]
    widths = column_widths(rows)
    assert widths == (6, 2, 1)
    lines = [aligned(row, widths) for row in rows]
    assert lines == ["日本語  x", "e\u0301       🚀  y", "plain       z"]


def test_a_word_that_is_not_to_be_parted_stands_on_a_line_of_its_own() -> None:
    assert folded("ab abcdefghij cd", 6, 6, chop=False) == ["ab", "abcdefghij", "cd"]
    assert folded("ab abcdefghij cd", 6, 6) == ["ab", "abcdef", "ghij", "cd"]


_ADOPT = "ververicaplatform.fintechstudios.com/adopt=608471f3-71c4-4b43-a7ec-8ed39a2983be"
_COMMANDS = (
    f"kubectl annotate --overwrite -n orders-team vpdeployment orders {_ADOPT}",
    "kubectl annotate --overwrite -n orders-team vpdeployment orders "
    'ververicaplatform.fintechstudios.com/confirm-state-loss="$(date -Is)"',
    """kubectl patch crd vpdeployments.example.com --type merge -p '{"spec": {"a": [1, 2]}}'""",
    "vpsync crds | kubectl apply -f -",
)


@pytest.mark.parametrize("width", [20, 40, 80, 100, 200, None])
@pytest.mark.parametrize("end", ["", "; or delete it", ", or delete it"])
@pytest.mark.parametrize("command", _COMMANDS)
def test_a_command_that_is_copied_from_the_screen_does_what_the_message_says(
    command: str, end: str, width: int | None
) -> None:
    told = f"NotOwned: the object belongs to somebody else; take it over: {command}{end}"
    lines = list(Paint(width).lines([(told, Style.PLAIN)], indent=9, hang=0))
    screen = "\n".join(lines)
    start = screen.index(command.split()[0])
    copied = screen[start : screen.rindex(end[0]) if end else None]
    assert _typed(copied) == _typed(command)


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_text_is_never_cut_within_a_command(command: str) -> None:
    for length in range(0, 200, 7):
        told = f"{'x ' * (length // 2)}take it over: {command}; or do not, as you like it best"
        shown = brief(told, 120)
        assert command in shown
        assert shown == told or shown.endswith("…")
    assert brief("word " * 99, 20) == "word word word word…"
    assert len(brief(f"{'word ' * 99}{command}", 20)) <= 60


def test_a_word_of_a_command_moves_to_the_left_before_it_is_wider_than_the_terminal() -> None:
    told = f"take it over: {_COMMANDS[0]}"
    *_, last = Paint(80).lines([(told, Style.PLAIN)], indent=9, hang=0)
    assert last.strip() == _ADOPT
    assert cells(last) == 80


def _typed(text: str) -> str:
    """What a shell calls for this, an argument a line."""
    programs = """date() { echo now; }; vpsync() { printf 'vpsync %s\\n' "$@"; }
        kubectl() { printf 'kubectl %s\\n' "$@"; [ -t 0 ] || cat; }
    """
    done = subprocess.run(
        ["bash", "-c", programs + text], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_but_the_layout_pads_folds_or_measures_text() -> None:
    """A second way would count characters again where a terminal counts cells."""
    own = re.compile(
        r"\btextwrap\b|\b(?:from|import) rich\b|\.[lr]just\(|\{[^{}\"]*:[<>^][{\d]|click\.style"
    )
    root = Path(vpsync.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if own.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"render/layout.py"}
