"""``vpsync schema``: the JSON schemas, for editors."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from vpsync.cli.globals import global_options
from vpsync.cli.help import Command

EXAMPLES = (
    ("one file for all kinds, for the settings of an editor", "vpsync schema > vpsync.schema.json"),
    ("one kind, to be named in the first line of a manifest", "vpsync schema VpDeployment"),
)


def _kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from vpsync.kinds import BY_NAME

    return [CompletionItem(name) for name in BY_NAME if name.lower().startswith(incomplete.lower())]


@click.command(
    "schema", cls=Command, examples=EXAMPLES, short_help="Print the JSON schemas, for editors."
)
@click.argument("kind", default="", metavar="[KIND]", shell_complete=_kinds,
                help="For example VpDeployment; without it, all kinds in one schema.")  # fmt: skip
@global_options
def command(kind: str) -> None:
    """Print the JSON schemas with which editors complete and check manifests."""
    import json

    from vpsync.kinds import BY_NAME
    from vpsync.schema.load import combined, load_schema

    by_label = {name.lower(): name for name in BY_NAME}
    if kind and kind.lower() not in by_label:
        raise click.UsageError(f"there is no kind {kind!r}; choose one of {', '.join(BY_NAME)}.")
    schema = load_schema(by_label[kind.lower()]) if kind else combined(BY_NAME)
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
