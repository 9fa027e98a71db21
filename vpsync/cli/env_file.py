"""The file of ``--env-file``: variables for a run, all of them understood or none taken."""

from __future__ import annotations

import io
import os
from pathlib import Path

from vpsync.errors import SettingsError


def load_environment(name: str) -> None:
    """Sets the variables of a file that the environment does not have.

    :class:`~vpsync.errors.SettingsError` where a line is none, with its number and without its text,
    which may hold a token.
    """
    from dotenv.parser import parse_stream

    variables: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(_text(name))):
        blank = binding.original.string
        line = binding.original.line + blank[: len(blank) - len(blank.lstrip())].count("\n")
        if binding.error or (binding.key is not None and not _fits(binding.key, binding.value)):
            raise SettingsError(f"{name}: line {line} is no NAME=value")
        if binding.key is not None and binding.value is not None:
            variables[binding.key] = binding.value
    for key, value in variables.items():
        os.environ.setdefault(key, value)


def _fits(key: str, value: str | None) -> bool:
    """Whether an environment can hold it (POSIX, "Environment Variables")."""
    return value is not None and "=" not in key and "\0" not in key + value


def _text(name: str) -> str:
    try:
        data = Path(name).read_bytes()
    except FileNotFoundError:
        raise SettingsError(f"{name}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{name}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"{name}: line {line} is not UTF-8 text; save the file as UTF-8"
        ) from None
