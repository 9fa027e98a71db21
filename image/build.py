"""Builds the image without a daemon, and prints how large it is and how soon it starts.

    python image/build.py [--base NAME | --base-only] [--tag NAME]

Needs root and buildah. Without ``--base`` it makes a base of its own, with ``debootstrap``: Debian's
Python and nothing that vpsync does not need, for machines that reach Debian's packages and no
registry of images. Whoever reaches one names any image of Python, or lets docker build the
Dockerfile. Storage and the base's files are kept in the cache folder of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEBIAN = "bookworm"
BASE = f"localhost/python:{DEBIAN}"
TAG = "localhost/vpsync:latest"
CERTIFICATES = Path("/etc/ssl/certs")
# What Debian's Python does without; documentation and translations are half of a small root.
UNUSED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man",
          "usr/share/locale", "usr/share/info")  # fmt: skip
ROUNDS = 5


class ImageError(Exception):
    """A step of the build failed; the message has what its program said."""


def cache_folder() -> Path:
    """Where images are kept: beside the other things that tests build once."""
    chosen = os.environ.get("VPSYNC_TEST_CACHE")
    if chosen:
        return Path(chosen).resolve() / "images"
    xdg = os.environ.get("XDG_CACHE_HOME")
    return (Path(xdg).resolve() if xdg else Path.home() / ".cache") / "vpsync-tests" / "images"


def run(command: Sequence[str | Path]) -> str:
    """What a program printed; raises ``ImageError`` with the end of it if it failed."""
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise ImageError(f"{' '.join(map(str, command[:3]))} failed:\n{told}")
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class Images:
    """A storage of images, without a daemon."""

    folder: Path

    def buildah(self, *arguments: str | Path) -> str:
        """What one call of buildah printed."""
        storage = ("--root", self.folder / "storage", "--runroot", self.folder / "run")
        os.environ |= {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
        return run(("buildah", *storage, *arguments))

    def has(self, name: str) -> bool:
        """Whether there is such an image."""
        return bool(self._identity(name))

    def _identity(self, name: str) -> str:
        return self.buildah("images", "--quiet", "--filter", f"reference={name}")

    def size(self, name: str) -> int:
        """Bytes of an image, uncompressed, with its base."""
        manifest = json.loads(
            self.buildah("inspect", "--type", "image", "--format", "{{.Manifest}}", name)
        )
        return sum(layer["size"] for layer in manifest["layers"])

    def make_base(self) -> None:
        """Makes the base from Debian's packages, once."""
        if self.has(BASE):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            root = Path(place) / "root"
            run(("debootstrap", "--variant=minbase",
                 "--include=python3,python3-venv,ca-certificates", DEBIAN, root))  # fmt: skip
            for name in UNUSED:
                run(("find", root / name, "-mindepth", "1", "-delete"))
            tar = Path(place) / "root.tar"
            run(("tar", "-C", root, "-cf", tar, "."))
            container = self.buildah("from", "scratch")
            self.buildah("add", "--quiet", container, tar, "/")
        self.buildah("config", "--cmd", "python3", "--env", "PATH=/usr/bin", container)
        self.buildah("commit", "--quiet", "--rm", container, BASE)

    def build(self, base: str, tag: str) -> None:
        """Builds the Dockerfile; pip trusts what this machine trusts, and the image keeps none of it."""
        before = self._identity(tag)
        self.buildah(
            "build", "--quiet", "--network", "host",
            "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro",
            "--build-arg", f"PIP_CERT={CERTIFICATES}/ca-certificates.crt",
            "--build-arg", f"BASE={base}", "--tag", tag, ROOT,
        )  # fmt: skip
        if before and before != self._identity(tag):
            # It has no name any more.
            self.buildah("rmi", "--force", before)

    @contextmanager
    def mounted(self, name: str) -> Iterator[Path]:
        """The files of an image, as long as the context lasts; what is written there is lost."""
        container = self.buildah("from", name)
        try:
            yield Path(self.buildah("mount", container))
        finally:
            self.buildah("rm", container)


def start_time(root: Path) -> float:
    """Seconds until the program in ``root`` has said its version: the median of a few starts."""
    command = ("chroot", "--userspec=65534:65534", root, "/opt/vpsync/bin/vpsync", "--version")
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run(command)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[ROUNDS // 2]


def report(images: Images, base: str, tag: str) -> str:
    """What an image adds to its base, and how soon it starts."""
    whole, below = images.size(tag), images.size(base)
    with images.mounted(tag) as root:
        seconds = start_time(root)
    return (
        f"{tag}: {(whole - below) / 1e6:.0f} MB beyond its base ({base}, {below / 1e6:.0f} MB), "
        f"vpsync --version in {seconds:.2f} s"
    )


def main() -> int:
    """Builds and reports; 1 if that cannot be done."""
    parser = argparse.ArgumentParser(description="Builds the image with buildah.")
    parser.add_argument(
        "--base", help="an image with Python; default: one made from Debian's packages"
    )
    parser.add_argument("--tag", default=TAG, help=f"the image's name; default: {TAG}")
    parser.add_argument("--base-only", action="store_true", help="make the base and stop")
    given = parser.parse_args()
    images = Images(cache_folder())
    try:
        if given.base is None:
            images.make_base()
        if given.base_only:
            return 0
        images.build(given.base or BASE, given.tag)
        print(report(images, given.base or BASE, given.tag))
    except ImageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
