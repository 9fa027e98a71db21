"""``vpsync diff``: the same pass, stopped before its first write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from vpsync.cli.files import check_writable, plan_key, write_file
from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.missing import require_namespaces
from vpsync.cli.options import pass_options
from vpsync.cli.output import Output
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import output_from, settings_from, with_sandbox
from vpsync.cli.signals import interruptible
from vpsync.model.exit_code import ExitCode
from vpsync.model.json import Json
from vpsync.render.forms import text_in
from vpsync.render.report import Report
from vpsync.settings import Settings

EXAMPLES = (
    ("the cluster of your kubeconfig", "vpsync diff"),
    ("files, without a cluster", "vpsync diff -f manifests/"),
    ("in CI: fail when there are changes", "vpsync diff --exit-code -f manifests/ -o json"),
    (
        "a comment for a pull request",
        "vpsync diff -f manifests/ -o markdown --output-file comment.md",
    ),
    ("a plan to review, which reconcile --plan carries out", "vpsync diff --plan-out plan.json"),
)


@click.command("diff", cls=Command, examples=EXAMPLES, short_help="Show what reconcile would do.")
@flag("--exit-code", is_flag=True, help="Exit with 1 when there are changes.")
@flag("--plan-out", metavar="FILE",
      help="Save the plan for review, brakes ignored; reconcile --plan FILE applies it.")  # fmt: skip
@flag("--plan-key-file", metavar="FILE",
      help="Key that binds the plan's masked values; default: derived from the VVP token.")  # fmt: skip
@pass_options
def command(
    exit_code: bool,
    plan_out: str | None,
    plan_key_file: str | None,
    sandbox: bool,
    **values: Any,
) -> int:
    """Show what reconcile would do. Needs only get and list permissions, and cannot write."""
    output, settings = output_from(values), settings_from(values)
    check_writable("--plan-out", plan_out)
    settings = replace(settings, plan_key=plan_key(plan_key_file))
    if plan_out is not None:
        # A review is what the brakes ask for, so the plan holds what they would hold back.
        brakes = replace(settings.brakes, force=True)
        settings = replace(settings, brakes=brakes, reviewed_by="--plan-out")
    with with_sandbox(settings, sandbox) as ready:
        report, code = preview(ready, output)
    if plan_out is not None and report.decided:
        write_file("--plan-out", plan_out, text_in("json", report))
    if code is ExitCode.DONE and exit_code and report.differs:
        return ExitCode.CHANGES
    return code


def preview(
    settings: Settings, output: Output, reviewed: Mapping[str, Json] | None = None
) -> tuple[Report, int]:
    """Runs the pass without anything to write with, and shows the report; with its exit code."""
    from vpsync.controller.connect import opened

    with interruptible() as interruption:
        with (
            output.telling_failure(),
            live_progress(wanted=not output.quiet) as progress,
            opened(
                settings,
                writable=False,
                stop=interruption.stop,
                deadline=interruption.deadline,
                progress=progress.tell,
                reviewed=reviewed,
                quiet=output.quiet,
            ) as one,
        ):
            report = one.run(apply=False)
            if not report.results:
                require_namespaces(one.cluster, settings.scope.namespaces)
        code = output.show(report)
        if interruption.signal is not None:
            return report, interruption.exit_code
        return report, code
