"""``vpsync reconcile``: the pass, once or in a loop."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import click

from vpsync.cli.diff import preview
from vpsync.cli.files import plan_key, reviewed_plan
from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.missing import require_namespaces
from vpsync.cli.options import Duration, pass_options
from vpsync.cli.output import Output
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import output_from, settings_from, with_sandbox
from vpsync.cli.signals import Interruption, interruptible
from vpsync.cli.telling import complain
from vpsync.controller.journal import Journal
from vpsync.controller.loop import Loop
from vpsync.controller.wait import Waited, wait_until_settled
from vpsync.errors import PassBrokenOff, VpsyncError, place_of
from vpsync.model.exit_code import ExitCode
from vpsync.model.json import Json
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.settings import Settings

log = logging.getLogger(__name__)

EXAMPLES = (
    ("the cluster of your kubeconfig", "vpsync reconcile --once"),
    ("the same as vpsync diff", "vpsync reconcile --once --dry-run"),
    ("as a pod, one namespace", "vpsync reconcile --loop -n flink"),
    ("files, against a simulator", "vpsync reconcile --once --sandbox --wait -f examples/"),
    ("a plan of vpsync diff --plan-out, or nothing", "vpsync reconcile --once --plan plan.json"),
)


@click.command(
    "reconcile", cls=Command, examples=EXAMPLES, short_help="Make VVP match the Vp* resources."
)
@flag("--once", is_flag=True, help="One pass, then exit: for CI and CronJobs.")
@flag("--loop", is_flag=True, help="A pass every --interval until SIGTERM: for a pod.")
@flag(
    "--interval",
    type=Duration(positive=True),
    default="60s",
    show_default=True,
    help="Pause between passes.",
)
@flag("--interval-jitter-percent", type=click.FloatRange(0, 100), default=10.0, show_default=True,
      help="By how much the pause varies.")  # fmt: skip
@flag("--wait", is_flag=True, help="Repeat the pass until everything is ready or has failed.")
@flag("--fail-on-job-failure", is_flag=True,
      help="End with 3 where any job has failed; --wait does so for jobs that it changed.")  # fmt: skip
@flag("--dry-run", is_flag=True, help="Stop before the first write and show what would be done.")
@flag("--plan", metavar="FILE",
      help="Carry out this plan of diff --plan-out, or nothing (exit code 4) if it moved.")  # fmt: skip
@flag("--plan-key-file", metavar="FILE",
      help="The key that diff --plan-out had; without it, masked values are not compared.")  # fmt: skip
@flag("--no-create-tokens", is_flag=True,
      help="Never create a token in VVP for the run, even where it has none.")  # fmt: skip
@pass_options
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
    output, settings = output_from(values), settings_from(values)
    settings = replace(settings, plan_key=plan_key(plan_key_file))
    reviewed = reviewed_plan(plan, settings.scope.owner_id)
    if reviewed is not None:
        brakes = replace(settings.brakes, force=True)
        settings = replace(settings, brakes=brakes, reviewed_by="--plan")
    with with_sandbox(settings, sandbox) as ready:
        if values["dry_run"]:
            return preview(ready, output, reviewed)[1]
        with interruptible(ExitCode.DONE if loop else None) as interruption:
            run = _Run(ready, output, interruption, reviewed)
            return run.loop() if loop else run.once()


def _check_modes(once: bool, loop: bool, plan: str | None, values: Mapping[str, Any]) -> None:
    """Refuses flags that exclude each other."""
    if once == loop:
        raise click.UsageError("give exactly one of --once and --loop.")
    if loop and values["wait"]:
        raise click.UsageError("--wait goes with --once; a loop waits anyway.")
    if loop and values["fail_on_job_failure"]:
        raise click.UsageError("--fail-on-job-failure goes with --once; a loop goes on anyway.")
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
        from vpsync.controller.connect import opened

        settings, stop = self.settings, self.interruption.stop
        with (
            self.output.telling_failure(),
            live_progress(wanted=not self.output.quiet) as progress,
            opened(
                settings,
                writable=True,
                stop=stop,
                deadline=self.interruption.deadline,
                progress=progress.tell,
                reviewed=self.reviewed,
                quiet=self.output.quiet,
            ) as one,
        ):
            if settings.wait:
                waited = wait_until_settled(
                    lambda limit: one.run(limit=limit),
                    settings.timeout,
                    stop,
                    told=progress.wait_for,
                )
            else:
                waited = Waited(one.run())
            if not waited.report.results and not waited.report.errors:
                require_namespaces(one.cluster, settings.scope.namespaces)
        code = self.output.show(waited.report)
        if self.interruption.signal is not None:
            return self.interruption.exit_code
        if not waited.arrived:
            _tell_unready(waited)
        failed = _failed_jobs(waited, settings)
        for key in failed:
            complain(f"the job of {printable(key)} has failed")
        is_bad = bool(failed) or not waited.arrived
        return ExitCode.PROBLEMS if code is ExitCode.DONE and is_bad else code

    def loop(self) -> int:
        """Logs what passes did and what is not in order; programs get the report of each such pass."""
        from vpsync.controller.connect import opened

        settings, stop = self.settings, self.interruption.stop
        deadline = self.interruption.deadline
        with opened(
            settings, writable=True, stop=stop, deadline=deadline, quiet=self.output.quiet
        ) as one:
            clock = Loop(one.run, settings.interval, settings.interval_jitter_percent, stop)
            journal = Journal(time.monotonic)
            journal.begin(settings)
            for outcome in clock.reports():
                try:
                    self._tell(journal, outcome)
                except Exception as error:  # What cannot be told ends no controller.
                    log.error("the report of a pass was not told (%s); please report this",
                              place_of(error))  # fmt: skip
        return ExitCode.DONE

    def _tell(self, journal: Journal, outcome: Report | VpsyncError) -> None:
        journal.note(outcome)
        if isinstance(outcome, PassBrokenOff):
            log.debug("%s", outcome.trace)
        if isinstance(outcome, VpsyncError):
            self.output.show_failure(outcome)
        elif outcome.rows() or outcome.errors:
            self.output.show_to_programs(outcome)


def _failed_jobs(waited: Waited, settings: Settings) -> list[str]:
    """The resources whose failed job makes the run fail."""
    if not (settings.wait or settings.fail_on_job_failure):
        return []
    return waited.report.failed_jobs(changed_only=not settings.fail_on_job_failure)


def _tell_unready(waited: Waited) -> None:
    """Names what ``--wait`` waited for in vain."""
    if waited.report.exit_code is ExitCode.UNREACHABLE:
        return
    complain("--wait ran out before everything was ready")
    for line in waited.unready:
        complain(f"not ready: {printable(line)}")
