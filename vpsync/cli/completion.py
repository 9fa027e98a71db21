"""``vpsync completion``: the script that makes a shell complete commands, flags and paths."""

from __future__ import annotations

import sys

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from vpsync.cli.globals import global_options
from vpsync.cli.help import Command

EXAMPLES = (
    ("bash, in ~/.bashrc", "source <(vpsync completion bash)"),
    ("zsh, in ~/.zshrc behind compinit", "source <(vpsync completion zsh)"),
    ("fish, in ~/.config/fish/config.fish", "vpsync completion fish | source"),
)


@click.command(
    "completion",
    cls=Command,
    examples=EXAMPLES,
    short_help="Print the shell completion script.",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish",
                help="Shell to print the script for.")  # fmt: skip
@global_options
def command(shell: str) -> None:
    """Print the shell completion script; kubectl vpsync needs none."""
    from vpsync.cli import COMPLETE, main

    completion_class = get_completion_class(shell)
    assert completion_class
    completion = completion_class(main, {}, "vpsync", COMPLETE)
    # Not `completion.source()`: that runs the shell to ask for its version.
    click.echo(completion.source_template % completion.source_vars())


def for_kubectl() -> None:
    """What kubectl asks ``kubectl_complete-vpsync``: the words so far, the last one incomplete.

    The answer is cobra's: one completion a line, with its description behind a tab, then a directive,
    4 for "no file names" (kubectl, pkg/cmd/plugin/plugin_completion.go).
    """
    from vpsync.cli import COMPLETE, main

    *words, incomplete = sys.argv[1:] or [""]
    items = ShellComplete(main, {}, "kubectl vpsync", COMPLETE).get_completions(words, incomplete)
    for item in items:
        if item.type == "plain":
            click.echo(_line(item))
    wants_paths = any(item.type in ("file", "dir") for item in items)
    click.echo(":0" if wants_paths else ":4")


def _line(item: CompletionItem) -> str:
    return f"{item.value}\t{item.help}" if item.help else str(item.value)
