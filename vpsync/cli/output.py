"""Prints a report in the form that was asked for; results go to stdout and nowhere else."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from vpsync.cli.files import check_writable, write_file
from vpsync.cli.globals import color_wanted
from vpsync.render.forms import print_for_people, text_in
from vpsync.render.report import Report
from vpsync.render.table import printable, resource, undecided


@dataclass(frozen=True, slots=True)
class Output:
    """Where reports go, and in which form."""

    form: str = "text"
    file: str | None = None
    """Takes the report in that form; then stdout has it as text."""
    quiet: bool = False
    """Whether stdout stays empty and stderr tells of problems only."""

    def __post_init__(self) -> None:
        check_writable("--output-file", self.file)

    def show(self, report: Report) -> None:
        """Tells the report; where nothing could be decided, people get one line that says why."""
        if self.file is not None:
            write_file("--output-file", self.file, text_in(self.form, report))
        if not report.decided and (self.quiet or self._is_text):
            click.echo(f"vpsync: {undecided(report)}", err=True)
        elif self.quiet:
            _tell_problems(report)
        elif self._is_text:
            print_for_people(report, sys.stdout, color=color_wanted())
        else:
            sys.stdout.write(text_in(self.form, report))
        # A loop goes on for days, and what reads its pipe is to see each pass when it is over.
        sys.stdout.flush()

    @property
    def _is_text(self) -> bool:
        return self.form == "text" or self.file is not None


def _tell_problems(report: Report) -> None:
    """One line on stderr for everything that makes the exit code what it is."""
    told = [f"held back: {brake}" for brake in report.tripped]
    told += [f"moved since the plan: {difference}" for difference in report.moved]
    told += report.errors
    told += [f"{resource(row.result)}: {row.what}: {row.why}" for row in report.problems()]
    for line in told:
        click.echo(f"vpsync: {printable(line)}", err=True)
