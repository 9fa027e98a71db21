"""Lines on a terminal that say what a long run is doing, gone when it is done."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vpsync.cli.streams import unfiltered
from vpsync.model.phrases import counted
from vpsync.redact.text import printable
from vpsync.render.paint import cells

QUIET_SECONDS = 1.0
"""What takes longer than this shows on a terminal what it is doing."""

MOST_LINES = 10
"""Resources that are named while they are waited for."""


class Progress:
    """What a run is doing now; safe to tell from any thread."""

    def __init__(self) -> None:
        self.doing = "starting"
        self.waiting: Sequence[tuple[str, float]] = ()
        """What is not ready, in words, and since when (seconds of the monotonic clock)."""

    def tell(self, text: str) -> None:
        """The run has come to its next stage."""
        self.doing = text

    def wait_for(self, waiting: Sequence[tuple[str, float]]) -> None:
        """What is waited for from now on."""
        self.waiting = waiting
        self.doing = f"waiting for {counted(len(waiting), 'resource')}"

    def lines(self, started: float, now: float, width: int) -> list[str]:
        """The display at a moment; no line is as wide as the terminal, so that none wraps."""
        shown = [f"… {self.doing} ({now - started:.0f} s)"]
        named = self.waiting[:MOST_LINES]
        shown += [f"  {now - since:4.0f} s  {printable(text)}" for text, since in named]
        left = len(self.waiting) - MOST_LINES
        if left > 0:
            shown.append(f"  and {left} more")
        return [_fitted(line, width - 1) for line in shown]


@contextmanager
def live_progress(*, wanted: bool = True) -> Iterator[Progress]:
    """Shows the progress on a terminal, from the second second on; else nothing."""
    progress = Progress()
    if not wanted or not sys.stderr.isatty():
        yield progress
        return
    done = threading.Event()
    thread = threading.Thread(target=_draw, args=(progress, done), daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()


def _draw(progress: Progress, done: threading.Event) -> None:
    started = time.monotonic()
    drawn = 0
    if done.wait(QUIET_SECONDS):
        return
    screen = unfiltered(sys.stderr)
    while not done.wait(0.2):
        lines = progress.lines(started, time.monotonic(), _width())
        screen.write(_erased(drawn) + "\n".join(lines))
        screen.flush()
        drawn = len(lines)
    screen.write(_erased(drawn))
    screen.flush()


def _erased(lines: int) -> str:
    """What takes so many drawn lines off again; the cursor stands at the end of the last one."""
    up = f"\x1b[{lines - 1}A" if lines > 1 else ""
    return f"\r{up}\x1b[J" if lines else ""


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def _fitted(line: str, width: int) -> str:
    if cells(line) <= width:
        return line
    while line and cells(line) >= width:
        line = line[:-1]
    return line + "…"
