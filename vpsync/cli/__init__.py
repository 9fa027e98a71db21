"""The command line: one module per command; flags in, exit code out, nothing else.

Commands are imported when they are called, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback

import click

from vpsync import __version__
from vpsync.cli.globals import global_options, is_debug
from vpsync.errors import ClusterUnreachable, PlatformUnreachable, SettingsError, VpsyncError

COMMANDS = {
    "reconcile": "Make VVP match the Vp* resources, once or in a loop.",
    "diff": "Show what reconcile would do; cannot write.",
    "validate": "Check manifests offline, against the schemas and rules.",
    "crds": "Print the CustomResourceDefinitions.",
    "sandbox": "Run a local VVP simulator to try things out.",
}
"""Every command with its one-line help, in the order of ``--help``."""

UNREACHABLE = 5
PROBLEMS = 3
USAGE = 2


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in their order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"vpsync.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 changes (diff --exit-code), 2 wrong usage, 3 some resources failed, "
    "4 held back, 5 nothing could be decided, 130 and 143 interrupted.",
)
@click.version_option(__version__, prog_name="vpsync", message="%(prog)s %(version)s")
@global_options
def main() -> None:
    """Make Ververica Platform match Vp* Kubernetes custom resources."""


def run() -> None:
    """Runs the command line; every expected failure becomes one line and an exit code."""
    try:
        code = main.main(prog_name="vpsync", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except VpsyncError as error:
        code = _told(error)
    except (BrokenPipeError, SystemExit):
        # The reader is gone (`| head`; click and rich turn that into SystemExit): end quietly, and
        # keep the interpreter from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: VpsyncError) -> int:
    click.echo(f"vpsync: {error}", err=True)
    if is_debug():
        traceback.print_exc()
    if isinstance(error, SettingsError):
        return USAGE
    return UNREACHABLE if isinstance(error, (ClusterUnreachable, PlatformUnreachable)) else PROBLEMS


def _unexpected(error: Exception) -> int:
    """A fault of vpsync itself: one line, and the traceback only for those who ask for it."""
    if is_debug():
        traceback.print_exc()
    text = f"vpsync: unexpected {type(error).__name__}; this is a fault of vpsync"
    click.echo(
        f"{text}{'' if is_debug() else ', run again with --debug for the details'}", err=True
    )
    return PROBLEMS
