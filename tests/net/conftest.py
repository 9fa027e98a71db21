"""Both edges, opened as a run opens them, towards any address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.cluster.client import Writer
from vpsync.controller.connect import Hooks, open_cluster, open_vvp
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.net.deadline import Deadline
from vpsync.net.exchange import Exchange
from vpsync.settings import Scope, Settings, VvpSettings
from vpsync.ververica.client import Client
from vpsync.ververica.transport import WRITES

EVENT = {"metadata": {"name": "x", "namespace": "team"}}


@dataclass
class Edge:
    """One side, as a run reaches it."""

    name: str
    read: Callable[[], Any]
    """One list."""
    write: Callable[[], Any]
    """One write."""
    deadline: Deadline
    stop: threading.Event
    exchanges: list[Exchange]
    """What the hook was told."""


OpenEdge = Callable[..., Edge]


def kubeconfig(path: Path, server: str, **cluster: Any) -> str:
    """A kubeconfig for one server, with a token."""
    document = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }  # fmt: skip
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


@pytest.fixture(params=["vvp", "kubernetes"])
def open_edge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenEdge]:
    """Opens one of the two edges: its address, and a CA file where it is not the system's."""
    with ExitStack() as stack:

        def start(url: str, ca: str | None = None, **vvp: Any) -> Edge:
            stop = threading.Event()
            deadline, told = Deadline(stop), list[Exchange]()
            if request.param == "vvp":
                reached = VvpSettings(
                    app_manager_url=f"{url}/api", platform_url=url, ca_file=ca,
                    create_tokens=False, **vvp,
                )  # fmt: skip
                settings = Settings(vvp=reached)
                opened = open_vvp(settings, WRITES, stop, deadline, Hooks(told.append))
                return _vvp(stack.enter_context(opened), deadline, stop, told)
            more = {"certificate-authority": ca} if ca else {}
            config = kubeconfig(tmp_path / "config", url, **more)
            settings = Settings(scope=replace(Scope(), kubeconfig=config))
            writer = open_cluster(settings, Writer, stop, deadline, Hooks(told.append))
            return _cluster(writer, deadline, stop, told)

        yield start


def _vvp(client: Client, deadline: Deadline, stop: threading.Event, told: list[Exchange]) -> Edge:
    return Edge(
        "vvp",
        lambda: client.raw_list("deployments", "default"),
        lambda: client.app_manager("POST", "default", ("deployments",), {"a": "b"}),
        deadline,
        stop,
        told,
    )


def _cluster(
    writer: Writer, deadline: Deadline, stop: threading.Event, told: list[Exchange]
) -> Edge:
    return Edge(
        "kubernetes",
        lambda: list(writer.list_kind(DEPLOYMENT_TARGET, "team")),
        lambda: writer.create_event("team", EVENT),
        deadline,
        stop,
        told,
    )
