"""The node, with the image that was just built and the CRDs, and a VVP that its pods reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cluster.real.machine import why_not
from cluster.real.node import ADDRESS, PAUSE, Node, pause_image
from cluster.real.pods import SHIPPED_IMAGE, Pods
from e2e.apiserver.binaries import BinariesError, find_node_binaries
from image.build import BASE, ROOT, ImageError, Images, cache_folder
from vpsync.sandbox import Sandbox, SandboxOptions


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what is kept before the first test, whose time limit a first build could exceed."""
    if session.items and not session.config.option.collectonly and why_not() is None:
        # The fixtures raise the same errors again, and so fail every test that needs them.
        with suppress(BinariesError, ImageError):
            find_node_binaries()
            Images(cache_folder()).make_base()


@pytest.fixture(scope="session")
def images() -> Images:
    """Where images are built; skips with the reason on a machine that can run no node."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return Images(cache_folder())


@pytest.fixture(scope="session")
def image(images: Images) -> Iterator[str]:
    """The shipped image, built from this checkout; its name, which other checkouts do not use."""
    images.make_base()
    tag = f"localhost/vpsync:test-{os.getpid()}"
    images.build(BASE, tag)
    yield tag
    images.buildah("rmi", "--force", tag)


@pytest.fixture(scope="session")
def node(images: Images, image: str) -> Iterator[Node]:
    """One node for all tests of a session, with the CRDs and the image as manifests name it."""
    with Node(find_node_binaries(), images) as node, pause_image(images, image) as pause:
        node.load(pause, PAUSE)
        node.load(image, SHIPPED_IMAGE)
        node.kubectl("apply", "-f", ROOT / "k8s/crds.yaml")
        node.kubectl("wait", "--for=condition=Established", "-f", ROOT / "k8s/crds.yaml")
        yield node


@pytest.fixture
def vvp(node: Node) -> Iterator[Sandbox]:
    """An empty VVP at ``http://vvp.example.com``, the address of the shipped manifests."""
    # Writes are counted: to remember what VVP hides of a secret would be one more for each job.
    sandbox = Sandbox(SandboxOptions(masks_sensitive_values=False))
    with node.network():
        sandbox.start(ADDRESS, 80)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def pods(node: Node, vvp: Sandbox, tmp_path: Path) -> Iterator[Pods]:
    """The node as its administrator sees it; what was applied is deleted after the test."""
    pods = Pods(node, vvp, tmp_path)
    yield pods
    pods.wipe()
