"""An API server in memory, and both edges to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fakes.kubernetes import FakeKubernetes
from passes.scenario import LIBRARY
from passes.world import CLUSTER_TOKEN, Clock
from vpsync.cluster.client import Reader, Writer
from vpsync.model.resource import Manifest
from vpsync.source.manifest import manifest_from

Make = Callable[..., Manifest]


@pytest.fixture
def kubernetes() -> FakeKubernetes:
    return FakeKubernetes(Clock(), CLUSTER_TOKEN)


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made before a request was tried again."""
    return []


@pytest.fixture
def reader(kubernetes: FakeKubernetes, pauses: list[float]) -> Reader:
    return Reader(kubernetes, pause=pauses.append)


@pytest.fixture
def writer(kubernetes: FakeKubernetes, pauses: list[float]) -> Writer:
    return Writer(kubernetes, pause=pauses.append)


@pytest.fixture
def make(kubernetes: FakeKubernetes) -> Make:
    """Creates a target and gives it as a pass would read it."""

    def create(name: str = "jobs", **metadata: Any) -> Manifest:
        document = LIBRARY["target"]
        own = {**document["metadata"], "name": name, **metadata}
        return manifest_from(kubernetes.create({**document, "metadata": own}), "cluster")

    return create
