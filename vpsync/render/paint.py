"""Lines of styled text that fit a width: folded at spaces, coloured where colour is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby


class Style(Enum):
    """What a piece of text is; the value is its ANSI code (ECMA-48, SGR)."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    ADDED = "32"
    REMOVED = "31"
    CHANGED = "33"
    TAKEN = "36"
    CARE = "1;33"
    DANGER = "1;37;41"


Piece = tuple[str, Style]

_WORD = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True, slots=True)
class Paint:
    """How wide lines may be, in terminal cells, and whether they are coloured."""

    width: int
    color: bool = False

    def lines(self, pieces: Iterable[Piece], indent: int = 0, hang: int = 4) -> Iterator[str]:
        """The pieces as one line, or as several where it does not fit; those hang by ``hang`` more."""
        room = max(8, self.width - indent)
        margin = indent
        for line in _folded(pieces, room, max(8, room - hang)):
            painted = (
                self._painted("".join(text for text, _ in group), style)
                for style, group in groupby(line, key=lambda piece: piece[1])
            )
            yield " " * margin + "".join(painted)
            margin = indent + hang

    def fits(self, text: str, indent: int = 0) -> bool:
        """Whether a text stands on one line."""
        return indent + cells(text) <= self.width

    def _painted(self, text: str, style: Style) -> str:
        if not self.color or style is Style.PLAIN:
            return text
        return f"\x1b[{style.value}m{text}\x1b[0m"


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _folded(pieces: Iterable[Piece], first: int, rest: int) -> Iterator[Sequence[Piece]]:
    """Lines of at most ``first`` cells, then ``rest``; no spaces at the start of a later line."""
    line: list[Piece] = []
    used, room = 0, first
    for word, style in _words(pieces, min(first, rest)):
        size = cells(word)
        if line and used + size > room:
            yield line
            line, used, room = [], 0, rest
            word = word.lstrip()
            size = cells(word)
        line.append((word, style))
        used += size
    if line:
        yield line


def _words(pieces: Iterable[Piece], room: int) -> Iterator[Piece]:
    """Each word with the spaces before it; one that no line could hold in parts."""
    for text, style in pieces:
        for word in _WORD.findall(text):
            yield from ((part, style) for part in _chopped(word, room))


def _chopped(word: str, room: int) -> list[str]:
    if cells(word) <= room:
        return [word]
    if word.isascii():
        return [word[at : at + room] for at in range(0, len(word), room)]
    from rich.cells import chop_cells

    return chop_cells(word, room)
