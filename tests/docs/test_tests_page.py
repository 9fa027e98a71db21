"""The page on the tests names what is there, and shows tests as they stand in their files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pages import Block, blocks, code, rows, sections

TESTS = Path(__file__).resolve().parents[1]
TEXT = (TESTS / "README.md").read_text("utf-8")
HARNESSES = rows(sections(TEXT, 2)["Which harness for which question"])
BLOCKS = list(blocks(TEXT))
SHOWN = [block for block in BLOCKS if block.language in ("python", "yaml")]
LINES = [
    line for block in BLOCKS if block.language == "console" for line in block.text.splitlines()
]


def folders() -> set[str]:
    """The folders of tests, and those of the harnesses; what begins with a dot is a cache."""
    return {
        path.name
        for path in TESTS.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_"))
    }


def test_every_folder_is_named() -> None:
    mirrors = {path.name for path in (TESTS.parent / "vpsync").iterdir() if path.is_dir()}
    assert folders() - mirrors <= set(re.findall(r"`(\w+)/", TEXT))


def test_every_file_and_folder_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:[\w.]+/)+|(?:[\w]+/)*[\w]+\.(?:py|yaml))`", TEXT)
    assert len(named) > 20
    for name in named:
        places = [TESTS / name, TESTS.parent / name, *TESTS.rglob(Path(name).name)]
        assert any(place.exists() for place in places), name


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: f"line {block.line}")
def test_what_is_shown_stands_in_a_file(block: Block) -> None:
    """Class and test of an example may stand apart; each of its paragraphs is there."""
    files = [path.read_text("utf-8") for path in TESTS.rglob(f"*.{_ending(block)}")]
    lines = block.text.splitlines()
    head, rest = lines[0] + "\n", "\n".join(lines[1:]) + "\n"
    assert any(head in text and rest in text for text in files)


def _ending(block: Block) -> str:
    return {"python": "py", "yaml": "yaml"}[block.language]


def test_there_is_a_python_test_and_a_scenario() -> None:
    assert {block.language for block in SHOWN} == {"python", "yaml"}


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("pytest ")])
def test_what_is_run_is_there(line: str) -> None:
    """Folders exist, and each word behind ``-k`` is in the example that is shown above it."""
    words = shlex.split(line)[1:]
    assert (TESTS.parent / words[0]).exists()
    for word in words[words.index("-k") + 1].split(" and "):
        assert any(word in block.text for block in SHOWN)


def test_suites_are_run_by_commands_of_folders_that_are_there() -> None:
    suites = rows(TEXT.partition("\n## ")[0])
    paths = {word for row in suites for word in code(row["Command"])[0].split() if "/" in word}
    assert paths == {"tests/faults", "tests/e2e", "tests/cluster/real"}
