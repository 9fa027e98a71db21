"""Draws docs/diff.svg: what ``vpsync diff`` shows on a terminal of a team's change to its manifests.

``python -m docs.picture`` reconciles a copy of ``examples/team`` in a sandbox, edits it as a person would,
runs ``vpsync diff`` on a terminal of its own, and lets rich draw what stands there.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from vpsync.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "diff.svg"
WIDTH = 100

EDITS = {
    "orders-enrichment.yaml": (
        ("orders-enrichment-1.4.0.jar", "orders-enrichment-1.5.0.jar"),
        ("parallelism: 8", "parallelism: 12"),
        ("        numberOfTaskManagers: 4\n", ""),
        ("${ORDERS_S3_SECRET_KEY}", "${ORDERS_S3_NEW_SECRET_KEY}"),
    ),
    "orders-per-minute.yaml": (
        ("kind: STATEFUL", "kind: STATELESS"),
        ("GROUP BY window_start", "WHERE amount > 0\n            GROUP BY window_start"),
    ),
}
"""What a person changes in the manifests."""


def shown() -> str:
    """What stands on the terminal, with its colours."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as vvp:
        team = Path(folder) / "team"
        shutil.copytree(ROOT / "examples" / "team", team)
        _vpsync(["reconcile", "--once", "--wait", "--quiet"], team, vvp.url)
        vvp.settle()
        for name, edits in EDITS.items():
            _edit(team / name, edits)
        return _vpsync(["diff"], team, vvp.url)


def drawn(text: str) -> str:
    """The terminal as an SVG that needs nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(f"$ vpsync diff -f team/\n{text}"))
    picture = console.export_svg(title="vpsync diff", theme=MONOKAI)
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def _edit(path: Path, edits: tuple[tuple[str, str], ...]) -> None:
    text = path.read_text("utf-8")
    for before, after in edits:
        assert before in text, f"{path.name} holds no {before!r} any more"
        text = text.replace(before, after, 1)
    path.write_text(text, "utf-8")


def _vpsync(command: list[str], team: Path, url: str) -> str:
    """What a command writes to a terminal."""
    leader, follower = pty.openpty()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "vpsync", *command, "-f", str(team), "--vvp-url", url],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": str(WIDTH)},
    )
    os.close(follower)
    pieces = []
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        pieces.append(piece)
    os.close(leader)
    if process.wait() != 0:
        raise SystemExit(f"vpsync {' '.join(command)} ended with {process.returncode}")
    return b"".join(pieces).decode().replace("\r\n", "\n")


if __name__ == "__main__":
    PICTURE.write_text(drawn(shown()), "utf-8")
