"""``vpsync export``: what VVP holds, as manifests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.manifests import print_manifests, tell_what_is_missing
from vpsync.cli.options import CONNECTION, KINDS, OWNER, VVP_NAMESPACES, with_options
from vpsync.cli.progress import live_progress
from vpsync.cli.settings_from_flags import reading_settings
from vpsync.cli.signals import Interruption, interruptible
from vpsync.cli.telling import complain
from vpsync.errors import PlatformError
from vpsync.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vpsync.export.declare import Export, Exported
    from vpsync.settings import Settings

EXAMPLES = (
    ("everything, one file per object", "vpsync export --output-dir manifests/"),
    ("some deployments of one VVP namespace",
     "vpsync export 'orders-*' --kinds vpdeployments --vvp-namespace default"),
)  # fmt: skip


@click.command("export", cls=Command, examples=EXAMPLES,
               short_help="Print existing VVP objects as manifests.")  # fmt: skip
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@flag("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True,
      help="Format of the manifests on stdout.")  # fmt: skip
@flag("--output-dir", metavar="DIR", help="Write one YAML file per object to DIR instead.")
@flag("--force", is_flag=True, help="With --output-dir: overwrite files that differ.")
@with_options(VVP_NAMESPACES, KINDS, OWNER, CONNECTION)
def command(
    patterns: tuple[str, ...],
    output: str,
    output_dir: str | None,
    force: bool,
    **values: Any,
) -> int:
    """Print existing VVP objects as manifests; changes nothing.

    PATTERN is a VVP name, or a shell pattern of names; without one, all are taken. What VVP fills in
    by itself is left out, and so are secrets: a comment says which.
    """
    if output_dir and output == "json":
        raise click.UsageError("--output-dir writes YAML; it does not go with -o json.")
    if force and not output_dir:
        raise click.UsageError("--force goes with --output-dir.")
    settings = reading_settings(values)
    with interruptible() as interruption:
        exported, errors = _exported(settings, patterns, interruption)
        if interruption.signal is not None:
            return interruption.exit_code
    _show(exported.manifests, output, output_dir, force=force)
    return _exit_code(exported, errors, output)


def _exported(
    settings: Settings, patterns: tuple[str, ...], interruption: Interruption
) -> tuple[Export, tuple[str, ...]]:
    """The manifests, and what could not be read, in words."""
    from vpsync.controller.connect import open_vvp
    from vpsync.export.collect import ExportRequest, collect
    from vpsync.export.export import export
    from vpsync.schema.load import SchemaSet
    from vpsync.ververica.transport import READS

    scope, vvp = settings.scope, settings.vvp
    wanted = ExportRequest(scope.kinds, scope.vvp_namespaces, patterns)
    stop, deadline = interruption.stop, interruption.deadline
    with live_progress() as progress, open_vvp(settings, READS, stop, deadline) as client:
        progress.tell("reading VVP")
        try:
            collected = collect(client, wanted, vvp.edition, settings.concurrency)
        except PlatformError as error:
            text = f"nothing could be exported, VVP at {vvp.platform_url} cannot be read: {error}"
            raise PlatformError(text) from error
    schemas = SchemaSet(kind.name for kind in scope.kinds)
    return export(collected, schemas, scope.owner_id), collected.errors


def _show(
    manifests: tuple[Exported, ...], output: str, directory: str | None, *, force: bool
) -> None:
    from vpsync.export.files import files_of, write_files

    if directory:
        for path in write_files(files_of(manifests, Path(directory)), force=force):
            click.echo(path)
    else:
        print_manifests(manifests, output)


def _exit_code(exported: Export, errors: Sequence[str], output: str) -> int:
    """Says on stderr what is not in the manifests; the exit code."""
    tell_what_is_missing(exported, output, errors)
    if exported.passed_over:
        complain(f"{exported.passed_over} left out: another --owner-id's, or only asked for")
    if not exported.manifests:
        complain("there is nothing to export")
    return ExitCode.PROBLEMS if errors or exported.refused else ExitCode.DONE
