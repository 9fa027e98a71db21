"""``vpsync validate``: files against the schemas and rules, without a cluster and without VVP."""

from __future__ import annotations

import sys

import click
from click.core import ParameterSource

from vpsync.cli.globals import color_wanted, flag, global_options
from vpsync.cli.help import Command
from vpsync.cli.streams import unfiltered
from vpsync.cli.telling import mention
from vpsync.model.exit_code import ExitCode
from vpsync.model.finding import LintReport, Severity
from vpsync.model.releases import Release, release_in

EXAMPLES = (
    ("a directory and all below it", "vpsync validate manifests/"),
    (
        "the output of a chart or an overlay",
        "kustomize build overlays/production | vpsync validate -",
    ),
    ("on a pull request: warnings fail, too", "vpsync validate --strict -o github manifests/"),
)


@click.command(
    "validate",
    cls=Command,
    examples=EXAMPLES,
    short_help="Check manifests offline, against the schemas and rules.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(),
                help="A file, a directory, or - for stdin.")  # fmt: skip
@flag("-f", "--filename", "files", multiple=True, metavar="PATH",
      help="The same, as a flag. Repeatable.")  # fmt: skip
@flag("-n", "--watch-namespace", "namespace", default="", metavar="NAME",
      help="Kubernetes namespace of manifests that name none; manifests must not name another.")  # fmt: skip
@flag("--strict", is_flag=True,
      help="Report unknown fields and fields that VVP sets itself; treat warnings as errors.")  # fmt: skip
@flag("--vvp-version", "version", default="", metavar="VERSION",
      help="Also check against this VVP release, such as 2.5: fields that it lacks are errors.")  # fmt: skip
@flag("-o", "--output", type=click.Choice(["text", "json", "github"]), default="text",
      show_default=True, help="Format of the findings on stdout.")  # fmt: skip
@global_options
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    files: tuple[str, ...],
    namespace: str,
    strict: bool,
    version: str,
    output: str,
) -> int:
    """Check manifests offline for what a reconcile would refuse and for likely mistakes."""
    from vpsync.cli.settings_from_flags import check_namespace
    from vpsync.kinds import KINDS
    from vpsync.lint.check import validate
    from vpsync.schema.load import SchemaSet

    if paths and ctx.get_parameter_source("files") is ParameterSource.ENVIRONMENT:
        files = ()
    names = (*paths, *files)
    if not names:
        raise click.UsageError("give the files or directories to check, or - for stdin.")
    if "" in names:
        raise click.UsageError("a PATH must not be empty.")
    if namespace:
        check_namespace("-n", namespace)
    release = _release(version) if version else None
    schemas = SchemaSet(kind.name for kind in KINDS)
    report = validate(names, schemas, strict=strict, release=release, namespace=namespace)
    _show(report, output)
    return ExitCode.PROBLEMS if _fails(report, strict) else ExitCode.DONE


def _release(version: str) -> Release:
    """The release that a flag names; a minor one without a patch, as 2.15, is its newest."""
    release = release_in(version)
    if release is None or release[0] != 2:
        raise click.UsageError(f"--vvp-version {version}: give a release of VVP 2.x, such as 2.8.")
    return release


def _fails(report: LintReport, strict: bool) -> bool:
    return bool(report.findings if strict else report.count(Severity.ERROR))


def _show(report: LintReport, form: str) -> None:
    from vpsync.render.lint import (
        lint_as_json,
        lint_as_text,
        lint_for_github,
        summary,
    )

    if form == "json":
        sys.stdout.write(lint_as_json(report))
    elif form == "github":
        unfiltered(sys.stdout).write(lint_for_github(report))
        mention(summary(report))
    else:
        color = sys.stdout.isatty() and color_wanted()
        sys.stdout.write(lint_as_text(report, color=color))
