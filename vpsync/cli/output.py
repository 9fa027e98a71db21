"""Prints a report in the form that was asked for; results go to stdout and nowhere else."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from vpsync.cli.globals import color_wanted
from vpsync.report.as_json import json_text, report_as_json
from vpsync.report.as_table import print_report, undecided
from vpsync.report.summary import Report

QUIET_SECONDS = 1.0
"""What takes longer than this shows on a terminal what it is doing."""


def show(report: Report, form: str) -> None:
    """Prints the report; where nothing could be decided, people get one line that says why."""
    if form == "text" and not report.decided:
        click.echo(f"vpsync: {undecided(report)}", err=True)
    elif form == "text":
        print_report(report, sys.stdout, color=color_wanted())
    elif form == "json":
        sys.stdout.write(json_text(report_as_json(report)))
    else:
        import yaml

        yaml.safe_dump(report_as_json(report), sys.stdout, sort_keys=False, allow_unicode=True)
    # A loop goes on for days, and what reads its pipe is to see each pass when it is over.
    sys.stdout.flush()


@contextmanager
def live_progress() -> Iterator[Callable[[str], None]]:
    """A line on the terminal that says what a long pass is doing, gone when it is done."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    doing = ["starting"]
    done = threading.Event()
    started = time.monotonic()

    def draw() -> None:
        if done.wait(QUIET_SECONDS):
            return
        while not done.wait(0.2):
            line = f"… {doing[0]} ({time.monotonic() - started:.0f} s)"
            sys.stderr.write(f"\r\x1b[2K{line}")
            sys.stderr.flush()
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield lambda text: doing.__setitem__(0, text)
    finally:
        done.set()
        thread.join()
