"""Runs a command and tells what it cost: wall seconds, CPU seconds, megabytes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Cost:
    """Of one whole process, interpreter start included."""

    wall: float
    cpu: float
    memory: float
    """Largest resident set, in MB."""


def cost_of(command: Sequence[str], environment: Mapping[str, str], code: int = 0) -> Cost:
    """Runs the command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    assert process.stderr is not None
    told = process.stderr.read().decode()
    if os.waitstatus_to_exitcode(status) != code:
        raise SystemExit(f"{' '.join(command)} failed: {told}")
    process.stderr.close()
    process.returncode = code
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
    )
