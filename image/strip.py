"""Takes what vpsync does not need out of the root that it runs in: the last step of the Dockerfile.

All programs of the base go, but for Python's: shells, package managers, whatever runs as its owner.
So do pip and all other packages of the base's Python, whose standard library is compiled: images of
Python come without, and on a read-only root nobody could do it later. What remains is Python, its
libraries and the base's data.
"""

from __future__ import annotations

import compileall
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")
PACKAGES = ("usr/lib/python3/dist-packages", "usr/share/python-wheels")


def programs(root: Path) -> Iterator[Path]:
    """Every program below ``root``, but for Python."""
    for folder in PROGRAMS:
        for path in sorted((root / folder).glob("*")):
            if not path.name.startswith("python"):
                yield path


def strip(root: Path, library: Path) -> None:
    """Takes programs and packages away; ``library`` is the folder of the standard library."""
    for path in programs(root):
        path.unlink(missing_ok=True)
    for folder in (library / "ensurepip", *(root / name for name in PACKAGES)):
        shutil.rmtree(folder, ignore_errors=True)
    for path in (library / "site-packages").glob("*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    """Strips the root of this process, where the Dockerfile has put this file."""
    if Path(__file__).resolve().parent != Path("/"):
        sys.exit("this takes away the programs of the machine that it runs on: it is for an image")
    library = Path(sysconfig.get_path("stdlib"))
    strip(Path("/"), library)
    Path(__file__).unlink()
    sys.exit(not compileall.compile_dir(library, quiet=1))


if __name__ == "__main__":
    main()
