"""Files that are written: reports, plans and exported manifests. Each is replaced at once, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

_STREAMS = ("/dev", "/proc")
"""Where links lead to open streams, such as ``/dev/stdout``; no other file takes their place."""


def replace_file(path: Path, text: str) -> None:
    """Puts a file with this text, in UTF-8, in the place of what is there.

    No reader finds half of it, and a write that fails leaves nothing behind. A link is replaced and
    never written through; a pipe or a device is written to. A new file has the rights that the umask
    leaves, a file that was there keeps its own. Raises ``OSError``.
    """
    if is_stream(path):
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        return
    aside = path.parent / f".vpsync-{secrets.token_hex(8)}"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            if path.is_file() and not path.is_symlink():
                os.fchmod(handle, stat.S_IMODE(path.stat().st_mode))
            file.write(text)
            file.flush()
            # A disk that is full may say so only now.
            os.fsync(handle)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def is_stream(path: Path) -> bool:
    """Whether a path leads to a pipe, a device or a stream of this process."""
    home = Path(os.path.realpath(path.parent))
    if any(home.is_relative_to(place) for place in _STREAMS):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()
