"""The tutorial, block by block in one shell, as a reader goes through it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages import Block, blocks, page

ROOT = Path(__file__).resolve().parents[2]
SECOND_TERMINAL = "vpsync sandbox\n"
FIRST_TERMINAL = [block for block in blocks(page("tutorial.md")) if block.text != SECOND_TERMINAL]
MARK = "=== block"

Done = list[tuple[Block, Block | None, int, str]]
"""Each block of commands, what the page shows of it, what it ended with, and what it printed."""


def commands() -> Iterator[tuple[Block, Block | None]]:
    """Each block of commands with the one behind it, where that shows what it prints."""
    for block, following in zip(FIRST_TERMINAL, [*FIRST_TERMINAL[1:], None], strict=True):
        if block.language == "console":
            yield block, following if following and following.language == "text" else None


def matches(shown: str, printed: str) -> bool:
    """Whether the lines are those shown, where `…` stands for anything."""
    pattern = "".join(
        "(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + " *\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a reader: vpsync on the PATH, a free port, no name for Git."""
    home = tmp_path_factory.mktemp("home")
    program = home / "bin" / "vpsync"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vpsync "$@"\n', "utf-8")
    program.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "COLUMNS": "160",
        "VPSYNC_LISTEN": listen,
        "VPSYNC_VVP_URL": f"http://{listen}",
    }


@pytest.fixture(scope="module")
def sandbox(terminal: dict[str, str]) -> Iterator[None]:
    """What runs in the second terminal."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {SECOND_TERMINAL}"], env=terminal, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "VVP sandbox" in process.stderr.readline()
    yield
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture(scope="module")
def done(terminal: dict[str, str], sandbox: None, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """All blocks, run in one shell in an empty folder."""
    pairs = list(commands())
    script = "".join(
        f"{block.text}ended=$?\necho; echo '{MARK}' $ended\n" for block, _shown in pairs
    )
    run = subprocess.run(
        ["bash"],
        input=script,
        cwd=tmp_path_factory.mktemp("reader"),
        env=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    pieces = re.split(rf"\n{MARK} (\d+)\n", f"\n{run.stdout}")
    results = zip(pieces[0::2], pieces[1::2], strict=False)
    return [
        (block, shown, int(code), printed.removeprefix("\n"))
        for (block, shown), (printed, code) in zip(pairs, results, strict=True)
    ]


def test_it_tells_of_twenty_manifests_of_which_a_pull_request_changes_three() -> None:
    text = page("tutorial.md")
    assert "Plan: 20 to create" in text
    assert "Plan: 0 to create, 3 to change" in text
    assert SECOND_TERMINAL in {block.text for block in blocks(text)}


def test_every_command_does_what_is_shown(done: Done) -> None:
    assert len(done) == len(list(commands())) > 10
    for block, shown, code, printed in done:
        place = f"docs/tutorial.md:{block.line}:\n{block.text}\n{printed}"
        assert code == 0, place
        assert matches(shown.text if shown else "", printed), place


def test_what_is_shown_is_compared() -> None:
    assert matches("a\n…\nb … d\n", "a\nx\ny\nb c d  \n")
    assert matches("…\nb\n", "b\n")
    assert not matches("a\nb\n", "a\nc\n")
    assert not matches("", "warning\n")
