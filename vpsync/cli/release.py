"""``vpsync release``: the way out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.missing import require_namespaces
from vpsync.cli.options import CONNECTION, FILES, KINDS, KUBECONFIG, OWNER, SELECTION, with_options
from vpsync.cli.settings_from_flags import reading_settings
from vpsync.cli.signals import Interruption, default_signals, interruptible
from vpsync.cli.telling import complain
from vpsync.errors import PlatformError, PlatformUnauthorized
from vpsync.model.exit_code import ExitCode

if TYPE_CHECKING:
    from vpsync.planning.release import ReleaseStep
    from vpsync.reconcile.run import Pass
    from vpsync.redact.redactor import Redactor
    from vpsync.settings import Settings

EXAMPLES = (
    ("what would be removed in one namespace", "vpsync release -n orders --dry-run"),
    ("remove it, after confirmation", "vpsync release -n orders"),
    ("everywhere, without confirmation", "vpsync release -A --yes"),
)


@click.command(
    "release",
    cls=Command,
    examples=EXAMPLES,
    short_help="Stop managing: remove finalizers and markers.",
)
@flag("--yes", is_flag=True, help="Skip the confirmation prompt.")
@flag("--dry-run", is_flag=True, help="Only show what would be removed.")
@flag("--finalizers-only", "only_finalizers", is_flag=True,
      help="Remove finalizers only and leave VVP alone: for a VVP that is gone.")  # fmt: skip
@flag("--no-create-tokens", is_flag=True,
      help="Never create a VVP API token for the run.")  # fmt: skip
@with_options(FILES, SELECTION, KINDS, OWNER, KUBECONFIG, CONNECTION)
def command(yes: bool, dry_run: bool, only_finalizers: bool, **values: Any) -> int:
    """Remove finalizers, markers and records, and touch nothing else: no job, no field, no resource.

    Stop vpsync first: a pass would put them back. Select resources with -n, -A or -f.
    """
    if not (values["namespaces"] or values["all_namespaces"] or values["files"]):
        raise click.UsageError("say which resources: -n NAME, -A for all, or -f PATH.")
    if values["files"] and only_finalizers:
        raise click.UsageError("--finalizers-only goes with a cluster: files have none.")
    from vpsync.controller.connect import opened
    from vpsync.planning.release import why_nothing

    settings = reading_settings(values)
    with (
        interruptible() as interruption,
        opened(
            settings,
            writable=not dry_run,
            stop=interruption.stop,
            deadline=interruption.deadline,
        ) as one,
    ):
        planned, errors = _planned(one, settings, only_finalizers)
        if interruption.signal is not None:
            return interruption.exit_code
        hiding = one.vvp.tokens.hiding
        if why := why_nothing(planned):
            return _untouched(why, errors, settings, hiding)
        code = _shown(planned, errors, hiding)
        takes = [release for release in planned if not (release.kept or release.is_empty)]
        if dry_run or not takes:
            return code
        if not (yes or _confirmed()):
            complain("nothing was done")
            return ExitCode.DONE
        interruption.deadline.begin(settings.timeout)
        return _carried_out(one, takes, code, interruption)


def _shown(planned: tuple[ReleaseStep, ...], errors: list[str], hiding: Redactor) -> ExitCode:
    """Shows what would be taken off; the exit code if that is all."""
    from vpsync.render.releases import plan_summary, planned_lines

    for line in planned_lines(planned):
        click.echo(hiding.text(line))
    for error in errors:
        complain(hiding.text(str(error)))
    click.echo(plan_summary(planned))
    kept = [release for release in planned if release.kept]
    return ExitCode.PROBLEMS if kept or errors else ExitCode.DONE


def _untouched(
    why: PlatformError, errors: list[str], settings: Settings, hiding: Redactor
) -> ExitCode:
    """Says in one line that VVP cannot be read, so that everything stays as it is; the exit code."""
    for error in errors:
        complain(hiding.text(str(error)))
    text = f"nothing could be released because VVP at {settings.vvp.platform_url} cannot be read: {why}"
    if isinstance(why, PlatformUnauthorized):
        text += "; check the tokens"
    elif settings.scope.in_cluster:
        # Files have no finalizers, which are all that can be taken off without VVP.
        text += "; if it is gone for good, --finalizers-only leaves it alone"
    complain(hiding.text(text))
    return ExitCode.UNREACHABLE


def _planned(
    one: Pass, settings: Settings, only_finalizers: bool
) -> tuple[tuple[ReleaseStep, ...], list[str]]:
    """What to take off, and what could not be read, in words."""
    from vpsync.planning.release import finalizers_only
    from vpsync.release.run import plan_release

    sourced = one.read()
    if not sourced.manifests:
        require_namespaces(one.cluster, settings.scope.namespaces)
    errors = list(sourced.errors)
    manifests = []
    for manifest, problems in one.validate(sourced):
        if problems and not manifest.in_cluster:
            errors.append(f"{manifest.key} is invalid and passed over: {problems[0]}")
        else:
            manifests.append(manifest)
    if only_finalizers:
        return finalizers_only(manifests), errors
    return plan_release(manifests, one.vvp, settings), errors


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on; pass --yes.")
    with default_signals():
        return click.confirm("Remove these? No job and no field is touched", err=True)


def _carried_out(
    one: Pass, takes: list[ReleaseStep], code: ExitCode, interruption: Interruption
) -> int:
    """Does it, and tells what could not be done; the exit code."""
    from vpsync.cluster.client import Writer
    from vpsync.release.run import JobDisturbed, ReleaseRun
    from vpsync.render.releases import done_summary

    writer = one.cluster if isinstance(one.cluster, Writer) else None
    freed, unmarked, failed = 0, 0, 0
    try:
        for done in ReleaseRun(one.vvp, writer, interruption.stop.is_set).run(takes):
            freed, unmarked = freed + done.freed, unmarked + done.unmarked
            if done.problem:
                failed, code = failed + 1, ExitCode.PROBLEMS
                problem = f"{done.release.manifest.key}: {done.problem}"
                complain(one.vvp.tokens.hiding.text(problem))
    except JobDisturbed as error:
        unmarked, code = unmarked + 1, ExitCode.HELD
        complain(str(error))
    click.echo(done_summary(freed, unmarked, failed))
    return interruption.exit_code if interruption.signal is not None else code
