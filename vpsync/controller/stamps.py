"""Whether a file changed, without reading it: a mounted Secret changes by a link to other files."""

from __future__ import annotations

import os

Stamp = tuple[int, int, int, int]
"""Device, inode, size and time of change."""


def stamp_of(path: str) -> Stamp | None:
    """What tells one content of a file from another; None where there is no file."""
    try:
        stats = os.stat(path)
    except OSError:
        return None
    return stats.st_dev, stats.st_ino, stats.st_size, stats.st_mtime_ns
