"""``vpsync crds``: prints the CustomResourceDefinitions."""

from __future__ import annotations

import click

from vpsync.cli.globals import global_options
from vpsync.cli.help import Command

EXAMPLES = (("install or upgrade them", "vpsync crds | kubectl apply -f -"),)


@click.command(
    "crds", cls=Command, examples=EXAMPLES, short_help="Print the CustomResourceDefinitions."
)
@global_options
def command() -> None:
    """Print the CustomResourceDefinitions, made from the JSON schemas."""
    from vpsync.kinds import KINDS
    from vpsync.schema.crds import crds, to_yaml

    click.echo(to_yaml(crds(KINDS)), nl=False)
