"""A Kubernetes API on loopback that notes who asks, and proxies that note for whom."""

from __future__ import annotations

import http.server
import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a server and the proxies before it saw of a request."""

    path: str
    """Without the query."""
    host: str
    authorization: str = ""
    impersonation: tuple[tuple[str, str], ...] = ()
    """The headers ``Impersonate-*``, sorted; names in small letters."""
    server_name: str = ""
    """SNI."""
    certificate: str = ""
    """Common name of the client's certificate."""
    via: tuple[str, ...] = ()
    """What each proxy was asked for."""
    cookie: str = ""


@dataclass
class Log:
    """What was seen, by all servers of a test."""

    requests: list[Request] = field(default_factory=list)
    proxied: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> list[Request]:
        """The requests since the last time; the proxies that led to them stand in each.

        A proxy that was asked and led nowhere is a request of its own.
        """
        with self.lock:
            via = tuple(dict.fromkeys(self.proxied))
            seen = self.requests or ([Request("", "")] if via else [])
            taken = [replace(one, via=via) for one in seen]
            self.requests.clear()
            self.proxied.clear()
        return taken


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, handler: Any, context: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.context = context
        super().__init__((host, 0), handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


@contextmanager
def serving(
    handler: Any, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[int]:
    """Runs a handler on loopback; gives the port."""
    with _Server(host, handler, context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def api(log: Log, refused: Callable[[str], bool] = lambda authorization: False) -> Any:
    """A handler that answers ``/version`` below any prefix, and 401 to refused credentials."""

    class Api(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with log.lock:
                log.requests.append(self._noted())
            path = self.path.partition("?")[0]
            status = 401 if refused(self.headers.get("Authorization", "")) else 200
            if not path.endswith("/version"):
                status = 404
            body = json.dumps(VERSION if status == 200 else {"message": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Set-Cookie", "session=of-another-token; Path=/")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def _noted(self) -> Request:
            wire: Any = self.connection
            secured = isinstance(wire, ssl.SSLSocket)
            peer: Any = (wire.getpeercert() if secured else None) or {}
            subject = dict(part[0] for part in peer.get("subject", ()))
            named = [
                (name.lower(), value)
                for name, value in self.headers.items()
                if name.lower().startswith("impersonate-")
            ]
            return Request(
                self.path.partition("?")[0],
                self.headers.get("Host", ""),
                self.headers.get("Authorization", ""),
                tuple(sorted(named)),
                getattr(wire, "asked_for", None) or "",
                subject.get("commonName", ""),
                cookie=self.headers.get("Cookie", ""),
            )

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Api


def server_context(pair: tuple[Any, Any], client_ca: Any) -> ssl.SSLContext:
    """TLS of a server that asks for a client certificate and notes which name it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    context.load_verify_locations(client_ca)
    context.verify_mode = ssl.CERT_OPTIONAL

    def noted(wire: Any, name: str | None, _: ssl.SSLContext) -> None:
        wire.asked_for = name

    context.sni_callback = noted
    return context


def connect_proxy(log: Log, target: Callable[[], int]) -> Any:
    """A handler that takes ``CONNECT`` for anything and leads to a port of this machine."""

    class Connect(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            login = self.headers.get("Proxy-Authorization", "")
            with log.lock:
                log.proxied.append(f"CONNECT {self.path} {login}".strip())
            with socket.create_connection(("127.0.0.1", target())) as onward:
                self.send_response(200)
                self.end_headers()
                _joined(self.connection, onward)
            self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Connect


def socks_proxy(log: Log, target: Callable[[], int], login: tuple[str, str] | None = None) -> Any:
    """A SOCKS5 handler that leads to a port of this machine, whatever it is asked for."""

    class Socks(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire = self.request
            methods = _exactly(wire, _exactly(wire, 2)[1])
            method = 2 if login else 0
            wire.sendall(bytes((5, method if method in methods else 255)))
            if method not in methods:
                return
            if login:
                user = _exactly(wire, _exactly(wire, 2)[1])
                password = _exactly(wire, _exactly(wire, 1)[0])
                right = (user.decode(), password.decode()) == login
                wire.sendall(bytes((1, 0 if right else 1)))
                if not right:
                    return
            kind = _exactly(wire, 4)[3]
            if kind == 3:
                host = _exactly(wire, _exactly(wire, 1)[0]).decode()
            else:
                family = socket.AF_INET if kind == 1 else socket.AF_INET6
                host = socket.inet_ntop(family, _exactly(wire, 4 if kind == 1 else 16))
            (port,) = struct.unpack(">H", _exactly(wire, 2))
            with log.lock:
                log.proxied.append(f"SOCKS {host}:{port}")
            with socket.create_connection(("127.0.0.1", target())) as onward:
                wire.sendall(bytes((5, 0, 0, 1)) + bytes(6))
                _joined(wire, onward)

    return Socks


def _exactly(wire: Any, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = wire.recv(size - len(content))
        if not more:
            raise ConnectionError("the client went away")
        content += more
    return content


def _joined(one: Any, other: Any) -> None:
    """Leads bytes both ways until either side ends; one may be a TLS connection."""

    def lead(source: Any, sink: Any) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                sink.sendall(content)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=lead, args=(other, one), daemon=True)
    back.start()
    lead(one, other)
    back.join()
