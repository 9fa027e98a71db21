"""A small HTTP server beside a loop, for Prometheus, the kubelet and people: GET and HEAD, one request a
connection.

It is nobody's to slow down. A connection has :data:`WHOLE` seconds from its first byte to the last of its
answer; where there are :data:`MOST` of them, the oldest makes room for a new one, so that a probe gets
through whoever holds the others; and what a client may send is bounded. Each has a thread of its own: no
pass waits for a client, and no client for a pass.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from vpsync.errors import SettingsError
from vpsync.settings import ListenAddress

log = logging.getLogger(__name__)

WHOLE = 10.0
"""Seconds after which a connection is closed."""

MOST = 16
"""Connections that are open at a time."""

MAX_REQUEST = 16 * 1024
"""Bytes of a request: a bearer token has some thousand."""

_TICK = 0.25
"""Seconds after which overdue connections are looked for."""

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What a request is answered with."""

    body: bytes
    content_type: str = TEXT
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def text_page(text: str, status: int = 200, **headers: str) -> Page:
    """A line of text; ``_`` in a header's name stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(f"{text}\n".encode(), TEXT, status, named)


Answerer = Callable[[str, Mapping[str, str]], Page]
"""The page at a path, for a request with these headers, whose names are without regard to case."""


class MetricsServer:
    """Listens on an address and lets ``answer`` answer; use it as a context manager."""

    def __init__(
        self,
        address: ListenAddress,
        answer: Answerer,
        tls: Callable[[], ssl.SSLContext] | None = None,
        whole: float = WHOLE,
    ) -> None:
        """Begins to listen; ``OSError`` where that is not possible.

        ``tls`` is asked for each connection, which has ``whole`` seconds.
        """
        self.answer = answer
        self._tls, self._whole = tls, whole
        self._listener = _listen(address)
        self._listener.settimeout(_TICK)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="metrics", daemon=True)

    @property
    def url(self) -> str:
        """The URL at which it answers."""
        host, port = self._listener.getsockname()[:2]
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{ListenAddress(host, port)}"

    def __enter__(self) -> MetricsServer:
        """Starts to answer requests."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Ends all connections and stops to listen."""
        self._stopped.set()
        self._thread.join(5)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            _cut(connection)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            self._end_overdue()
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # Such as no file descriptor left: there may be one again.
                self._stopped.wait(_TICK)
                continue
            try:
                self._begin(connection)
            except (OSError, ValueError, SettingsError, RuntimeError) as error:
                log.debug("a connection to the metrics was not served: %s", error)
                connection.close()

    def _begin(self, connection: socket.socket) -> None:
        connection.settimeout(self._whole)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            # Nothing is read here: the handshake is the thread's.
            connection = self._tls().wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            if len(self._open) >= MOST:
                oldest = next(iter(self._open))
                del self._open[oldest]
                _cut(oldest)
            self._open[connection] = time.monotonic() + self._whole
        threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
            _Handler(connection, ("", 0), cast(Any, self))
        except (OSError, ValueError) as error:
            log.debug("a connection to the metrics ended early: %s", type(error).__name__)
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()

    def _end_overdue(self) -> None:
        now = time.monotonic()
        with self._lock:
            overdue = [one for one, until in self._open.items() if until < now]
        for connection in overdue:
            _cut(connection)


class _Handler(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    server: Any

    def setup(self) -> None:
        """Limits how much of a request is read."""
        super().setup()
        self._bounded = _Bounded(self.rfile)
        self.rfile = io.BufferedReader(self._bounded)

    def handle(self) -> None:
        """Answers one request, and closes the connection."""
        self.handle_one_request()

    def parse_request(self) -> bool:
        """Whether there is a request that may be answered; it is refused here where not."""
        if not super().parse_request():
            return False
        if self._bounded.left <= 0:
            self.send_error(431)
            return False
        return True

    def version_string(self) -> str:
        """The header ``Server``, which names no versions."""
        return "vpsync"

    def do_GET(self) -> None:
        """Answers with a page."""
        self._send(self.server.answer(self.path.partition("?")[0], self.headers))

    def do_HEAD(self) -> None:
        """Answers with the head of a page."""
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuses a request, in a line of plain text that quotes nothing of it."""
        if code == 501:
            self._send(text_page("only GET and HEAD", 405, Allow="GET, HEAD"))
        else:
            self._send(text_page(self.responses.get(code, ("refused", ""))[0], code))

    def log_message(self, format: str, *arguments: object) -> None:
        """Tells nothing: requests come every few seconds, and their words are a stranger's."""

    def _send(self, page: Page) -> None:
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Connection", "close")
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)
        self.close_connection = True


class _Bounded(io.RawIOBase):
    """The first :data:`MAX_REQUEST` bytes of a stream; then it seems to end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.left = MAX_REQUEST

    def readable(self) -> bool:
        """Says that it can be read, as ``io`` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what is there, after waiting for it."""
        wanted = min(len(buffer), self.left)
        read = self._stream.read1(wanted) if wanted > 0 else b""
        buffer[: len(read)] = read
        self.left -= len(read)
        return len(read)


def _listen(address: ListenAddress) -> socket.socket:
    """A listening socket; without a host it hears both IPv4 and IPv6, where the machine has it."""
    if not address.host and socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):
            return socket.create_server(
                ("", address.port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=MOST
            )
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    return socket.create_server((address.host, address.port), family=family, backlog=MOST)


def _cut(connection: socket.socket) -> None:
    """Ends a connection under the thread that reads or writes it, which closes it then."""
    with contextlib.suppress(OSError):
        # Not the method of a TLS connection: it would go on in clear text.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
