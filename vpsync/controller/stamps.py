"""Whether files changed, without reading them: a mounted Secret changes by a link to other files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

Stamp = tuple[int, int, int, int]
"""Device, inode, size and time of change."""


def _stamp_of(path: str) -> Stamp | None:
    """What tells one content of a file from another; None where there is no file."""
    try:
        stats = os.stat(path)
    except OSError:
        return None
    return stats.st_dev, stats.st_ino, stats.st_size, stats.st_mtime_ns


def stamps_of(paths: Iterable[str]) -> Mapping[str, Stamp | None]:
    """The stamp of each file, by its path: equal as long as none of them changed."""
    return {path: _stamp_of(path) for path in paths}
