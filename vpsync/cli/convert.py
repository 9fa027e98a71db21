"""``vpsync convert``: objects in the form of VVP's own API, as manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vpsync.cli.globals import flag, global_options
from vpsync.cli.help import Command
from vpsync.cli.telling import complain
from vpsync.model.exit_code import ExitCode

if TYPE_CHECKING:
    from vpsync.export.declare import Export

EXAMPLES = (
    ("what was posted with curl until now", "vpsync convert -f orders.yaml"),
    ("what VVP answered", "cat answer.json | vpsync convert -f -"),
)


@click.command(
    "convert",
    cls=Command,
    examples=EXAMPLES,
    short_help="Make manifests of VVP objects in files.",
)
@flag("-f", "--filename", "files", multiple=True, metavar="PATH",
      help="A file, a directory or - for stdin. Repeatable.")  # fmt: skip
@flag("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True,
      help="Form of the manifests on stdout.")  # fmt: skip
@global_options
def command(files: tuple[str, ...], output: str) -> int:
    """Make Vp* manifests of objects that are in the form of VVP's own API, offline.

    They keep VVP namespace and name, so that a reconcile finds the same objects. What VVP sets itself
    is left out, and so are secrets: a comment says which.
    """
    from vpsync.export.convert import convert
    from vpsync.export.text import json_text, yaml_text
    from vpsync.source.files import Files

    if not files:
        raise click.UsageError("give the files to convert: -f PATH, or -f - for stdin.")
    converted = convert(Files(files))
    manifests = converted.manifests
    as_yaml = "---\n".join(map(yaml_text, manifests))
    text = json_text(manifests) if output == "json" else as_yaml
    # Manifests are UTF-8, whatever the terminal's encoding is.
    click.echo(text.encode(), nl=False)
    return _told(converted, comments=output == "yaml")


def _told(converted: Export, *, comments: bool) -> int:
    """Says on stderr what is not in the manifests; the exit code."""
    for manifest in () if comments else converted.manifests:
        for place in manifest.left_out:
            key = manifest.observed.key
            complain(f"left out of {key}, as it may hold a secret: {place!r}")
    for text in converted.refused:
        complain(text)
    if converted.passed_over:
        complain(f"{converted.passed_over} not in the form of VVP's API, left out")
    if not converted.manifests and not converted.refused:
        complain("there is nothing to convert")
    return ExitCode.PROBLEMS if converted.refused or not converted.manifests else ExitCode.DONE
