"""stdout and stderr of a command: all that is written there passes the last filter."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from vpsync.redact.output import safe_text


class SafeStream:
    """A stream that takes text as it comes and writes it harmless."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        """Where it goes."""
        self._at_start = True

    def write(self, text: str) -> int:
        """Writes the text; on a terminal with its colours."""
        if not isinstance(text, str):
            # By this, click tells streams of text from those of bytes.
            raise TypeError("a stream of text takes no bytes")
        if text:
            shown = safe_text(text, colored=self.stream.isatty(), at_start=self._at_start)
            self.stream.write(shown)
            self._at_start = text.endswith("\n")
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes one text after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """All else is the stream's own."""
        return getattr(self.stream, name)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Puts the filter before stdout and stderr for as long as it is open."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, SafeStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unfiltered(stream: TextIO) -> TextIO:
    """The stream itself, for what is ours alone: a cursor that moves, commands that GitHub is to read."""
    return stream.stream if isinstance(stream, SafeStream) else stream


def close_stdout() -> None:
    """Gives up on a stdout that takes nothing, and keeps the interpreter from complaining at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
