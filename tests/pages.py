"""The pages in ``docs/`` as data: sections, tables and code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of the page it begins at."""

    language: str
    text: str
    line: int


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sections(text: str, level: int) -> dict[str, str]:
    """What stands below each heading of a level, by heading; fenced lines are no headings."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else re.fullmatch(r"(#+) (.+)", line)
        if heading and len(heading[1]) <= level:
            lines = found.setdefault(heading[2], []) if len(heading[1]) == level else []
        else:
            lines.append(line)
    return {heading: "\n".join(body) for heading, body in found.items()}


def rows(text: str) -> list[dict[str, str]]:
    """The rows of the one table in a text: its cells by the heading of their column."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    head, _rule, *body = map(_cells, table)
    return [dict(zip(head, cells, strict=True)) for cells in body]


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [cell.strip().replace("\\|", "|") for cell in cells]


def code(cell: str) -> list[str]:
    """What a cell has between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks in order, those within lists without their indentation."""
    pattern = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
    for found in pattern.finditer(text):
        indent = found[1]
        lines = found[3].splitlines()
        body = "".join(f"{line.removeprefix(indent)}\n" for line in lines)
        yield Block(found[2], body, text.count("\n", 0, found.start()) + 1)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
