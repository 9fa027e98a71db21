"""The wires of one vpsync: hooks stand before a request leaves and after its answer arrived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from fakes.kubernetes import FakeKubernetes, Response

Before = Callable[[str, str], None]
"""Told method and path; what it raises is raised to the caller."""
After = Callable[[str, str, requests.Response | Response], None]
"""Told the answer, too."""


def _nothing(*told: object) -> None:
    pass


class Wire(HTTPAdapter):
    """The wire to VVP: real HTTP to the sandbox."""

    def __init__(self, before: Before = _nothing, after: After = _nothing) -> None:
        super().__init__(pool_maxsize=8, max_retries=0, pool_block=True)
        self.before = before
        self.after = after

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Sends one request."""
        method, path = str(request.method), request.path_url
        self.before(method, path)
        response = super().send(request, *args, **more)
        try:
            self.after(method, path, response)
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Keeps the connections: the next pass of the same world takes them over."""

    def shut(self) -> None:
        """Closes the connections."""
        super().close()


class ClusterWire:
    """The wire to Kubernetes, in the place of :class:`vpsync.cluster.wire.ClusterApi`."""

    def __init__(
        self, server: FakeKubernetes, before: Before = _nothing, after: After = _nothing
    ) -> None:
        self.before = before
        self.after = after
        self.host, self.context = server.host, server.context
        self.user_agent = server.user_agent
        self.secrets = server.secrets
        self._server = server

    def call_api(self, method: str, url: str, **more: Any) -> Response:
        """Sends one request."""
        path = url.removeprefix(self.host)
        self.before(method, path)
        response = self._server.call_api(method, url, **more)
        self.after(method, path, response)
        return response


class Stopwatch:
    """A monotonic clock that a test can make jump."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return time.monotonic() + self.ahead


@dataclass(eq=False)
class Process:
    """One vpsync: its wires, its stopwatch, and whether it was asked to end."""

    kubernetes: ClusterWire
    vvp: Wire = field(default_factory=Wire)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    stop: threading.Event = field(default_factory=threading.Event)
