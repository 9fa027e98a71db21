"""Gives etcd, kube-apiserver and kubectl as files that can be run, and what a node has beside them.

They come from the folder ``KUBEBUILDER_ASSETS`` when that variable is set (``setup-envtest`` makes
such folders); otherwise they are built with ``go`` from the modules ``etcd/`` and ``kube/`` beside
this file and kept in a cache folder: ``$VPSYNC_TEST_CACHE``, else ``$XDG_CACHE_HOME/vpsync-tests``,
else ``~/.cache/vpsync-tests``. A first build takes minutes; ``python binaries.py`` does it ahead of
the tests and prints the three paths; with ``--node`` it builds a node's programs, too, and
``--node-packages`` prints of which Go packages, and builds nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_MODULES = Path(__file__).resolve().parent
_LOG_TAIL_LINES = 30
_KUBERNETES_VERSION = {
    "k8s.io/component-base/version.gitVersion": "{version}",
    "k8s.io/component-base/version.gitMajor": "{major}",
    "k8s.io/component-base/version.gitMinor": "{minor}",
}


class BinariesError(Exception):
    """The binaries can be neither found nor built; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The three programs, each an existing executable file."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path


@dataclass(frozen=True, slots=True)
class NodeBinaries:
    """The programs of a one-node cluster, each an existing executable file."""

    control: Binaries
    kube_controller_manager: Path
    kube_scheduler: Path
    kube_proxy: Path
    kubelet: Path


@dataclass(frozen=True, slots=True)
class _GoModule:
    """A Go module beside this file; its go.mod is the one place that names the version built."""

    folder: Path
    requirement: str
    # File name of each program, and the Go package it is built from.
    programs: dict[str, str]
    # What the linker sets; {version}, {major} and {minor} are those of the requirement.
    stamps: dict[str, str] = field(default_factory=_KUBERNETES_VERSION.copy)

    @property
    def version(self) -> str:
        """Version of ``requirement`` in go.mod, such as ``v1.34.4``."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"^(?:require)?\s*{re.escape(self.requirement)} (v\S+)", text, re.M)
        if found is None:
            raise BinariesError(f"{self.folder / 'go.mod'} does not require {self.requirement}")
        return found[1]

    @property
    def ldflags(self) -> str:
        """Linker flags; they stamp versions, because clients refuse a server without one."""
        major, minor = self.version.removeprefix("v").split(".")[:2]
        known = {"version": self.version, "major": major, "minor": minor}
        stamps = (f"-X {name}={value.format(**known)}" for name, value in self.stamps.items())
        return " ".join(("-s -w", *stamps))

    @property
    def key(self) -> str:
        """Name of the cache folder; differs for every input that can change what is built."""
        digest = hashlib.sha256()
        for part in ("go.mod", "go.sum"):
            digest.update((self.folder / part).read_bytes())
        digest.update(f"{self.programs} {self.ldflags}".encode())
        target = f"{platform.system()}-{platform.machine()}".lower()
        return f"{self.folder.name}-{self.version}-{target}-{digest.hexdigest()[:12]}"


_ETCD = _GoModule(
    _MODULES / "etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}
)
_KUBE = _GoModule(
    _MODULES / "kube",
    "k8s.io/kubernetes",
    {
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    },
)
_NODE = _GoModule(
    _MODULES / "kube",
    "k8s.io/kubernetes",
    {
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet")
    },
)


def find_binaries() -> Binaries:
    """The binaries named by ``KUBEBUILDER_ASSETS``, else those built from source.

    Raises ``BinariesError`` when a file is missing, there is no ``go`` or a build fails.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        return _prebuilt(Path(assets))
    etcd, kube = _built(_ETCD), _built(_KUBE)
    return Binaries(etcd / "etcd", kube / "kube-apiserver", kube / "kubectl")


def find_node_binaries() -> NodeBinaries:
    """The programs of a one-node cluster, of one version of Kubernetes, built from source.

    ``KUBEBUILDER_ASSETS`` is not asked: it has no kubelet. Raises ``BinariesError`` as
    ``find_binaries`` does.
    """
    etcd, kube, node = _built(_ETCD), _built(_KUBE), _built(_NODE)
    return NodeBinaries(
        Binaries(etcd / "etcd", kube / "kube-apiserver", kube / "kubectl"),
        *(node / name for name in _NODE.programs),
    )


def _prebuilt(folder: Path) -> Binaries:
    names = [*_ETCD.programs, *_KUBE.programs]
    missing = [name for name in names if not os.access(folder / name, os.X_OK)]
    if missing:
        raise BinariesError(
            f"KUBEBUILDER_ASSETS is {folder}, which has no executable {', '.join(missing)}"
        )
    absolute = folder.resolve()
    return Binaries(absolute / "etcd", absolute / "kube-apiserver", absolute / "kubectl")


def _built(module: _GoModule) -> Path:
    """The cache folder with the module's programs, built now if it is not there."""
    cache = _cache_folder()
    finished = cache / module.key
    if finished.is_dir():
        return finished
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / f"{module.key}.lock"):
        if not finished.is_dir():
            # Whoever left these has failed or was killed: a running build would hold the lock.
            for stale in cache.glob(f"{module.key}.partial-*"):
                shutil.rmtree(stale, ignore_errors=True)
            # A fresh name, because the go of a killed build may still be writing to the old one.
            partial = Path(tempfile.mkdtemp(prefix=f"{module.key}.partial-", dir=cache))
            _build(module, partial)
            partial.rename(finished)
    return finished


def _cache_folder() -> Path:
    chosen = os.environ.get("VPSYNC_TEST_CACHE")
    if chosen:
        return Path(chosen).resolve()
    xdg = os.environ.get("XDG_CACHE_HOME")
    return (Path(xdg).resolve() if xdg else Path.home() / ".cache") / "vpsync-tests"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; the kernel frees it if this one is killed."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(module: _GoModule, target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise BinariesError(
            "the e2e tests need etcd, kube-apiserver and kubectl: set KUBEBUILDER_ASSETS to a "
            "folder that has them, or install go so that they can be built"
        )
    print(f"building {', '.join(module.programs)} {module.version}", file=sys.stderr, flush=True)
    for name, package in module.programs.items():
        _go_build(go, module, package, target / name)


def _go_build(go: str, module: _GoModule, package: str, output: Path) -> None:
    # fmt: off
    command = [
        go, "build", "-trimpath", "-buildvcs=false", "-ldflags", module.ldflags,
        "-o", str(output), package,
    ]
    # fmt: on
    # Without cgo no C compiler is needed; a go.work above the checkout must not change the build.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    result = subprocess.run(
        command,
        cwd=module.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        tail = "\n".join(result.stdout.splitlines()[-_LOG_TAIL_LINES:])
        raise BinariesError(
            f"go build {package} in {module.folder} failed with exit code "
            f"{result.returncode}:\n{tail}"
        )


def main() -> int:
    """Print the path of each binary, building it first if needed; 1 if that cannot be done."""
    if "--node-packages" in sys.argv[1:]:
        print(*_NODE.programs.values())
        return 0
    try:
        if "--node" in sys.argv[1:]:
            find_node_binaries()
        found = find_binaries()
    except BinariesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(found.etcd, found.kube_apiserver, found.kubectl, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
