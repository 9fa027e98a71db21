"""``vpsync reconcile``: the pass, once or in a loop."""

from __future__ import annotations

import logging
from typing import Any

import click

from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.options import Duration, pass_options, settings_from, with_sandbox
from vpsync.cli.output import live_progress, show
from vpsync.cli.signals import Interruption, interruptible
from vpsync.errors import VpsyncError
from vpsync.loop import Loop, wait_until_settled
from vpsync.report.summary import ExitCode
from vpsync.settings import Settings

log = logging.getLogger("vpsync.loop")

EXAMPLES = (
    ("the cluster of your kubeconfig", "vpsync reconcile --once"),
    ("as a pod, one namespace", "vpsync reconcile --loop -n flink"),
    ("files, against a simulator", "vpsync reconcile --once --sandbox --wait -f examples/"),
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
@flag("--no-create-tokens", is_flag=True,
      help="Never create a token in VVP for the run, even where it has none.")  # fmt: skip
@pass_options
def command(once: bool, loop: bool, sandbox: bool, output: str, **values: Any) -> int:
    """Make VVP match the Vp* resources of a cluster, or of files."""
    if once == loop:
        raise click.UsageError("give exactly one of --once and --loop.")
    if loop and values["wait"]:
        raise click.UsageError("--wait goes with --once; a loop waits anyway.")
    settings = settings_from(values)
    with with_sandbox(settings, sandbox) as ready, interruptible() as interruption:
        if loop:
            return _loop(ready, interruption, output)
        return _once(ready, interruption, output)


def _once(settings: Settings, interruption: Interruption, output: str) -> int:
    from vpsync.reconcile import opened

    arrived = True
    with (
        live_progress() as progress,
        opened(settings, writable=True, stop=interruption.stop, progress=progress) as one,
    ):
        if settings.wait:
            report, arrived = wait_until_settled(one.run, settings.timeout, interruption.stop)
        else:
            report = one.run()
    show(report, output)
    if interruption.signal is not None:
        return interruption.exit_code
    if report.exit_code is ExitCode.DONE and not arrived:
        click.echo("vpsync: --wait ran out before everything was ready", err=True)
        return ExitCode.PROBLEMS
    return report.exit_code


def _loop(settings: Settings, interruption: Interruption, output: str) -> int:
    """Tells every pass that did something; a quiet one only at ``--debug``."""
    from vpsync.reconcile import opened

    with opened(settings, writable=True, stop=interruption.stop) as one:
        clock = Loop(
            one.run, settings.interval, settings.interval_jitter_percent, interruption.stop
        )
        for outcome in clock.reports():
            if isinstance(outcome, VpsyncError):
                log.error("%s", outcome)
            elif outcome.rows() or outcome.errors:
                show(outcome, output)
            else:
                log.debug("%s", outcome.summary())
    return ExitCode.DONE
