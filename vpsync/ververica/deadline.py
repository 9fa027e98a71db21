"""A time limit for a whole answer, its headers included.

The time limits of `requests` hold between two bytes: a server that sends one now and then is never
given up while it sends headers. Here each read of the socket waits no longer than what is left.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class LimitedAdapter(HTTPAdapter):
    """An adapter whose answers must be complete within so many seconds."""

    def __init__(self, seconds: float, **pool: Any) -> None:
        self._seconds = seconds
        super().__init__(**pool)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Direct connections."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = _pools(self._seconds)

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        """Connections by a proxy."""
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = _pools(self._seconds)
        return manager


def _pools(seconds: float) -> dict[str, Any]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
            super().__init__(sock, *args, **more)
            unlimited, deadline = self.fp, time.monotonic() + seconds
            self.fp = io.BufferedReader(_Limited(sock, deadline))
            unlimited.close()

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Limited(io.RawIOBase):
    """The bytes of a socket until a moment of :func:`time.monotonic`; then ``TimeoutError``."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._between = sock.gettimeout()
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left if self._between is None else min(left, self._between))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
