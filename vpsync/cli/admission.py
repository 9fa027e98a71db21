"""``vpsync admission``: prints the admission policies."""

from __future__ import annotations

import click

from vpsync.cli.globals import global_options
from vpsync.cli.help import Command

EXAMPLES = (("install or upgrade them", "vpsync admission | kubectl apply -f -"),)


@click.command(
    "admission",
    cls=Command,
    examples=EXAMPLES,
    short_help="Print admission policies that warn about typos.",
)
@global_options
def command() -> None:
    """Print the admission policies, made from the JSON schemas.

    With them the API server (Kubernetes 1.30 or later) warns about a field that resembles a known one, a
    value that VVP does not have, and an annotation of vpsync's that does not exist. Nothing is refused.
    """
    from vpsync.kinds import KINDS
    from vpsync.schema.admission import policies
    from vpsync.schema.crds import to_yaml

    click.echo(to_yaml(policies(KINDS), "vpsync admission"), nl=False)
