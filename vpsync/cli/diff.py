"""``vpsync diff``: the same pass, stopped before its first write."""

from __future__ import annotations

from typing import Any

import click

from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.options import pass_options, settings_from, with_sandbox
from vpsync.cli.output import live_progress, show
from vpsync.cli.signals import interruptible
from vpsync.model.change import Cause
from vpsync.report.summary import ExitCode, Report

EXAMPLES = (
    ("the cluster of your kubeconfig", "vpsync diff"),
    ("files, without a cluster", "vpsync diff -f manifests/"),
    ("in CI: fail when there are changes", "vpsync diff --exit-code -f manifests/ -o json"),
)


@click.command("diff", cls=Command, examples=EXAMPLES, short_help="Show what reconcile would do.")
@flag("--exit-code", is_flag=True, help="Exit with 1 when there are changes.")
@pass_options
def command(exit_code: bool, sandbox: bool, output: str, **values: Any) -> int:
    """Show what reconcile would do. Needs get and list rights only, and has no way to write."""
    from vpsync.reconcile import opened

    settings = settings_from(values)
    with with_sandbox(settings, sandbox) as ready, interruptible() as interruption:
        with (
            live_progress() as progress,
            opened(ready, writable=False, stop=interruption.stop, progress=progress) as one,
        ):
            report = one.run(apply=False)
        show(report, output)
        if interruption.signal is not None:
            return interruption.exit_code
    return _code(report, exit_code)


def _code(report: Report, exit_code: bool) -> int:
    code = report.exit_code
    if code is ExitCode.DONE and exit_code:
        changes = any(change.cause is not Cause.RECORD for change in report.changes)
        return ExitCode.CHANGES if changes else ExitCode.DONE
    return code
