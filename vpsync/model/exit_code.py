"""What the exit code says; docs/exit-codes.md has it by command."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. Which one wins: 130 and 143, then 5, 4, 3, 1."""

    DONE = 0
    CHANGES = 1
    USAGE = 2
    PROBLEMS = 3
    HELD = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    TERMINATED = 143
