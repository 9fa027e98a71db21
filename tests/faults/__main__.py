"""Replays one run: ``PYTHONPATH=tests python -m faults 'delete cluster w7:crash-sent'``."""

from __future__ import annotations

import sys

from faults.play import SCENARIOS, violation
from faults.schedule import parsed


def main(arguments: list[str]) -> int:
    """1 when the run violates an oracle, which is printed."""
    try:
        schedule = parsed(" ".join(arguments))
        scenario = SCENARIOS[schedule.scenario]
    except (KeyError, ValueError) as error:
        print(f"{error}; scenarios are {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    print(f"{schedule}: {scenario.why}")
    text = violation(schedule)
    print("no oracle is violated" if text is None else text)
    return 0 if text is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
