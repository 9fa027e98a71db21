"""stdout and stderr of a command: all that is written there passes the last filter."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from vpsync.redact.output import safe_text


class SafeStream:
    """A stream that takes text as it comes and writes it harmless."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        """The stream that the text goes to."""
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
        """Everything else is passed on to the stream."""
        return getattr(self.stream, name)


class _Closed(io.StringIO):
    """A stdout that was closed: who writes there gets the error that it is."""

    def write(self, text: str) -> int:
        """Writes nothing, and raises the ``OSError`` of a closed file."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class _Nowhere(io.StringIO):
    """A stderr that was closed: nobody is there to be told."""

    def write(self, text: str) -> int:
        """Drops the text."""
        return len(text)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Puts the filter before stdout and stderr for as long as it is open."""
    before = sys.stdout, sys.stderr
    # Python has None where the stream was closed before it began.
    out = _Closed() if sys.stdout is None else sys.stdout
    err = _Nowhere() if sys.stderr is None else sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, SafeStream(cast(TextIO, one))) for one in (out, err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unfiltered(stream: TextIO) -> TextIO:
    """The stream itself, for what is ours alone: a cursor that moves, commands that GitHub is to read."""
    return stream.stream if isinstance(stream, SafeStream) else stream


def close_stdout() -> None:
    """Gives up on a stdout that takes nothing, and keeps the interpreter from complaining at its end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
