"""``vpsync reconcile``: the pass, once or in a loop."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from vpsync.cli.diff import preview
from vpsync.cli.files import plan_key, reviewed_plan
from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.missing import require_namespaces
from vpsync.cli.monitoring import monitoring_from, monitoring_options
from vpsync.cli.options import loop_options, pass_options
from vpsync.cli.output import Output
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import output_from, settings_from, with_sandbox
from vpsync.cli.signals import Interruption, interruptible
from vpsync.cli.telling import complain
from vpsync.controller.journal import Journal
from vpsync.controller.wait import WaitResult, wait_until_settled
from vpsync.errors import LeaseNotFree, PassBrokenOff, SettingsError, VpsyncError, place_of
from vpsync.model.exit_code import ExitCode
from vpsync.model.json import Json
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.render.table import interrupted
from vpsync.settings import Settings

if TYPE_CHECKING:
    from vpsync.controller.monitor import Monitor

log = logging.getLogger(__name__)

EXAMPLES = (
    ("the cluster of your kubeconfig", "vpsync reconcile --once"),
    ("the same as vpsync diff", "vpsync reconcile --once --dry-run"),
    ("in a pod, one namespace", "vpsync reconcile --loop -n flink"),
    ("as one of several pods", "vpsync reconcile --loop --events --enable-leader-election"),
    ("files, against the simulator", "vpsync reconcile --once --sandbox --wait -f examples/"),
    (
        "exactly the plan saved by vpsync diff --plan-out",
        "vpsync reconcile --once --plan plan.json",
    ),
)


@click.command(
    "reconcile", cls=Command, examples=EXAMPLES, short_help="Make VVP match the Vp* resources."
)
@flag("--once", is_flag=True, help="Run one pass and exit: for CI and CronJobs.")
@flag("--loop", is_flag=True, help="Run a pass every --interval until SIGTERM: for a pod.")
@flag("--wait", is_flag=True, help="Repeat passes until everything is ready or has failed.")
@flag("--fail-on-job-failure", is_flag=True,
      help="Exit 3 when any job has failed; --wait does so for jobs that it changed.")  # fmt: skip
@flag("--exit-zero-on-stalled", is_flag=True,
      help="Exit 0 when the only problems are stalled resources.")  # fmt: skip
@flag("--dry-run", is_flag=True, help="Stop before the first write and show what would be done.")
@flag("--plan", metavar="FILE",
      help="Apply exactly this plan of diff --plan-out; nothing (exit code 4) if it is stale.")  # fmt: skip
@flag("--plan-key-file", metavar="FILE",
      help="Key given to diff --plan-out; default: derived from the VVP token.")  # fmt: skip
@flag("--no-create-tokens", is_flag=True,
      help="Never create a VVP API token for the run.")  # fmt: skip
@loop_options
@pass_options
@monitoring_options
def command(
    once: bool,
    loop: bool,
    sandbox: bool,
    plan: str | None,
    plan_key_file: str | None,
    **values: Any,
) -> int:
    """Make VVP match the Vp* resources of a cluster, or of files."""
    _check_modes(once, loop, plan, values)
    values["loop"] = loop
    output, settings = output_from(values), settings_from(values)
    monitoring = monitoring_from(values, loop=loop)
    settings = replace(settings, plan_key=plan_key(plan_key_file), monitoring=monitoring)
    reviewed = reviewed_plan(plan, settings.scope.owner_id)
    if reviewed is not None:
        brakes = replace(settings.brakes, force=True)
        settings = replace(settings, brakes=brakes, reviewed_by="--plan")
    with with_sandbox(settings, sandbox) as ready:
        if values["dry_run"]:
            return preview(ready, output, reviewed)[1]
        if loop:
            return _loop(ready, output, lambda: _usable(values, ready, sandbox=sandbox))
        with interruptible() as interruption:
            return _Run(ready, output, interruption, reviewed).once()


def _loop(settings: Settings, output: Output, read: Callable[[], Settings]) -> int:
    """Runs until a signal; the terminal that a loop was started from ends it, too, when it goes."""
    asked = threading.Event()
    reload = None if sys.stderr.isatty() else asked
    with interruptible(ExitCode.DONE, reload) as interruption:
        return _Run(settings, output, interruption).loop(read, asked)


def _usable(values: dict[str, Any], begun: Settings, *, sandbox: bool) -> Settings:
    """The settings as their files are now; :class:`~vpsync.errors.SettingsError` for all that is wrong.

    What was opened for the whole run stays as it is in those that it was begun with.
    """
    try:
        fresh = settings_from(values)
    except click.UsageError as error:
        raise SettingsError(error.format_message()) from error
    fresh = replace(fresh, monitoring=begun.monitoring)
    return replace(fresh, vvp=begun.vvp) if sandbox else fresh


def _check_modes(once: bool, loop: bool, plan: str | None, values: Mapping[str, Any]) -> None:
    """Refuses flags that exclude each other."""
    if once == loop:
        raise click.UsageError("give exactly one of --once and --loop.")
    if loop and values["wait"]:
        raise click.UsageError("--wait goes with --once; a loop waits anyway.")
    if loop and values["fail_on_job_failure"]:
        raise click.UsageError("--fail-on-job-failure goes with --once; a loop goes on anyway.")
    if loop and values["exit_zero_on_stalled"]:
        raise click.UsageError("--exit-zero-on-stalled goes with --once; a loop goes on anyway.")
    if loop and (plan or values["dry_run"]):
        raise click.UsageError(f"{'--plan' if plan else '--dry-run'} goes with --once.")
    if plan and values["wait"]:
        raise click.UsageError(
            "--plan carries out one reviewed plan; the passes of --wait would go beyond it."
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """Passes that write, with what they need."""

    settings: Settings
    output: Output
    interruption: Interruption
    reviewed: Mapping[str, Json] | None = None

    def once(self) -> int:
        """One pass, or with ``--wait`` as many as it takes; the exit code."""
        from vpsync.controller.connect import Hooks, opened

        settings, stop = self.settings, self.interruption.stop
        with (
            self.output.telling_failure(),
            self._delivering() as monitor,
            self._alone() as lost,
            live_progress(wanted=not self.output.quiet) as progress,
            opened(
                settings,
                writable=True,
                stop=stop,
                deadline=self.interruption.deadline,
                progress=progress.tell,
                reviewed=self.reviewed,
                quiet=self.output.quiet,
                hooks=monitor.hooks if monitor else Hooks(),
            ) as one,
        ):
            run_pass = monitor.watched(one.run) if monitor else one.run
            if settings.wait:
                waited = wait_until_settled(
                    lambda limit: run_pass(limit=limit),
                    settings.timeout,
                    stop,
                    notify=progress.wait_for,
                )
            else:
                waited = WaitResult(run_pass())
            if not waited.report.results:
                require_namespaces(one.cluster, settings.scope.namespaces)
            why_lost = lost()
        code = self.output.show(waited.report)
        if self.interruption.signal is not None:
            return self._interrupted(waited.report)
        if not waited.arrived:
            _tell_unready(waited)
        if why_lost:
            complain(f"lost the Lease during the pass: {why_lost}")
        if settings.exit_zero_on_stalled and waited.report.only_stalled:
            code = ExitCode.DONE if code is ExitCode.PROBLEMS else code
        failed = _failed_jobs(waited, settings)
        for key in failed:
            complain(f"the job of {printable(key)} has failed")
        is_bad = bool(failed) or bool(why_lost) or not waited.arrived
        return ExitCode.PROBLEMS if code is ExitCode.DONE and is_bad else code

    def _delivering(self) -> AbstractContextManager[Monitor | None]:
        """What counts the passes and delivers the metrics at the end; nothing where nobody wants them."""
        if not self.settings.monitoring.delivers:
            return nullcontext()
        from vpsync.controller.delivery import delivering

        return delivering(self.settings)

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], str]]:
        """Holds the Lease where that is wanted; gives what says why it was lost, if it was."""
        settings, interruption = self.settings, self.interruption
        if not settings.leader_election:
            yield str
            return
        from vpsync.controller.lease import candidate

        def tell(waiting: str, is_wrong: bool) -> None:
            complain(waiting)

        with candidate(settings, interruption.bell) as one:
            term = one.wait(interruption.stop, settings.lease_timeout, tell)
            if term is None:
                raise LeaseNotFree("interrupted while waiting for the Lease; nothing was done")
            interruption.deadline.term = term
            yield lambda: "" if term.is_open else one.why_lost

    def _interrupted(self, report: Report) -> int:
        """Says that the run was interrupted, where its report does not; the exit code."""
        if report.decided:
            complain(interrupted(report))
        return self.interruption.exit_code

    def loop(self, read: Callable[[], Settings], asked: threading.Event) -> int:
        """Logs what passes did and what is not in order; programs get the report of each such pass."""
        from vpsync.controller.daemon import Daemon
        from vpsync.controller.monitor import serving
        from vpsync.controller.reload import Reload

        journal, interruption = Journal(time.monotonic), self.interruption

        def tell(outcome: Report | VpsyncError) -> None:
            try:
                self._tell(journal, outcome)
            except Exception as error:  # What cannot be told ends no controller.
                log.error("could not print the report of a pass (%s); please report this as a bug",
                          place_of(error))  # fmt: skip

        with serving(self.settings) as monitor:
            Daemon(
                self.settings,
                interruption.stop,
                interruption.bell,
                interruption.deadline,
                journal,
                tell,
                Reload(read, asked),
                monitor,
                quiet=self.output.quiet,
            ).run()
        return ExitCode.DONE

    def _tell(self, journal: Journal, outcome: Report | VpsyncError) -> None:
        journal.note(outcome)
        if isinstance(outcome, PassBrokenOff):
            log.debug("%s", outcome.trace)
        if isinstance(outcome, VpsyncError):
            self.output.show_failure(outcome)
        elif outcome.rows() or outcome.errors:
            self.output.show_to_programs(outcome)


def _failed_jobs(waited: WaitResult, settings: Settings) -> list[str]:
    """The resources whose failed job makes the run fail."""
    if not (settings.wait or settings.fail_on_job_failure):
        return []
    return waited.report.failed_jobs(changed_only=not settings.fail_on_job_failure)


def _tell_unready(waited: WaitResult) -> None:
    """Names what ``--wait`` waited for in vain."""
    if waited.report.exit_code is ExitCode.UNREACHABLE:
        return
    if waited.for_people:
        complain("--wait ended: what is not ready waits for somebody to act")
    else:
        complain("--wait ran out before everything was ready")
    for line in waited.unready:
        complain(f"not ready: {printable(line)}")
