"""Fixtures of the tests that need a real Kubernetes API server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from vpsync.sandbox import Sandbox, SandboxOptions

from .admin import Admin
from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.server import ApiServer
from .harness import GROUP, PLURALS, ROOT, World

MakeWorld = Callable[..., World]


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
    Admin(apiserver).create_namespace(name)
    return name


@pytest.fixture(scope="module")
def shipped(apiserver: ApiServer) -> Path:
    """The shipped CRDs and rights, installed; the kubeconfig of the shipped service account."""
    if not Admin(apiserver).has_shipped():
        install_shipped(apiserver)
    return apiserver.kubeconfig_for(apiserver.service_account_token("vpsync", "vpsync"))


def install_shipped(apiserver: ApiServer) -> None:
    """Installs the shipped CRDs and rights, and waits until they hold."""
    apiserver.kubectl("apply", "-f", str(ROOT / "k8s" / "crds.yaml"))
    apiserver.wait_for_crds("-f", str(ROOT / "k8s" / "crds.yaml"))
    apiserver.kubectl("apply", "-f", str(ROOT / "k8s" / "cronjob.yaml"))
    kubeconfig = apiserver.kubeconfig_for(apiserver.service_account_token("vpsync", "vpsync"))
    for plural in PLURALS:
        apiserver.wait_until_allowed(kubeconfig, "list", f"{plural}.{GROUP}", "--all-namespaces")


@pytest.fixture
def make_world(apiserver: ApiServer, shipped: Path, namespace: str) -> Iterator[MakeWorld]:
    """Makes a world whose VVP has the given options, and asks its oracles when the test is over."""
    with ExitStack() as cleanup:

        def make(**arguments: Any) -> World:
            place = arguments.pop("kubernetes_namespace", namespace)
            tokens = {
                key: arguments.pop(key) for key in ("admin_token", "tokens") if key in arguments
            }
            # Every deployment here has a secret: what hiding it changes is shown without a cluster.
            options = SandboxOptions(**{"masks_sensitive_values": False, **arguments})
            sandbox = cleanup.enter_context(Sandbox(options, **tokens))
            world = World(apiserver, sandbox, place, shipped)
            cleanup.callback(world.admin.wipe, place)
            made.append(world)
            return world

        made: list[World] = []
        yield make
        entries = apiserver.audit_since(min((world.mark for world in made), default=0))
        for world in made:
            world.close(entries)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A new Kubernetes namespace, an empty VVP, and a vpsync with the shipped rights."""
    return make_world()
