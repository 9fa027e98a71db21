"""Fixtures of the tests that need a real Kubernetes API server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from vpsync.sandbox import Sandbox

from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.server import ApiServer
from .harness import GROUP, PLURALS, ROOT, World


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the binaries before the first test, whose time limit a first build could exceed."""
    if session.items and not session.config.option.collectonly:
        # The fixture raises the same error again, and so fails every test that needs it.
        with suppress(BinariesError):
            find_binaries()


@pytest.fixture(scope="session")
def apiserver() -> Iterator[ApiServer]:
    """One API server for all tests of a session; a test keeps to a namespace of its own."""
    with ApiServer(find_binaries()) as server:
        yield server


@pytest.fixture
def namespace(apiserver: ApiServer) -> str:
    """The name of a new, empty Kubernetes namespace."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    apiserver.create_namespace(name)
    return name


@pytest.fixture(scope="module")
def shipped(apiserver: ApiServer) -> Path:
    """The shipped CRDs and rights, installed; the kubeconfig of the shipped service account."""
    apiserver.kubectl("apply", "-f", str(ROOT / "k8s" / "crds.yaml"))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f",
                      str(ROOT / "k8s" / "crds.yaml"))  # fmt: skip
    apiserver.kubectl("apply", "-f", str(ROOT / "k8s" / "cronjob.yaml"))
    kubeconfig = apiserver.kubeconfig_for(apiserver.service_account_token("vpsync", "vpsync"))
    for plural in PLURALS:
        apiserver.wait_until_allowed(kubeconfig, "list", f"{plural}.{GROUP}", "--all-namespaces")
    return kubeconfig


@pytest.fixture
def world(apiserver: ApiServer, shipped: Path, namespace: str) -> Iterator[World]:
    """A new Kubernetes namespace, an empty VVP, and a vpsync with the shipped rights."""
    with Sandbox() as sandbox:
        yield World(apiserver, sandbox, namespace, shipped)
