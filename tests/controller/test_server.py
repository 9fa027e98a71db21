"""The server beside a loop: it answers probes and scrapes whatever its other clients do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from vpsync.controller.server import MAX_REQUEST, MOST, MetricsServer, Page, text_page
from vpsync.settings import ListenAddress

LOOPBACK = ListenAddress("127.0.0.1", 0)


def answer(path: str, headers: Mapping[str, str]) -> Page:
    if path == "/large":
        return Page(b"x" * 50_000_000)
    return text_page(f"{path} {headers.get('x-word', '')}")


@pytest.fixture
def served() -> Iterator[MetricsServer]:
    """A server that gives its clients one second."""
    with MetricsServer(LOOPBACK, answer, whole=1.0) as server:
        yield server


def port_of(server: MetricsServer) -> int:
    return int(server.url.rpartition(":")[2])


def asked(
    server: MetricsServer, method: str = "GET", path: str = "/page", **more: str
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=5)
    try:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in more.items()})
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


def raw(server: MetricsServer, data: bytes) -> bytes:
    """What comes back for these bytes, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as connection:
        connection.sendall(data)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)


class TestAnswers:
    def test_a_page_to_get_and_its_head_alone_to_head(self, served: MetricsServer) -> None:
        status, body, headers = asked(served, path="/page?x=y", X_Word="told")
        assert (status, body) == (200, b"/page told\n")
        assert headers["Connection"] == "close"
        assert headers["Cache-Control"] == "no-store"
        status, body, headers = asked(served, "HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", "7")

    @pytest.mark.parametrize(
        "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "EVIL"]
    )
    def test_no_other_method(self, served: MetricsServer, method: str) -> None:
        status, body, headers = asked(served, method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
        assert b"EVIL" not in body

    def test_one_request_a_connection(self, served: MetricsServer) -> None:
        data = raw(served, b"GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\n")
        assert data.count(b"HTTP/1.1 200") == 1

    @pytest.mark.parametrize(
        "data",
        [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\r\n\r\n",
         b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"<script> / HTTP/1.1\r\n\r\n"],
    )  # fmt: skip
    def test_nothing_of_a_request_that_is_none_comes_back(
        self, served: MetricsServer, data: bytes
    ) -> None:
        assert b"script" not in raw(served, data)
        assert asked(served)[0] == 200

    @pytest.mark.parametrize(
        "data",
        [b"GET /" + b"x" * MAX_REQUEST, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * MAX_REQUEST,
         b"GET / HTTP/1.1\r\na: " + b"b" * MAX_REQUEST + b"\r\n\r\n"],
    )  # fmt: skip
    def test_no_page_to_a_request_without_an_end(self, served: MetricsServer, data: bytes) -> None:
        assert b" 200 " not in raw(served, data)
        assert asked(served)[0] == 200


class TestClientsThatTakeTheirTime:
    def test_are_given_up_byte_by_byte_or_silent(self, served: MetricsServer) -> None:
        def drips(connection: socket.socket) -> None:
            for _ in range(200):
                connection.sendall(b"G")
                time.sleep(0.1)

        for dawdle in (drips, lambda connection: connection.recv(1)):
            with socket.create_connection(("127.0.0.1", port_of(served)), timeout=5) as connection:
                started = time.monotonic()
                with contextlib.suppress(OSError):
                    dawdle(connection)
                assert 0.5 < time.monotonic() - started < 10

    def test_are_given_up_where_they_do_not_read_their_answer(self, served: MetricsServer) -> None:
        before = threading.active_count()
        with socket.create_connection(("127.0.0.1", port_of(served)), timeout=5) as connection:
            connection.sendall(b"GET /large HTTP/1.1\r\n\r\n")
            eventually(lambda: threading.active_count() > before)
            eventually(lambda: threading.active_count() <= before)


def test_the_oldest_makes_room_where_there_are_too_many() -> None:
    with MetricsServer(LOOPBACK, answer, whole=30.0) as server:
        before = threading.active_count()
        place = ("127.0.0.1", port_of(server))
        silent = [socket.create_connection(place, timeout=5) for _ in range(3 * MOST)]
        assert silent[0].recv(1) == b"", "long before its time is over"
        started = time.monotonic()
        assert asked(server)[0] == 200
        assert time.monotonic() - started < 10, "and nobody waits for the others"
        eventually(lambda: threading.active_count() - before <= MOST)
        for connection in silent:
            connection.close()


def test_its_end_cuts_what_is_open_and_frees_the_port() -> None:
    with MetricsServer(LOOPBACK, answer) as server:
        port = port_of(server)
        client = socket.create_connection(("127.0.0.1", port), timeout=5)
        eventually(lambda: any(one.name != "metrics" for one in threading.enumerate()[1:]))
        started = time.monotonic()
    assert client.recv(1) == b""
    client.close()
    assert time.monotonic() - started < 8
    with MetricsServer(ListenAddress("127.0.0.1", port), answer) as again:
        assert asked(again)[0] == 200


def test_without_a_host_both_families_are_heard() -> None:
    with MetricsServer(ListenAddress("", 0), answer) as server:
        hosts = ["127.0.0.1", *(["::1"] if socket.has_dualstack_ipv6() else [])]
        for host in hosts:
            socket.create_connection((host, port_of(server)), timeout=5).close()


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with MetricsServer(LOOPBACK, answer) as server, pytest.raises(OSError, match="in use"):
        MetricsServer(ListenAddress("127.0.0.1", port_of(server)), answer)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
