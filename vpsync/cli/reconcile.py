"""``vpsync reconcile``: the pass, once or in a loop."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import click

from vpsync.cli.diff import preview
from vpsync.cli.files import plan_key, reviewed_plan
from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.options import Duration, pass_options
from vpsync.cli.output import Output
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import output_from, settings_from, with_sandbox
from vpsync.cli.signals import Interruption, interruptible
from vpsync.controller.loop import Loop
from vpsync.controller.wait import Waited, wait_until_settled
from vpsync.errors import PassBrokenOff, VpsyncError, place_of
from vpsync.model.exit_code import ExitCode
from vpsync.model.json import Json
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.settings import Settings

log = logging.getLogger("vpsync.controller.loop")

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
@flag("--interval", type=Duration(), default="60s", show_default=True, help="Pause between passes.")
@flag("--interval-jitter-percent", type=click.FloatRange(0, 100), default=10.0, show_default=True,
      help="By how much the pause varies.")  # fmt: skip
@flag("--wait", is_flag=True, help="Repeat the pass until everything is ready or has failed.")
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
            ) as one,
        ):
            if settings.wait:
                waited = wait_until_settled(one.run, settings.timeout, stop, told=progress.wait_for)
            else:
                waited = Waited(one.run())
        code = self.output.show(waited.report)
        if self.interruption.signal is not None:
            return self.interruption.exit_code
        if not waited.arrived:
            _tell_unready(waited)
        return ExitCode.PROBLEMS if code is ExitCode.DONE and not waited.arrived else code

    def loop(self) -> int:
        """Tells every pass that did something; a quiet one only at ``--debug``."""
        from vpsync.controller.connect import opened

        settings, stop = self.settings, self.interruption.stop
        deadline = self.interruption.deadline
        with opened(settings, writable=True, stop=stop, deadline=deadline) as one:
            clock = Loop(one.run, settings.interval, settings.interval_jitter_percent, stop)
            for outcome in clock.reports():
                try:
                    self._tell(outcome)
                except Exception as error:  # What cannot be told ends no controller.
                    log.error("the report of a pass was not told (%s); please report this",
                              place_of(error))  # fmt: skip
        return ExitCode.DONE

    def _tell(self, outcome: Report | VpsyncError) -> None:
        if isinstance(outcome, VpsyncError):
            log.error("%s", outcome)
            if isinstance(outcome, PassBrokenOff):
                log.debug("%s", outcome.trace)
            self.output.show_failure(outcome)
        elif outcome.rows() or outcome.errors:
            self.output.show(outcome)
        else:
            log.debug("%s", outcome.summary())


def _tell_unready(waited: Waited) -> None:
    """Names what ``--wait`` waited for in vain."""
    if waited.report.exit_code is ExitCode.UNREACHABLE:
        return
    click.echo("vpsync: --wait ran out before everything was ready", err=True)
    for line in waited.unready:
        click.echo(f"vpsync: not ready: {printable(line)}", err=True)
