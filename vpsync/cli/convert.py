"""``vpsync convert``: objects in the form of VVP's own API, as manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vpsync.cli.globals import flag, global_options
from vpsync.cli.help import Command
from vpsync.cli.manifests import print_manifests, tell_what_is_missing
from vpsync.cli.telling import complain
from vpsync.model.exit_code import ExitCode

if TYPE_CHECKING:
    from vpsync.export.declare import Export

EXAMPLES = (
    ("files that were posted with curl", "vpsync convert -f orders.yaml"),
    ("an answer of VVP", "cat answer.json | vpsync convert -f -"),
)


@click.command(
    "convert",
    cls=Command,
    examples=EXAMPLES,
    short_help="Convert raw VVP objects to manifests.",
)
@flag("-f", "--filename", "files", multiple=True, metavar="PATH",
      help="A file, a directory or - for stdin. Repeatable.")  # fmt: skip
@flag("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True,
      help="Format of the manifests on stdout.")  # fmt: skip
@global_options
def command(files: tuple[str, ...], output: str) -> int:
    """Convert objects in the format of VVP's own API to Vp* manifests, offline.

    They keep VVP namespace and name, so that a reconcile finds the same objects. What VVP sets itself
    is left out, and so are secrets: a comment says which.
    """
    from vpsync.export.convert import convert
    from vpsync.source.files import Files

    if not files:
        raise click.UsageError("give the files to convert: -f PATH, or -f - for stdin.")
    converted = convert(Files(files))
    print_manifests(converted.manifests, output)
    return _exit_code(converted, output)


def _exit_code(converted: Export, output: str) -> int:
    """Says on stderr what is not in the manifests; the exit code."""
    tell_what_is_missing(converted, output)
    if converted.passed_over:
        complain(f"{converted.passed_over} not in the form of VVP's API, left out")
    if not converted.manifests and not converted.refused:
        complain("there is nothing to convert")
    return ExitCode.PROBLEMS if converted.refused or not converted.manifests else ExitCode.DONE
