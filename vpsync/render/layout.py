"""The one way to lay out text: columns that line up, lines that fold at spaces, texts that are cut.

A command in a text stays one that can be copied from the screen and pasted: it begins a line of its own where
it does not fit, its lines end in a backslash, and none of its words is parted: one that is too wide stands
further to the left, and is wider than the terminal where it must be (which copies what it wraps as one line).

All of it is measured in the cells of a terminal, as rich measures them: most East Asian characters and
emoji take two, combining marks none. The colours are rich's, too. Its tables are not used: they fold names
in the middle, and a thousand rows take them fourteen times as long.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import IO, NamedTuple


class Style(Enum):
    """What a piece of text is; the value is how rich names its look."""

    PLAIN = ""
    BOLD = "bold"
    DIM = "dim"
    ADDED = "green"
    REMOVED = "red"
    CHANGED = "yellow"
    TAKEN = "cyan"
    BAD = "bold red"
    CARE = "bold yellow"
    DANGER = "bold white on red"


Piece = tuple[str, Style]

GAP = "  "
"""Stands between two columns."""

ELLIPSIS = "…"
"""The mark at the end of a text that was cut."""

_WORD = re.compile(r"\s*\S+|\s+")
_ARGUMENT = r"""(?:[^\s"';,]|"[^"]*"|'[^']*')+"""
_COMMAND = re.compile(
    rf"kubectl (?:annotate|delete|get|patch)(?: {_ARGUMENT})+[;,]?|vpsync crds \| kubectl apply -f -"
)
_PART_OF_COMMAND = re.compile(rf"\s*{_ARGUMENT}[;,]?")
_GOES_ON = " \\"


def terminal_width(out: IO[str]) -> int | None:
    """The columns of the terminal that a stream writes to; None where it is none."""
    return shutil.get_terminal_size().columns if out.isatty() else None


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, room: int) -> str:
    """The text in at most ``room`` cells, with a mark at its end where it was cut."""
    if cells(text) <= room:
        return text
    return next(iter(_chopped(text, room - cells(ELLIPSIS))), "") + ELLIPSIS if room > 0 else ""


def brief(text: str, limit: int) -> str:
    """The text in some ``limit`` characters, with a mark where it was cut; but up to three times as many
    where that keeps the commands in it: half a command helps nobody."""
    kept = [one.end() for one in _COMMAND.finditer(text) if one.end() <= 3 * limit]
    if len(text) <= max([limit, *kept]):
        return text
    return f"{text[: max([limit - 1, *kept])]}{ELLIPSIS}"


def padded(text: str, width: int) -> str:
    """The text, filled up with spaces to so many cells."""
    return text + " " * (width - cells(text))


def column_widths(rows: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """The cells of the widest text in each column of rows that have the same number of them."""
    return tuple(max(map(cells, column)) for column in zip(*rows, strict=True))


def aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row as a line, each text as wide as its column, and nothing behind the last one."""
    return GAP.join(map(padded, row, widths)).rstrip()


def folded(text: str, first: int, rest: int, *, chop: bool = True) -> list[str]:
    """The text as lines of at most ``first`` cells, then ``rest``; ``chop`` parts what no line could hold."""
    lines = _folded([(text, Style.PLAIN)], first, rest, chop=chop)
    return ["".join(part for part, _ in line).rstrip() for line in lines]


def painted(text: str, style: Style) -> str:
    """The text in colour, for a terminal (ECMA-48, SGR)."""
    if not text or style is Style.PLAIN:
        return text
    from rich.color import ColorSystem
    from rich.style import Style as Look

    return Look.parse(style.value).render(text, color_system=ColorSystem.STANDARD)


@dataclass(frozen=True, slots=True)
class Paint:
    """How wide lines may be, in terminal cells, and whether they are coloured."""

    width: int | None
    """Cells of a line; None where lines are not folded."""
    color: bool = False

    def lines(self, pieces: Iterable[Piece], indent: int = 0, hang: int = 4) -> Iterator[str]:
        """The pieces as one line, or as several where it does not fit; those hang by ``hang`` more."""
        margin = indent
        for line in self._folded(pieces, indent, hang):
            texts = (
                self._painted("".join(text for text, _ in group), style)
                for style, group in groupby(line, key=lambda piece: piece[1])
            )
            room = self._room([text for text, _ in line])
            yield " " * (margin if room is None else min(margin, room)) + "".join(texts)
            margin = indent + hang

    def fits(self, text: str, indent: int = 0) -> bool:
        """Whether a text stands on one line."""
        return self.width is None or indent + cells(text) <= self.width

    def _room(self, texts: Iterable[str]) -> int | None:
        """How far a line may be moved in: a word that must not be parted may need the whole width."""
        return None if self.width is None else max(0, self.width - sum(map(cells, texts)))

    def _folded(self, pieces: Iterable[Piece], indent: int, hang: int) -> Iterable[Sequence[Piece]]:
        if self.width is None:
            return [list(pieces)]
        room = max(8, self.width - indent)
        return _folded(pieces, room, max(8, room - hang))

    def _painted(self, text: str, style: Style) -> str:
        return painted(text, style) if self.color else text


class _Word(NamedTuple):
    """A word with the spaces before it, and what has to stand with it on a line."""

    text: str
    style: Style
    room: int
    """The cells that a line must have for it; of the first word of a command those of all of it."""
    joined: bool = False
    """Whether it goes on with a command, so that the line before it has to say so."""


def _folded(
    pieces: Iterable[Piece], first: int, rest: int, *, chop: bool = True
) -> Iterator[Sequence[Piece]]:
    """Lines of at most ``first`` cells, then ``rest``; no spaces at the start of a later line."""
    line: list[Piece] = []
    used, limit = 0, first
    longest = min(first, rest) if chop else None
    for word in _words(pieces, longest):
        text = word.text
        if line and used + word.room > limit:
            yield [*line, (_GOES_ON, word.style)] if word.joined else line
            line, used, limit = [], 0, rest
            text = text.lstrip()
        line.append((text, word.style))
        used += cells(text)
    if line:
        yield line


def _words(pieces: Iterable[Piece], room: int | None) -> Iterator[_Word]:
    """The words of texts and those of the commands in them."""
    for text, style in pieces:
        done = 0
        for command in _COMMAND.finditer(text):
            # The spaces before a command go with it, as those before any word do.
            begin = len(text[: command.start()].rstrip())
            yield from _words_of_text(text[done:begin], style, room)
            yield from _words_of_command(text[begin : command.end()], style)
            done = command.end()
        yield from _words_of_text(text[done:], style, room)


def _words_of_text(text: str, style: Style, room: int | None) -> Iterator[_Word]:
    """Each word with the spaces before it; one that no line could hold in parts."""
    for word in _WORD.findall(text):
        if room is None or cells(word) <= room:
            yield _Word(word, style, cells(word))
            continue
        body = word.lstrip()
        for part in (*_chopped(word.removesuffix(body), room), *_chopped(body, room)):
            yield _Word(part, style, cells(part))


def _words_of_command(text: str, style: Style) -> Iterator[_Word]:
    """Its words; each but the last leaves room for the mark that it goes on."""
    words = _PART_OF_COMMAND.findall(text)
    for at, word in enumerate(words):
        mark = 0 if at == len(words) - 1 else cells(_GOES_ON)
        yield _Word(word, style, cells(word if at else text) + mark, joined=at > 0)


def _chopped(word: str, room: int) -> list[str]:
    if cells(word) <= room:
        return [word]
    if word.isascii():
        return [word[at : at + room] for at in range(0, len(word), room)] if room > 0 else []
    from rich.cells import chop_cells

    return chop_cells(word, room)
