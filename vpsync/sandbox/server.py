"""A small HTTP/1.1 server: keep-alive, one thread per connection, one send per answer.

Header and body leave in one piece and Nagle's algorithm is off: otherwise the two would meet the
client's delayed acknowledgements and every answer would take 40 ms.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import BinaryIO, cast

from vpsync.sandbox.actions import Transmission
from vpsync.sandbox.errors import reason_phrase
from vpsync.sandbox.exchange import Exchange, RawRequest
from vpsync.sandbox.identity import Clock

_LINE_LIMIT = 65536
_LARGE = 1 << 17


class Server:
    """Listens on an address and lets an exchange answer."""

    def __init__(
        self, exchange: Exchange, clock: Clock, address: tuple[str, int], tls: ssl.SSLContext | None
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._tls = tls
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._listener = socket.create_server(address, family=family, backlog=256)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._accept, name="sandbox", daemon=True)
        self._date = (0, "")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begins to accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Ends all connections and stops listening."""
        with self._lock:
            self._stopped = True
            connections = list(self._open)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._stopped:
                    connection.close()
                    return
                self._open.add(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, raw: socket.socket) -> None:
        connection = raw
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(raw, server_side=True)
            with connection, connection.makefile("rb", 65536) as stream:
                while self._answer_one(connection, cast(BinaryIO, stream)):
                    pass
        except (OSError, ValueError):
            pass  # the client went away, or does not speak HTTP
        finally:
            with self._lock:
                self._open.discard(raw)
            raw.close()

    def _answer_one(self, connection: socket.socket, stream: BinaryIO) -> bool:
        request = _read_request(stream, connection.sendall)
        if request is None:
            return False
        sent = self._exchange.handle(request)
        if sent.reply is None:
            return False
        asked = request.headers.get("connection", "").lower()
        body = sent.reply.body
        lines = [
            f"HTTP/1.1 {sent.reply.status} {reason_phrase(sent.reply.status)}",
            f"Date: {self._http_date()}",
            f"Content-Type: {sent.reply.content_type}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in sent.reply.headers),
        ]
        if asked == "close":
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if request.method == "HEAD":
            body = b""
        self._transmit(connection, head, body, sent)
        return not (sent.close or sent.keep is not None or asked == "close")

    def _transmit(
        self, connection: socket.socket, head: bytes, body: bytes, sent: Transmission
    ) -> None:
        if sent.keep is not None:
            connection.sendall(head + body[: min(sent.keep, max(len(body) - 1, 0))])
        elif sent.size:
            text = head + body
            for start in range(0, len(text), sent.size):
                connection.sendall(text[start : start + sent.size])
                if self._exchange.stopping.wait(sent.pause):
                    return
        elif len(body) < _LARGE or isinstance(connection, ssl.SSLSocket):
            connection.sendall(head + body)
        else:
            count = connection.sendmsg([head, body])
            connection.sendall(memoryview(body)[count - len(head) :])

    def _http_date(self) -> str:
        now: datetime = self._clock()
        second = int(now.timestamp())
        if self._date[0] != second:
            moment = now.astimezone(UTC)
            self._date = (second, format_datetime(moment, usegmt=True))
        return self._date[1]


def _read_request(stream: BinaryIO, interim: Callable[[bytes], object]) -> RawRequest | None:
    """The next request on a connection; None at its end.

    Raises:
        ValueError: what came is not HTTP.
    """
    line = stream.readline(_LINE_LIMIT)
    if line in (b"", b"\r\n"):
        return None
    method, target, _ = line.decode("latin-1").split()
    headers: dict[str, str] = {}
    while (line := stream.readline(_LINE_LIMIT)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _read_chunks(stream)
    else:
        length = int(headers.get("content-length", "0"))
        body = stream.read(length) if length else b""
        if len(body) < length:
            return None
    return RawRequest(method, target, headers, body)


def _read_chunks(stream: BinaryIO) -> bytes:
    pieces = []
    while size := int(stream.readline(_LINE_LIMIT).partition(b";")[0], 16):
        pieces.append(stream.read(size))
        stream.readline(_LINE_LIMIT)
    while stream.readline(_LINE_LIMIT) not in (b"\r\n", b"\n", b""):
        pass
    return b"".join(pieces)
