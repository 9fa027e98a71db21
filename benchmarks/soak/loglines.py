"""What a loop says in its JSON log, and which of it is told outside of outages."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

BAD = frozenset({"WARNING", "ERROR", "CRITICAL"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line, with the time at which it was read, by the steady clock."""

    at: float
    level: str
    message: str


@dataclass(slots=True)
class Span:
    """A time in which servers are away, or the loop still suffers from it."""

    name: str
    begin: float
    end: float | None = None
    """None while it lasts."""

    def holds(self, at: float) -> bool:
        """Whether a time lies within."""
        return self.begin <= at and (self.end is None or at <= self.end)


def parsed(text: str, at: float) -> Line:
    """A line of the log; one that is no JSON, such as a traceback, counts as an error."""
    try:
        document = json.loads(text)
        return Line(at, str(document["level"]).upper(), str(document["message"]))
    except (ValueError, TypeError, KeyError):
        return Line(at, "ERROR", text.rstrip())


def unexpected(lines: Iterable[Line], outages: Sequence[Span]) -> list[Line]:
    """The warnings and errors that no outage explains."""
    bad = (line for line in lines if line.level in BAD)
    return [line for line in bad if not any(span.holds(line.at) for span in outages)]


@dataclass(slots=True)
class Log:
    """Reads a stream to its end in a thread of its own."""

    stream: IO[str]
    copy: Path | None = None
    """Where the lines are kept, for a person to read."""
    lines: list[Line] = field(default_factory=list)
    """Those read so far."""

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with nullcontext() if self.copy is None else self.copy.open("w", encoding="utf-8") as copy:
            for text in self.stream:
                self.lines.append(parsed(text, time.monotonic()))
                if copy is not None:
                    print(text, end="", file=copy, flush=True)
