"""Prints a report in the form that was asked for; results go to stdout and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vpsync.cli.files import check_writable, write_file
from vpsync.cli.globals import color_wanted
from vpsync.cli.streams import close_stdout
from vpsync.cli.telling import as_log, complain, logs_json
from vpsync.errors import SettingsError, VpsyncError
from vpsync.model.exit_code import ExitCode
from vpsync.redact.text import printable
from vpsync.render.forms import print_for_people, text_in
from vpsync.render.report import Report
from vpsync.render.table import resource, undecided


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

    def show(self, report: Report) -> ExitCode:
        """Tells the report; the exit code that it has, once it is told.

        Where nothing could be decided, people get one line that says why. A report that its file does
        not take goes to stdout, in its form and whatever else was asked for: it tells what was done.
        """
        try:
            self._write(report)
        except SettingsError as error:
            complain(f"{error}; the report follows on stdout")
            self._print(report, lambda: sys.stdout.write(text_in(self.form, report)))
            return report.exit_code or ExitCode.PROBLEMS
        return self._print(report, lambda: self._tell(report))

    def show_to_programs(self, report: Report) -> None:
        """Writes the report to its file, or as data to stdout; people have the log."""
        try:
            self._write(report)
        except SettingsError as error:
            complain(str(error))
        if not (self._is_text or self.quiet):
            self._print(report, lambda: sys.stdout.write(text_in(self.form, report)))

    @contextmanager
    def telling_failure(self) -> Iterator[None]:
        """Lets no error pass untold: the file and, where it is data, stdout say that there is no result.

        Else a file of an earlier run would stay as if it were of this one.
        """
        try:
            yield
        except VpsyncError as error:
            self.show_failure(error)
            raise

    def show_failure(self, error: VpsyncError) -> None:
        """Tells in the file, or as data, that a pass ended without a result."""
        report = Report(errors=(str(error),), applied=False, decided=False)
        try:
            self._write(report)
        except SettingsError as unwritten:
            complain(str(unwritten))
        if not (self._is_text or self.quiet or isinstance(error, SettingsError)):
            self._print(report, lambda: sys.stdout.write(text_in(self.form, report)))

    def _write(self, report: Report) -> None:
        if self.file is not None:
            write_file("--output-file", self.file, text_in(self.form, report))

    def _tell(self, report: Report) -> None:
        if not report.decided and (self.quiet or self._is_text):
            if report.applied_changes and not self.quiet:
                _tell_people(report.done_alone())
            complain(f"{undecided(report)}")
        elif self.quiet:
            _tell_problems(report)
        elif self._is_text:
            _tell_people(report)
        else:
            sys.stdout.write(text_in(self.form, report))

    def _print(self, report: Report, write: Callable[[], object]) -> ExitCode:
        """Writes to stdout, and lets no stream that takes nothing hide how the pass ended."""
        try:
            write()
            # A loop goes on for days, and what reads its pipe is to see each pass when it is over.
            sys.stdout.flush()
        except (BrokenPipeError, SystemExit):
            # The reader is gone; rich turns that into SystemExit.
            close_stdout()
        except OSError as error:
            close_stdout()
            complain(f"stdout cannot be written: {error.strerror}")
            return report.exit_code or ExitCode.PROBLEMS
        return report.exit_code

    @property
    def _is_text(self) -> bool:
        return self.form == "text" or self.file is not None


def _tell_people(report: Report) -> None:
    """The table or the preview on stdout, where the log is JSON an object a line."""
    if logs_json():
        sys.stdout.writelines(as_log(text_in("text", report)))
    else:
        print_for_people(report, sys.stdout, color=color_wanted())
    # What follows on stderr stands below it, also where both go to one file.
    sys.stdout.flush()


def _tell_problems(report: Report) -> None:
    """One line on stderr for everything that makes the exit code what it is."""
    lines = [f"held back: {brake}" for brake in report.tripped]
    lines += [f"moved since the plan: {difference}" for difference in report.moved]
    lines += report.errors
    lines += [f"{resource(row.result)}: {row.what}: {row.why}" for row in report.problems()]
    for line in lines:
        complain(f"{printable(line)}")
