"""The Dockerfile takes what is pinned, and its last step leaves nothing to run but Python."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from image.strip import strip
from vpsync import __version__

ROOT = Path(__file__).resolve().parents[1]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def instructions(word: str) -> list[str]:
    """What follows that word, for each instruction that begins with it."""
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def test_the_label_has_the_version_of_the_package() -> None:
    assert f"VERSION={__version__}" in instructions("ARG")


def test_every_package_is_installed_by_hash_and_vpsync_alone_from_the_checkout() -> None:
    installs = re.findall(r"pip install ([^&]+)", " && ".join(instructions("RUN")))
    packages, checkout = (shlex.split(one) for one in installs)
    assert {"--require-hashes", "--only-binary", "constraints.txt"} <= set(packages)
    assert {"--no-deps", "--no-build-isolation", "."} <= set(checkout)


def test_nobody_runs_it_and_probes_are_kubernetes_own() -> None:
    assert instructions("USER") == ["65534:65534"]
    assert instructions("ENTRYPOINT") == ['["vpsync"]']
    assert instructions("HEALTHCHECK") == []


def test_bases_are_one_argument_with_the_usual_public_name() -> None:
    assert instructions("ARG")[0] == "BASE=python:3.11-slim"
    assert {line.split()[0] for line in instructions("FROM")} == {"${BASE}"}


def test_the_context_has_what_is_copied_and_nothing_else() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in patterns if line.startswith("!")}
    copied = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == let_in
    assert patterns[1] == "*"
    assert any(fnmatch("vpsync/__pycache__", pattern) for pattern in patterns[2:])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small root of an image: a shell, Python, packages of the base, a dangling link."""
    for name in ("bin/sh", "usr/bin/apt", "usr/local/bin/pip3", "usr/local/bin/python3.11",
                 "usr/lib/python3/dist-packages/six.py", "lib/python/site-packages/pip/main.py",
                 "lib/python/site-packages/README.txt", "lib/python/ensurepip/pip.whl",
                 "lib/python/json.py", "etc/passwd"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "usr/bin/awk").symlink_to("/etc/alternatives/awk")
    return tmp_path


def test_of_the_programs_python_alone_remains_and_no_package_of_the_base(root: Path) -> None:
    strip(root, root / "lib/python")
    left = {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    assert left == {"usr/local/bin/python3.11", "lib/python/json.py", "etc/passwd"}


def test_no_machine_is_stripped_by_mistake() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "image/strip.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is for an image" in done.stderr
