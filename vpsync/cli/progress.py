"""Lines on a terminal that say what a long run is doing, gone when it is done."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO, cast

from vpsync.cli.streams import unfiltered
from vpsync.model.phrases import counted
from vpsync.redact.text import printable
from vpsync.render.layout import cut

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
        """Shows the stage that the run has come to."""
        self.doing = text

    def wait_for(self, waiting: Sequence[tuple[str, float]]) -> None:
        """Shows what is waited for from now on."""
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
        return [cut(line, width - 1) for line in shown]


@contextmanager
def live_progress(*, wanted: bool = True) -> Iterator[Progress]:
    """Shows the progress on a terminal, from the second second on; else nothing."""
    progress = Progress()
    if not wanted or not sys.stderr.isatty():
        yield progress
        return
    done = threading.Event()
    screen = Screen(unfiltered(sys.stderr))
    thread = threading.Thread(target=_draw, args=(progress, done, screen), daemon=True)
    with _log_above(screen):
        thread.start()
        try:
            yield progress
        finally:
            done.set()
            thread.join()


class Screen:
    """A terminal with the display at its end: what is logged meanwhile stands above it."""

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal
        self._drawn = 0
        self._lock = threading.Lock()

    def draw(self, lines: Sequence[str]) -> None:
        """Shows these lines in the place of those before; none takes the display off."""
        with self._lock:
            self.terminal.write(_erased(self._drawn) + "\n".join(lines))
            self.terminal.flush()
            self._drawn = len(lines)

    def over(self, stream: TextIO) -> TextIO:
        """The stream, whose text takes the display off; it comes back below the text."""
        return cast(TextIO, _Above(self, stream))

    def write_above(self, stream: TextIO, text: str) -> int:
        """Writes whole lines to the stream where the display stood."""
        with self._lock:
            self.terminal.write(_erased(self._drawn))
            self.terminal.flush()
            self._drawn = 0
            written = stream.write(text)
            stream.flush()
            return written


@dataclass(frozen=True, slots=True)
class _Above:
    """A stream for lines of the log."""

    screen: Screen
    stream: TextIO

    def write(self, text: str) -> int:
        """Writes whole lines."""
        return self.screen.write_above(self.stream, text)

    def flush(self) -> None:
        """Does nothing: every line is written at once."""


@contextmanager
def _log_above(screen: Screen) -> Iterator[None]:
    """Lets the log stand above the display for as long as it is open."""
    handlers = [
        handler
        for handler in logging.getLogger("vpsync").handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    before = [handler.setStream(screen.over(handler.stream)) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            if stream is not None:
                handler.setStream(stream)


def _draw(progress: Progress, done: threading.Event, screen: Screen) -> None:
    started = time.monotonic()
    if done.wait(QUIET_SECONDS):
        return
    while not done.wait(0.2):
        screen.draw(progress.lines(started, time.monotonic(), _width()))
    screen.draw(())


def _erased(lines: int) -> str:
    """What takes so many drawn lines off again; the cursor stands at the end of the last one."""
    up = f"\x1b[{lines - 1}A" if lines > 1 else ""
    return f"\r{up}\x1b[J" if lines else ""


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
