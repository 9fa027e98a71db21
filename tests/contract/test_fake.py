"""The API server in memory keeps the contract."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.kubernetes import FakeKubernetes

from .rules import KIND, Server, ServerContract

NAMESPACE = "team"


class Person:
    """Somebody at the API server in memory."""

    def __init__(self, kubernetes: FakeKubernetes) -> None:
        self._kubernetes = kubernetes

    def create(self, document: dict[str, Any]) -> None:
        self._kubernetes.create(document)

    def edit(self, name: str, patch: dict[str, Any]) -> None:
        self._kubernetes.edit(KIND, NAMESPACE, name, patch)

    def delete(self, name: str) -> None:
        self._kubernetes.delete(KIND, NAMESPACE, name)

    def get(self, name: str) -> dict[str, Any] | None:
        return self._kubernetes.find(KIND, NAMESPACE, name)

    def events(self) -> list[dict[str, Any]]:
        return self._kubernetes.events


@pytest.fixture
def server() -> Server:
    kubernetes = FakeKubernetes()
    return Server(kubernetes, NAMESPACE, Person(kubernetes))


class TestTheApiServerInMemory(ServerContract):
    """Every test of the contract."""
