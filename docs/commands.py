"""Writes ``docs/commands.md``, the command reference, from the program itself.

``python -m docs.commands`` writes it anew; a test holds the page against the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from vpsync.cli import COMMANDS, main
from vpsync.cli.help import Command, heading_of

PAGE = Path(__file__).with_name("commands.md")

HEADER = """\
# Commands

<!-- Made by `python -m docs.commands` from the program; change that instead. -->

Global flags may stand before or after the command. Each flag can be set by the environment variable
beside it; a flag wins over its variable, and a variable over what `--env-file` reads. A repeatable flag
takes several values from its variable, separated by spaces. Durations are written `90s`, `5m`, `1h30m`
or as plain seconds.

Results go to stdout, everything else to stderr. On a terminal, `--wait` shows what it is waiting for, and at
its end names what is not ready. [Exit codes](exit-codes.md) has what each command ends with.

**Shell completion** of commands, flags and values: `source <(vpsync completion bash)`, the same for zsh, or
`vpsync completion fish | source`. **kubectl** finds vpsync as a plugin, and completes it:
`kubectl vpsync diff -n flink`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((HEADER, *_contents(), *_global_flags(), *_commands()))


def _contents() -> Iterator[str]:
    yield "| Command | What it does |\n| --- | --- |"
    for name, words in COMMANDS.items():
        yield f"| [`{name}`](#vpsync-{name}) | {_cell(words)} |"
    yield ""


def _global_flags() -> Iterator[str]:
    yield "## Global flags\n"
    yield from _table(_options(main))


def _commands() -> Iterator[str]:
    told: dict[str, str] = {}
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command
        yield from _command(name, command)
        yield from _flags(name, command, told)


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"vpsync {name}")
    yield f"## vpsync {name}\n"
    yield f"{_cell(command.help or '')}\n"
    usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
    yield f"```text\n{usage}\n```\n"
    if isinstance(command, Command) and command.examples:
        yield "```console"
        yield from (f"# {words}\n{line}" for words, line in command.examples)
        yield "```\n"
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    for argument in filter(lambda one: one.help, arguments):
        yield f"`{argument.make_metavar(context)}`: {_cell(argument.help or '')}\n"


def _flags(name: str, command: click.Command, told: dict[str, str]) -> Iterator[str]:
    """A table for each heading; one that an earlier command has word for word is only named."""
    groups: dict[str, list[click.Option]] = {}
    for option in _options(command):
        groups.setdefault(heading_of(option), []).append(option)
    groups.pop("Global", None)
    for heading, options in groups.items():
        table = "\n".join(_table(options))
        first = told.setdefault(table, name)
        if first == name:
            yield f"### {heading} of {name}\n"
            yield table
        else:
            link = f"#{heading.lower()}-of-{first}"
            yield f"{heading}: [as of `{first}`]({link}).\n"


def _options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def _table(options: list[click.Option]) -> Iterator[str]:
    yield "| Flag | Variable | Default | What it does |\n| --- | --- | --- | --- |"
    for option in options:
        cells = (_names(option), _variable(option), _default(option), option.help or "")
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    choices: Any = option.type
    values = "|".join(choices.choices) if isinstance(choices, click.Choice) else ""
    return f"{names} `{values or option.metavar or choices.name.upper()}`"


def _variable(option: click.Option) -> str:
    return f"`{option.envvar}`" if option.envvar else ""


def _default(option: click.Option) -> str:
    if option.is_flag or not isinstance(option.default, (str, int, float)) or option.default == "":
        return ""
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
