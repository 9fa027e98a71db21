"""Flags of every command, which may stand before or after its name."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from vpsync.cli.help import Flag
from vpsync.cli.telling import JsonLine
from vpsync.errors import SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class AddFlag:
    """Gives a command a flag."""

    names: tuple[str, ...]
    attributes: Mapping[str, Any]
    heading: str = "Options"
    """The heading above the flag in the help."""

    def __call__(self, command: Command) -> Command:
        """The command with the flag, which the environment variable ``VPSYNC_<FLAG>`` sets too."""
        long = next(name for name in self.names if name.startswith("--")).removeprefix("--")
        variable = f"VPSYNC_{long.upper().replace('-', '_')}"
        option = click.option(
            *self.names, cls=Flag, heading=self.heading, envvar=variable, **self.attributes
        )
        return option(command)


def flag(*names: str, **attributes: Any) -> AddFlag:
    """A flag with the attributes of a click option."""
    return AddFlag(names, attributes)


def under(heading: str, *flags: AddFlag) -> tuple[AddFlag, ...]:
    """Flags that stand together in the help."""
    return tuple(replace(one, heading=heading) for one in flags)


def is_debug() -> bool:
    """Whether ``--debug`` was given."""
    return logging.getLogger("vpsync").isEnabledFor(logging.DEBUG)


def global_options(command: Command) -> Command:
    """Adds the flags; they take effect as soon as they are read."""
    for option in reversed(_GLOBAL):
        command = option(command)
    return command


def color_wanted() -> bool:
    """Whether colour is wanted where there is a terminal."""
    return not os.environ.get("NO_COLOR")


Callback = Callable[[click.Context, click.Parameter, Any], None]


def _by_flag_first(callback: Callback) -> Callback:
    """Lets a flag win over its variable, whichever side of the command's name it stands on.

    Both the program and the command take these flags. A variable is taken once, by the command, which comes
    last, and only where no flag was given on either side.
    """

    def wrapped(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        source = ctx.get_parameter_source(param.name or "")
        given = ctx.meta.setdefault(_GIVEN, set())
        if source is ParameterSource.COMMANDLINE:
            given.add(param.name)
        elif isinstance(ctx.command, click.Group) or param.name in given:
            return
        callback(ctx, param, value)

    return wrapped


_GIVEN = "vpsync.cli.globals"
"""Where the contexts of a run keep the names of the flags that were given."""


def _load_environment(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if not value:
        return
    from vpsync.cli.env_file import load_environment

    try:
        load_environment(value)
    except SettingsError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def _debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    _handler()
    if value:
        logging.getLogger("vpsync").setLevel(logging.DEBUG)


def _log_format(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value:
        _handler().setFormatter(JsonLine() if value == "json" else _text())


def _no_color(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        os.environ["NO_COLOR"] = "1"


def _handler() -> logging.Handler:
    """The one handler of our logger, made at the first call."""
    logger = logging.getLogger("vpsync")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_text())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return logger.handlers[0]


def _text() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")


_GLOBAL = under(
    "Global",
    flag("--env-file", metavar="FILE", expose_value=False, is_eager=True,
         callback=_by_flag_first(_load_environment),
         help="Read environment variables from FILE; variables already set win."),
    flag("--debug", is_flag=True, expose_value=False, callback=_by_flag_first(_debug),
         help="Log every request, and show tracebacks."),
    flag("--log-format", type=click.Choice(["text", "json"]), expose_value=False,
         callback=_by_flag_first(_log_format), help="Format of log lines on stderr (default: text)."),
    flag("--no-color", is_flag=True, expose_value=False, callback=_by_flag_first(_no_color),
         help="No colour, also by NO_COLOR."),
)  # fmt: skip
