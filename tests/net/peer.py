"""A server on loopback that answers bytes, well or badly, and notes what it is sent."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One request as it arrived."""

    head: str
    """Request line and headers."""
    number: int
    """Its place among those of its connection, from 1."""

    @property
    def method(self) -> str:
        """Its method."""
        return self.head.partition(" ")[0]

    def header(self, name: str) -> str | None:
        """A header, or None."""
        for line in self.head.splitlines():
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


Script = Callable[[socket.socket, Request], Any]
"""Answers one request; what it returns is ignored, and what it raises closes the connection."""


def answer(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """An answer with its headers."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if not any(line.startswith(("Content-Length", "Transfer-Encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def fine(connection: socket.socket, request: Request) -> None:
    """An empty list, as either side would answer it."""
    body = {"kind": "List", "metadata": {}, "items": [], "namespaces": []}
    connection.sendall(answer(json.dumps(body).encode()))


def reset(connection: socket.socket) -> None:
    """Ends a connection with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class Peer:
    """A running server."""

    script: Script
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Ends it; scripts that wait look at ``closing``."""
        self.closing.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            with suppress(TimeoutError):
                connection, _ = self.listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,))
                thread.start()
                self.threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0.1)
        with suppress(OSError), connection:
            if self.tls is not None:
                connection.settimeout(5)
                connection = self._secured(connection, self.tls)
                connection.settimeout(0.1)
            with connection:
                self._talk(connection)

    def _secured(self, connection: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        secured = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            secured.do_handshake()
        except ssl.SSLError:
            # A reset would overtake what the handshake said at last.
            self.closing.wait(0.5)
            secured.close()
            raise
        return secured

    def _talk(self, connection: socket.socket) -> None:
        number, received = 0, b""
        while not self.closing.is_set():
            while b"\r\n\r\n" not in received:
                with suppress(TimeoutError):
                    more = connection.recv(65536)
                    if not more:
                        return
                    received += more
                if received.startswith(b"\x16\x03"):
                    connection.sendall(answer(b"plain HTTP here", status="400 Bad Request"))
                    return
                if self.closing.is_set():
                    return
            head, _, received = received.partition(b"\r\n\r\n")
            number += 1
            request = Request(head.decode(), number)
            length = int(request.header("Content-Length") or 0)
            while len(received) < length:
                received += connection.recv(65536)
            received = received[length:]
            self.requests.append(request)
            connection.settimeout(5)
            self.script(connection, request)
            connection.settimeout(0.1)


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A server for the time of a block."""
    peer = Peer(script, tls)
    try:
        yield peer
    finally:
        peer.close()
