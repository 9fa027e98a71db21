"""``vpsync doctor``: whether vpsync can do its work here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from vpsync.cli.globals import color_wanted, flag
from vpsync.cli.help import Command
from vpsync.cli.options import (
    CONNECTION,
    KUBECONFIG,
    NAMESPACES,
    OWNER,
    SANDBOX,
    VVP_NAMESPACES,
    with_options,
)
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import reading_settings, with_sandbox
from vpsync.cli.signals import Interruption, interruptible
from vpsync.errors import SettingsError
from vpsync.model.exit_code import ExitCode
from vpsync.render.findings import finding_lines, finding_summary, findings_as_json
from vpsync.render.json import json_text
from vpsync.render.layout import terminal_width

if TYPE_CHECKING:
    from vpsync.cluster.access import Reviewer
    from vpsync.doctor.finding import Examination
    from vpsync.settings import Settings

EXAMPLES = (
    ("both sides, as a reconcile would find them", "vpsync doctor"),
    ("as the account of a pod that works in one namespace",
     "vpsync doctor -n orders --kubeconfig pod.kubeconfig"),
    ("including the permissions of a loop",
     "vpsync doctor --enable-leader-election --lease-namespace vpsync --events"),
)  # fmt: skip


@click.command(
    "doctor",
    cls=Command,
    examples=EXAMPLES,
    short_help="Check VVP, cluster, permissions, tokens and clocks.",
)
@flag("--no-create-tokens", is_flag=True,
      help="Check for a reconcile that never creates a token.")  # fmt: skip
@flag("--enable-leader-election", is_flag=True,
      help="Check for a reconcile that writes only while it holds the Lease.")  # fmt: skip
@flag("--lease-namespace", narrows=True, metavar="NAME",
      help="Kubernetes namespace of the Lease (default: the pod's, else the context's).")  # fmt: skip
@flag("--shard", narrows=True, metavar="I/N",
      help="Check for a reconcile that shares the work between N shards.")  # fmt: skip
@flag("--events", is_flag=True, help="Check for a loop that watches resources.")
@flag("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True,
      help="Format of the report on stdout.")  # fmt: skip
@with_options(NAMESPACES, VVP_NAMESPACES, OWNER, KUBECONFIG, CONNECTION, SANDBOX)
def command(output: str, sandbox: bool, **values: Any) -> int:
    """Check VVP, cluster, permissions, tokens and clocks, and say how to fix what is wrong.

    Changes nothing on either side. Exits 3 when a pass would fail, 5 when neither side
    answers.
    """
    settings = reading_settings(values)
    with with_sandbox(settings, sandbox) as ready, interruptible() as interruption:
        found = _found(ready, interruption)
        if interruption.signal is not None:
            return interruption.exit_code
    if output == "json":
        sys.stdout.write(json_text(findings_as_json(found.findings)))
    else:
        _print(found)
    if not found.reachable:
        return ExitCode.UNREACHABLE
    return ExitCode.PROBLEMS if found.failed else ExitCode.DONE


def _found(settings: Settings, interruption: Interruption) -> Examination:
    from datetime import UTC, datetime

    from vpsync.controller.connect import open_vvp
    from vpsync.doctor.examine import examine
    from vpsync.ververica.transport import READS

    stop, deadline = interruption.stop, interruption.deadline
    with live_progress() as progress, open_vvp(settings, READS, stop, deadline) as client:
        progress.tell("looking at VVP and the cluster")
        return examine(
            client, _reviewer(settings, interruption), settings, lambda: datetime.now(UTC)
        )


def _reviewer(settings: Settings, interruption: Interruption) -> Reviewer | None:
    """The cluster, unless none is configured and none was asked for."""
    from vpsync.cluster.access import Reviewer
    from vpsync.controller.connect import open_cluster

    try:
        return open_cluster(settings, Reviewer, interruption.stop, interruption.deadline)
    except SettingsError:
        if settings.scope.kubeconfig or settings.scope.context:
            raise
        return None


def _print(examination: Examination) -> None:
    width = terminal_width(sys.stdout)
    colored = width is not None and color_wanted()
    for line in finding_lines(examination.findings, width, color=colored):
        click.echo(line, color=colored)
    click.echo(finding_summary(examination.findings))
