"""How ``--help`` reads: examples first, then flags grouped by what they are for.

click lists flags in one row; what is here is all that it takes to group them. It fits terminals from
40 columns on.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from vpsync.render.layout import folded

Example = tuple[str, str]
"""What it does, in a few words, and the command line."""

NARROW = 72
"""Columns below which the words on a flag stand under it."""

VARIABLES = (
    "Each flag can be set by an environment variable: --env-file by VPSYNC_ENV_FILE. A flag wins."
)


class Flag(click.Option):
    """A flag that knows the heading it stands under."""

    def __init__(
        self, *names: Any, heading: str = "Options", narrows: bool = False, **attributes: Any
    ) -> None:
        super().__init__(*names, **attributes)
        self.heading = heading
        self.narrows = narrows
        """Whether a run without it reaches further, so that also its variable must not be empty."""
        if self.metavar is None and isinstance(self.type, (click.IntRange, click.FloatRange)):
            self.metavar = "NUMBER"

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value in its type; one that is empty is wrong usage.

        It comes of a variable that was never set, and would read as if the flag had not been given:
        as all namespaces, or as no limit on anybody.
        """
        source = ctx.get_parameter_source(self.name or "")
        if source is ParameterSource.COMMANDLINE and "" in (value if self.multiple else [value]):
            raise click.BadParameter("must not be empty", ctx, self)
        return super().type_cast_value(ctx, value)

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """The value of the environment variable; an empty one counts as not set, or is wrong usage."""
        if self.narrows and isinstance(self.envvar, str) and os.environ.get(self.envvar) == "":
            raise click.BadParameter(f"{self.envvar} must not be empty; unset it", ctx, self)
        return super().resolve_envvar_value(ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completes paths, where the flag takes one."""
        if self.metavar in ("FILE", "PATH"):
            return [CompletionItem(incomplete, type="file")]
        if self.metavar == "DIR":
            return [CompletionItem(incomplete, type="dir")]
        return super().shell_complete(ctx, incomplete)


def heading_of(option: click.Option) -> str:
    """The heading that a flag stands under; ``--help`` and ``--version`` are click's own."""
    return option.heading if isinstance(option, Flag) else "Global"


class _Formatter(click.HelpFormatter):
    """As wide as the terminal also where that has less than the 50 columns that click asks for."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        columns = min(shutil.get_terminal_size().columns, max_width or 80)
        super().__init__(width=width or max(columns - 2, 30), max_width=max_width)


class _Context(click.Context):
    """The context of a command, with our formatter."""

    formatter_class = _Formatter


class SectionedCommand(click.Command):
    """A command whose flags stand under their headings."""

    context_class = _Context

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """The same in every context: click remembers those of the first one that asks."""
        return ["-h", "--help"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The headings in the order of their first flags, the global ones last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                groups.setdefault(heading_of(param), []).append(record)
        groups["Global"] = groups.pop("Global")
        for heading, rows in groups.items():
            with formatter.section(heading):
                write_rows(formatter, rows)


class Command(SectionedCommand):
    """A command with examples."""

    def __init__(self, *args: Any, examples: Sequence[Example] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the arguments; who names manifests without the flag for them is told of it."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            takes_files = any(param.name == "files" for param in self.params)
            extra = _EXTRA.search(error.message)
            if not takes_files or extra is None:
                raise
            path = shlex.quote(_first_of(extra[1], given))
            # What takes a value is not repeated: it may be an address with a password.
            switches = {
                name
                for param in self.params
                if isinstance(param, click.Option) and param.is_flag
                for name in param.opts
            }
            words = [ctx.command_path, *(word for word in given if word in switches)]
            hint = f"Manifests come with -f: {' '.join(words)} -f {path}"
            raise click.UsageError(f"{error.message.rstrip('.')}. {hint}", ctx) from error

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what the command does, then its examples."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for words, line in self.examples:
                    formatter.write(_rows(words, formatter, "# ", "# ", ""))
                    formatter.write(_rows(line, formatter, "", "    ", " \\"))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes that every flag has an environment variable."""
        formatter.write_paragraph()
        formatter.write_text(VARIABLES)


_EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)", re.DOTALL)
"""How click tells of arguments that a command does not take: all of them, with blanks between them."""


def _first_of(extra: str, given: Sequence[str]) -> str:
    """The first of the arguments too many, as it was given: it may hold blanks itself."""
    matching = [word for word in given if word and f"{extra} ".startswith(f"{word} ")]
    return max(matching, key=len, default="PATH")


def write_rows(formatter: click.HelpFormatter, rows: Sequence[tuple[str, str]]) -> None:
    """Names and the words on them: side by side, or in a narrow terminal one under the other."""
    if formatter.width >= NARROW:
        formatter.write_dl(rows)
        return
    for name, words in rows:
        formatter.write_text(name)
        with formatter.indentation(), formatter.indentation():
            formatter.write_text(words)


def _rows(text: str, formatter: click.HelpFormatter, first: str, later: str, end: str) -> str:
    """A text of a shell in rows that can be copied: comments, or a command line that goes on."""
    margin = " " * formatter.current_indent
    room = max(formatter.width - len(margin) - len(end), 20)
    begin, *others = folded(text, room - len(first), room - len(later), chop=False)
    rows = [first + begin, *(later + row for row in others)]
    return f"{end}\n".join(margin + row for row in rows) + "\n"
