"""Files that commands write and read: reports, and plans that somebody reviews in between."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vpsync.errors import SettingsError
from vpsync.model.json import Json
from vpsync.render.files import is_stream, replace_file
from vpsync.render.json import FORMAT_VERSION, TOOL
from vpsync.render.reviewed import read_plan

LEAST_KEY = 32
"""Bytes: the digests of a plan can be tried against, so its key must not be one to guess."""


def check_writable(flag: str, name: str | None) -> None:
    """Before anything is done: whether a file can be written; :class:`SettingsError` where not."""
    if name is None:
        return
    path = Path(name)
    if path.is_dir():
        raise SettingsError(f"{flag} {name}: is a directory; name a file")
    place = path if is_stream(path) else path.absolute().parent
    if not place.exists():
        raise SettingsError(f"{flag} {name}: there is no directory {place}")
    if not os.access(place, os.W_OK):
        raise SettingsError(f"{flag} {name}: {place} cannot be written")


def write_file(flag: str, name: str, text: str) -> None:
    """Writes a file; :class:`SettingsError` where that cannot be done."""
    try:
        replace_file(Path(name), text)
    except OSError as error:
        raise SettingsError(f"{flag} {name}: {error.strerror}") from error


def plan_key(name: str | None) -> bytes:
    """The key of ``--plan-key-file``, empty where there is none; :class:`SettingsError` for a short one."""
    if name is None:
        return b""
    try:
        key = Path(name).read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"--plan-key-file {name}: {error.strerror}") from error
    if len(key) < LEAST_KEY:
        raise SettingsError(
            f"--plan-key-file {name}: holds less than {LEAST_KEY} bytes; use random ones"
        )
    return key


def reviewed_plan(name: str | None, owner_id: str) -> Mapping[str, Json] | None:
    """The plan of ``--plan``, if there is one; :class:`SettingsError` where it cannot be carried out."""
    if name is None:
        return None
    try:
        text = Path(name).read_text(encoding="utf-8")
        return read_plan(text, tool=TOOL, format_version=FORMAT_VERSION, owner_id=owner_id)
    except OSError as error:
        raise SettingsError(f"--plan {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--plan {name}: is not UTF-8 text") from error
    except SettingsError as error:
        raise SettingsError(f"--plan {name} {error}") from error
