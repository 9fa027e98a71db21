"""Gives helm as a file that can be run: built from the Go module ``helm/``, like the server beside it.

``PYTHONPATH=tests python -m e2e.apiserver.helm_binary`` builds it ahead of the tests and prints its path.
Where there is no ``go``, the helm on the path is taken. With ``unittest`` behind it, it does the same for
helm-unittest, which runs the suites in the folder ``tests`` of a chart, and needs a newer ``go``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .binaries import _MODULES, BinariesError, _built, _cache_folder, _GoModule

_HELM = _GoModule(
    _MODULES / "helm",
    "helm.sh/helm/v3",
    {"helm": "helm.sh/helm/v3/cmd/helm"},
    {
        "helm.sh/helm/v3/internal/version.version": "{version}",
        # Which Kubernetes `helm template` and `helm lint` stand in for: that of k8s.io/client-go in go.mod.
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "34",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "34",
    },
)


_UNITTEST = _GoModule(
    _MODULES / "unittest",
    "github.com/helm-unittest/helm-unittest",
    {"helm-unittest": "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"},
    {},
)


def unittest_at_hand() -> Path | None:
    """helm-unittest as it can be had at once: built before, or on the path."""
    cached = _cache_folder() / _UNITTEST.key / "helm-unittest"
    if cached.is_file():
        return cached
    found = shutil.which("helm-unittest")
    return Path(found) if found else None


def find_helm() -> Path:
    """helm, built from source where there is ``go``, else the one on the path.

    Raises ``BinariesError`` when there is neither, or the build fails.
    """
    at_hand = helm_at_hand()
    if at_hand is not None:
        return at_hand
    if shutil.which("go") is None:
        raise BinariesError("the tests of the charts need helm: install it, or go to build it with")
    return _built(_HELM) / "helm"


def helm_at_hand() -> Path | None:
    """helm as it can be had at once: built before, or on the path where there is no ``go``."""
    cached = _cache_folder() / _HELM.key / "helm"
    if cached.is_file():
        return cached
    found = shutil.which("helm") if shutil.which("go") is None else None
    return Path(found) if found else None


def main() -> int:
    """Print the path of helm, or of helm-unittest, building it first if needed; 1 if that cannot be done."""
    try:
        if sys.argv[1:] == ["unittest"]:
            print(unittest_at_hand() or _built(_UNITTEST) / "helm-unittest")
        else:
            print(find_helm())
    except BinariesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
