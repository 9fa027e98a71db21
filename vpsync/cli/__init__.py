"""The command line: one module per command; flags in, exit code out, nothing else.

Commands are imported when they are called, so that ``--help`` and ``--version`` are quick.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
import traceback
from typing import TextIO

import click
from click.shell_completion import CompletionItem

from vpsync import __version__
from vpsync.cli.globals import global_options, is_debug
from vpsync.cli.help import VARIABLES, SectionedCommand, write_rows
from vpsync.cli.streams import close_stdout, safe_streams
from vpsync.cli.telling import complain, logs_json
from vpsync.errors import OutOfThreads, RequestError, SettingsError, VpsyncError, lacks_threads
from vpsync.model.exit_code import ExitCode
from vpsync.redact.credentials import without_credentials

COMMANDS = {
    "reconcile": "Make VVP match the Vp* resources, once or in a loop.",
    "diff": "Show what reconcile would do; cannot write.",
    "validate": "Check manifests offline, against the schemas and rules.",
    "get": "List resources with their state and conditions.",
    "doctor": "Check VVP, cluster, permissions, tokens and clocks.",
    "export": "Print existing VVP objects as manifests.",
    "convert": "Convert raw VVP objects to manifests.",
    "release": "Stop managing: remove finalizers and markers.",
    "crds": "Print the CustomResourceDefinitions.",
    "admission": "Print admission policies that warn about typos.",
    "schema": "Print the JSON schemas, for editors.",
    "completion": "Print the shell completion script.",
    "sandbox": "Run a local VVP simulator to try things out.",
}
"""Every command with its one-line help, in the order of ``--help``."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
"""Why a stream takes no more text: the disk is full or broken, or the stream was closed."""

COMPLETE = "_VPSYNC_COMPLETE"
"""The variable by which a shell asks for completions, whatever name the program was called by."""


class _LazyGroup(SectionedCommand, click.Group):
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds a command; for a mistyped one, says what was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            name = error.command_name
            raise click.exceptions.NoSuchCommand(name, possibilities=COMMANDS, ctx=ctx) from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, which are not imported for it, then the flags."""
        with formatter.section("Commands"):
            write_rows(formatter, list(COMMANDS.items()))
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, which are not imported for it, and the flags."""
        named = [
            CompletionItem(name, help=words)
            for name, words in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{VARIABLES}\n\nExit codes: 0 done, 1 changes (diff --exit-code), 2 wrong usage, "
    "3 some resources failed, 4 held back, 5 nothing could be decided, 130 and 143 interrupted.",
)
@click.version_option(__version__, prog_name="vpsync", message="%(prog)s %(version)s")
@global_options
def main() -> None:
    """Make Ververica Platform match Vp* Kubernetes custom resources."""


def run(name: str = "vpsync") -> None:
    """Runs the command line; every expected failure becomes one line and an exit code.

    ``name`` is what the user typed, for the usage lines.
    """
    _make_writable(sys.stdout)
    _make_writable(sys.stderr)
    with safe_streams():
        code = _run(name)
    sys.exit(code if isinstance(code, int) else 0)


def _run(name: str) -> object:
    """What a command returned, or the exit code of its failure."""
    code: object
    try:
        code = main.main(prog_name=name, complete_var=COMPLETE, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = ExitCode.INTERRUPTED
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except VpsyncError as error:
        code = _code_of(error)
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and COMPLETE in os.environ:
            raise
        # The reader is gone (`| head`; click and rich turn that into SystemExit): end quietly.
        close_stdout()
        code = ExitCode.DONE
    except Exception as error:
        code = _broken_off(error)
    return code


def _broken_off(error: Exception) -> ExitCode:
    """The exit code of what no command expects: what the machine lacks, or a fault of vpsync."""
    if lacks_threads(error):
        return _code_of(OutOfThreads())
    if not isinstance(error, OSError) or error.errno not in _FULL:
        return _unexpected(error)
    close_stdout()
    complain(f"stdout cannot be written: {error.strerror}")
    return ExitCode.PROBLEMS


def _make_writable(stream: TextIO) -> None:
    """Lets a stream take any text: a pipe as UTF-8, a terminal by number where it lacks a character."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    if stream.isatty():
        stream.reconfigure(errors="backslashreplace")
    else:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _show(error: click.ClickException) -> None:
    """Wrong usage: with the usage line for people, in one line for a log."""
    if logs_json():
        complain(error.format_message())
    else:
        error.show()


def _code_of(error: VpsyncError) -> ExitCode:
    complain(str(error))
    _trace()
    if isinstance(error, SettingsError):
        return ExitCode.USAGE
    away = isinstance(error, RequestError)
    return ExitCode.UNREACHABLE if away else ExitCode.PROBLEMS


def _trace() -> None:
    """The traceback of the error at hand, for those who ask for it."""
    if is_debug():
        click.echo(without_credentials(traceback.format_exc()), err=True, nl=False)


def _unexpected(error: Exception) -> ExitCode:
    """A fault of vpsync itself: one line, and the traceback only for those who ask for it."""
    _trace()
    text = f"unexpected {type(error).__name__}; this is a fault of vpsync"
    complain(f"{text}{'' if is_debug() else ', run again with --debug for the details'}")
    return ExitCode.PROBLEMS
