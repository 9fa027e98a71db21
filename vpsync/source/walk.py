"""Which files a name stands for; what cannot be followed is told, and never passed over.

A manifest that is not found reads like one that was taken away, and ``--prune`` deletes what it stands
for. So everything in a directory that may hide a manifest is an error: what the system refuses, a link to
nothing, a link to a directory elsewhere, a pipe or a device.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vpsync.errors import SettingsError

SUFFIXES = (".yaml", ".yml", ".json")
"""The suffixes of manifests in a directory, in upper or lower case."""
STDIN = "-"
_FAULTS = {
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file, or the rest of one, that could not be read and may hide a manifest."""

    file: str
    text: str
    """Why it could not be read."""
    line: int = 0
    """From 1; 0 where it is not known."""
    column: int = 0

    def __str__(self) -> str:
        at = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{shown(self.file)}: {at}{self.text}"


def shown(file: str) -> str:
    """A file's name for people."""
    return "stdin" if file == STDIN else file


@dataclass(slots=True)
class FileWalk:
    """Finds the files of names, each once."""

    names: tuple[str, ...]
    known: set[str] = field(default_factory=set)
    """The names that were there once; one that is away later is a fault and no wrong usage."""

    def files(self) -> Iterator[str | UnreadableFile]:
        """The files in the order of the names, within a directory in that of their paths.

        A name that was never there is a :class:`~vpsync.errors.SettingsError`.
        """
        roots = [os.path.realpath(name) for name in self.names if name != STDIN]
        seen: set[str] = set()
        for name in self.names:
            for file in self._at(name, roots):
                if isinstance(file, UnreadableFile) or file == STDIN:
                    yield file
                elif (path := os.path.realpath(file)) not in seen:
                    seen.add(path)
                    yield file

    def _at(self, name: str, roots: list[str]) -> Iterator[str | UnreadableFile]:
        if name == STDIN:
            yield name
            return
        path = Path(name)
        if not path.exists():
            if name not in self.known:
                raise SettingsError(f"{name}: there is no such file or directory")
            yield UnreadableFile(name, "is not there any more; it was there before")
            return
        self.known.add(name)
        if path.is_dir():
            yield from _below(name, roots)
        else:
            yield name


def _below(directory: str, roots: list[str]) -> Iterator[str | UnreadableFile]:
    """The manifests below a directory, and what may hide some."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        yield UnreadableFile(directory, str(error.strerror))
        return
    for name in names:
        yield from _entry(str(Path(directory) / name), name, roots)


def _entry(path: str, name: str, roots: list[str]) -> Iterator[str | UnreadableFile]:
    mode = _mode(path)
    if isinstance(mode, UnreadableFile):
        yield mode
    elif stat.S_ISDIR(mode):
        if not os.path.islink(path):
            yield from _below(path, roots)
        elif not _is_below(os.path.realpath(path), roots):
            yield UnreadableFile(
                path, "is a link to a directory and not followed; name that directory with -f"
            )
    elif not stat.S_ISREG(mode):
        yield UnreadableFile(
            path, f"{_FAULTS.get(stat.S_IFMT(mode), 'is no file')}; name it with -f to read it"
        )
    elif name.lower().endswith(SUFFIXES):
        yield path


def _mode(path: str) -> int | UnreadableFile:
    """The mode of what a path leads to, or why there is none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        linked = os.path.islink(path)
        return UnreadableFile(
            path, "is a link to nothing" if linked else "vanished while it was read"
        )
    except OSError as error:
        return UnreadableFile(path, str(error.strerror))


def _is_below(path: str, roots: list[str]) -> bool:
    """Whether a directory is read anyway, as the versions in a mounted ConfigMap are."""
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)
