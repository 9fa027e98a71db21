"""The real API server keeps the contract that the one in memory is held to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from contract.rules import PLURAL, Server, ServerContract
from vpsync.cluster.connection import connect

from .admin import Admin, Refused
from .apiserver.server import ApiServer


class Person:
    """The administrator, in one Kubernetes namespace."""

    def __init__(self, admin: Admin, namespace: str) -> None:
        self._admin = admin
        self._namespace = namespace

    def create(self, document: dict[str, Any]) -> None:
        self._admin.create(self._namespace, document)

    def edit(self, name: str, patch: dict[str, Any]) -> None:
        self._admin.patch(PLURAL, self._namespace, name, patch)

    def delete(self, name: str) -> None:
        place = f"/apis/ververicaplatform.fintechstudios.com/v1beta1/namespaces/{self._namespace}"
        with suppress(Refused):
            self._admin.request("DELETE", f"{place}/{PLURAL}/{name}")

    def get(self, name: str) -> dict[str, Any] | None:
        return self._admin.get(PLURAL, self._namespace, name)

    def events(self) -> list[dict[str, Any]]:
        path = f"/apis/events.k8s.io/v1/namespaces/{self._namespace}/events"
        found: list[dict[str, Any]] = self._admin.request("GET", path)["items"]
        return found


@pytest.fixture
def server(apiserver: ApiServer, shipped: Path, namespace: str) -> Iterator[Server]:
    """The real one, asked with the rights of the shipped service account."""
    admin = Admin(apiserver)
    api = connect(str(shipped), None, "vpsync-contract", 2)
    yield Server(api, namespace, Person(admin, namespace))
    admin.wipe(namespace)
    api.close()


class TestTheRealApiServer(ServerContract):
    """Every test of the contract."""
