"""``vpsync crds``: prints the CustomResourceDefinitions."""

from __future__ import annotations

import click

from vpsync.cli.globals import global_options


@click.command("crds", short_help="Print the CustomResourceDefinitions.")
@global_options
def command() -> None:
    """Print the CustomResourceDefinitions, made from the JSON schemas.

    Install or renew them with: vpsync crds | kubectl apply -f -
    """
    from vpsync.crds import crds, to_yaml
    from vpsync.kinds import KINDS

    click.echo(to_yaml(crds(KINDS)), nl=False)
