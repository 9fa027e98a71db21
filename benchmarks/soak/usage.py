"""What a process holds, from ``/proc``, and whether that grows from pass to pass."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import linear_regression, median

WARM_UP = 0.1
"""Share of the passes after which pools are full and caches warm."""

WINDOW = 0.1
"""Share of the samples after that whose median stands for the start, and for the end."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds at one time."""

    memory: float
    """Resident, in MB."""
    files: float
    """Open file descriptors, sockets among them."""
    sockets: float
    threads: float

    def __str__(self) -> str:
        return (
            f"{self.memory:.1f} MB, {self.files:.0f} files, {self.sockets:.0f} of them sockets, "
            f"{self.threads:.0f} threads"
        )


ALLOWED = Usage(memory=10.0, files=4, sockets=4, threads=2)
"""By how much the end may be above the start: what allocators and pools vary by, whatever the length."""


def usage_of(pid: int) -> Usage:
    """What a running process holds now; :class:`OSError` where there is none."""
    process = Path(f"/proc/{pid}")
    lines = (process / "status").read_text(encoding="utf-8").splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    files, sockets = 0, 0
    for file in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # Closed meanwhile.
            sockets += os.readlink(file).startswith("socket:")
            files += 1
    memory = int(status["VmRSS"].split()[0]) / 1024
    return Usage(memory, files, sockets, int(status["Threads"]))


@dataclass(frozen=True, slots=True)
class Trend:
    """How one quantity went over a run."""

    name: str
    start: float
    """Median after the warm-up."""
    end: float
    """Median at the end."""
    most: float
    slope: float
    """By how much it grew in 1,000 passes, warm-up left out."""

    @property
    def is_flat(self) -> bool:
        """Whether the end is no further above the start than allowed."""
        allowed: float = getattr(ALLOWED, self.name)
        return self.end - self.start <= allowed


def trends(samples: Sequence[tuple[int, Usage]], passes: int) -> list[Trend]:
    """How each quantity went, by samples with the number of passes before them.

    :class:`ValueError` where there are not two samples after the warm-up.
    """
    warm = [(number, usage) for number, usage in samples if number >= passes * WARM_UP]
    if len(warm) < 2:
        raise ValueError("too few samples to tell the start from the end")
    window = max(1, int(len(warm) * WINDOW))
    numbers = [number for number, _ in warm]
    told = []
    for name in (field.name for field in fields(Usage)):
        values: list[float] = [getattr(usage, name) for _, usage in warm]
        slope = linear_regression(numbers, values).slope
        start, end = median(values[:window]), median(values[-window:])
        told.append(Trend(name, start, end, max(values), slope * 1000))
    return told
