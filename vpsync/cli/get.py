"""``vpsync get``: resources and what their statuses say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from click.core import ParameterSource

from vpsync.cli.globals import flag
from vpsync.cli.help import Command
from vpsync.cli.options import KINDS, KUBECONFIG, NAMESPACES, SELECTION, with_options
from vpsync.cli.resource_arguments import ResourceSelection, asked_for, short_kinds
from vpsync.cli.settings_from_flags import reading_settings
from vpsync.cli.signals import Interruption, interruptible
from vpsync.cli.telling import complain
from vpsync.model.exit_code import ExitCode
from vpsync.render.json import json_text
from vpsync.render.layout import terminal_width
from vpsync.render.resource_table import Columns, columns_for, table
from vpsync.render.resources import ResourceRow, resource_name, rows_as_json, rows_of
from vpsync.settings import Scope, Settings

Look = Callable[[], tuple[Sequence[ResourceRow], Sequence[str]]]
"""The rows that there are, and what could not be read, in words."""

EXAMPLES = (
    ("all kinds in all namespaces", "vpsync get"),
    ("one kind in one namespace", "vpsync get vpdeployments -n orders"),
    ("follow one resource", "vpsync get vpd orders-enrichment -n orders -w"),
)


@click.command(
    "get",
    cls=Command,
    examples=EXAMPLES,
    short_help="List resources with their state and conditions.",
)
@click.argument("words", nargs=-1, metavar="[KIND [NAME]...]")
@flag("-o", "--output", type=click.Choice(["text", "wide", "json", "yaml", "name"]), default="text",
      show_default=True, help="Format of the list on stdout.")  # fmt: skip
@flag("-w", "--watch", is_flag=True, help="Watch for changes until interrupted.")
@with_options(NAMESPACES, SELECTION, KINDS, KUBECONFIG)
@click.pass_context
def command(
    ctx: click.Context, /, words: tuple[str, ...], output: str, watch: bool, **values: Any
) -> int:
    """List resources and what their statuses say: state, conditions, drift, VVP object, age.

    Reads only the cluster; VVP is not contacted. KIND is a kind as kubectl takes it, also in
    its short form or as KIND/NAME.
    """
    if words and ctx.get_parameter_source("kinds") is ParameterSource.COMMANDLINE:
        raise click.UsageError("give KIND, or --kinds; not both.")
    if watch and output not in ("text", "wide"):
        raise click.UsageError("-w goes with -o text and -o wide.")
    settings = reading_settings(values)
    asked = asked_for(words, settings.scope.kinds)
    scope = replace(settings.scope, kinds=asked.kinds)
    with interruptible(ExitCode.DONE if watch else None) as interruption:
        look = _looking(replace(settings, scope=scope), asked, interruption)
        if watch:
            return _watched(look, scope, interruption, wide=output == "wide")
        rows, errors = look()
        if interruption.signal is not None:
            return interruption.exit_code
    _show(rows, output, scope)
    missing = [*errors, *asked.missing(row.key for row in rows)]
    if not rows and not missing:
        complain("there are no such resources")
    for text in missing:
        complain(text)
    return ExitCode.PROBLEMS if missing else ExitCode.DONE


def _looking(settings: Settings, asked: ResourceSelection, interruption: Interruption) -> Look:
    """What lists the resources that were asked for."""
    from vpsync.cluster.client import Reader
    from vpsync.controller.connect import open_cluster
    from vpsync.source.cluster import read_cluster

    scope, names = settings.scope, short_kinds()
    reader = open_cluster(settings, Reader, interruption.stop, interruption.deadline)

    def look() -> tuple[list[ResourceRow], list[str]]:
        sourced = read_cluster(reader.list_kind, scope.kinds, scope.namespaces)
        wanted = (one for one, _ in sourced.manifests if asked.wants(one.key))
        return rows_of(wanted, names), sourced.errors

    return look


def _show(rows: Sequence[ResourceRow], output: str, scope: Scope) -> None:
    if output == "json":
        sys.stdout.write(json_text(rows_as_json(rows)))
    elif output == "yaml":
        from vpsync.render.yaml import yaml_text

        sys.stdout.write(yaml_text(rows_as_json(rows)))
    elif output == "name":
        for row in rows:
            click.echo(resource_name(row.key))
    elif rows:
        _print(rows, scope, wide=output == "wide")


def _print(rows: Sequence[ResourceRow], scope: Scope, *, wide: bool) -> None:
    now = datetime.now(UTC)
    for line in table(rows, _columns(rows, scope, now, wide=wide), now):
        click.echo(line)


def _watched(look: Look, scope: Scope, interruption: Interruption, *, wide: bool) -> int:
    """Prints rows as they change; to be interrupted is its normal end."""
    from vpsync.controller.watch import changes

    columns = None
    for rows in changes(look, interruption.stop):
        now = datetime.now(UTC)
        is_first = columns is None
        columns = columns or _columns(rows, scope, now, wide=wide)
        for line in table(rows, columns, now, header=is_first):
            click.echo(line)
        sys.stdout.flush()
    return ExitCode.DONE


def _columns(rows: Sequence[ResourceRow], scope: Scope, now: datetime, *, wide: bool) -> Columns:
    return columns_for(
        rows,
        now,
        one_namespace=len(scope.namespaces) == 1,
        one_kind=len(scope.kinds) == 1,
        wide=wide,
        width=terminal_width(sys.stdout),
    )
