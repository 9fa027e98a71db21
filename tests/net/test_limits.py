"""No answer takes more time or memory than it may, on either edge."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from vpsync.errors import RequestError
from vpsync.net.exchange import MAX_BODY
from vpsync.net.lease_term import LeaseTerm, steady_clock

from .conftest import OpenEdge
from .peer import Request, Script, answer, fine, reset, serving


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def _drip(connection: socket.socket, text: bytes) -> None:
    """Sends a byte now and then, for ever."""
    with serving_until_closed(connection):
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)


@contextmanager
def serving_until_closed(connection: socket.socket) -> Iterator[None]:
    try:
        yield
    except OSError:
        connection.close()


def dripping_body(connection: socket.socket, request: Request) -> None:
    connection.sendall(answer(b"", "Content-Length: 1000"))
    _drip(connection, b" " * 100)


def dripping_headers(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    _drip(connection, b"x" * 100)


def dripping_status(connection: socket.socket, request: Request) -> None:
    _drip(connection, b"HTTP/1.1 200 " + b"x" * 100)


def nothing(connection: socket.socket, request: Request) -> None:
    time.sleep(1)


SLOW = [dripping_body, dripping_headers, dripping_status]


@pytest.mark.parametrize("script", SLOW)
def test_reading_ends_with_the_time_of_the_pass(open_edge: OpenEdge, script: Script) -> None:
    with serving(script) as peer:
        edge = open_edge(peer.url)
        edge.deadline.begin(0.4)
        with at_most(2), pytest.raises(RequestError, match="--timeout"):
            edge.read()


def test_after_that_nothing_more_is_asked(open_edge: OpenEdge) -> None:
    """However many lists are still to be read, as of many VVP namespaces."""
    with serving(nothing) as peer:
        edge = open_edge(peer.url)
        edge.deadline.begin(0.4)
        with at_most(3):
            for _ in range(40):
                with pytest.raises(RequestError, match="--timeout"):
                    edge.read()
        assert len(peer.requests) == 1


@pytest.mark.parametrize("script", SLOW)
def test_a_run_that_is_to_end_waits_for_no_read(open_edge: OpenEdge, script: Script) -> None:
    with serving(script) as peer:
        edge = open_edge(peer.url)
        threading.Timer(0.3, edge.stop.set).start()
        with at_most(1.5), pytest.raises(RequestError):
            edge.read()


def test_a_write_under_way_has_a_moment_left_when_the_run_is_to_end(open_edge: OpenEdge) -> None:
    def late(connection: socket.socket, request: Request) -> None:
        time.sleep(0.8)
        fine(connection, request)

    with serving(late) as peer:
        edge = open_edge(peer.url)
        threading.Timer(0.1, edge.stop.set).start()
        edge.write()
    assert [request.method for request in peer.requests] == ["POST"]


def test_what_is_given_up_is_given_up_by_the_machine_too(open_edge: OpenEdge) -> None:
    """Else it would send again what a cut network has lost, when the run holds the Lease no more."""
    ends: list[str] = []

    def watched(connection: socket.socket, request: Request) -> None:
        try:
            ends.append(repr(connection.recv(1)))
        except ConnectionResetError:
            ends.append("reset")

    with serving(watched) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = LeaseTerm(steady_clock(), begins=0.2, whole=0.4)
        with pytest.raises(RequestError):
            edge.write()
        eventually = time.monotonic() + 3
        while not ends and time.monotonic() < eventually:
            time.sleep(0.02)
    assert ends == ["reset"]


def test_and_no_longer(open_edge: OpenEdge) -> None:
    with serving(dripping_body) as peer:
        edge = open_edge(peer.url)
        threading.Timer(0.1, edge.stop.set).start()
        with at_most(2), pytest.raises(RequestError):
            edge.write()


def packed(connection: socket.socket, request: Request) -> None:
    body = gzip.compress(b'{"items":[' + b" " * (3 * MAX_BODY) + b"]}", compresslevel=1)
    connection.sendall(answer(body, "Content-Encoding: gzip"))


def endless(connection: socket.socket, request: Request) -> None:
    connection.sendall(answer(b"", "Transfer-Encoding: chunked"))
    block = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    while True:
        connection.sendall(block)


@pytest.mark.parametrize("script", [packed, endless])
def test_a_body_is_read_up_to_a_limit(open_edge: OpenEdge, script: Script) -> None:
    with serving(script) as peer:
        with pytest.raises(RequestError, match="larger than 64 MiB"):
            open_edge(peer.url).read()
        assert len(peer.requests) == 1, "the same again would be as large"


def long_header(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * 60_000 + b"\r\n")
    connection.sendall(b"X-B: " + b"x" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n")


def endless_information(connection: socket.socket, request: Request) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 1000)


@pytest.mark.parametrize("script", [long_header, endless_information])
def test_headers_are_read_up_to_a_limit(open_edge: OpenEdge, script: Script) -> None:
    with (
        serving(script) as peer,
        at_most(5),
        pytest.raises(RequestError, match="64 KiB of headers"),
    ):
        open_edge(peer.url).read()


def _side_by_side(read: Callable[[], object], times: int) -> None:
    with ThreadPoolExecutor(times) as pool:
        for reading in [pool.submit(read) for _ in range(times)]:
            reading.result()


class TestConnections:
    def test_no_cookie_is_kept_or_sent(self, open_edge: OpenEdge) -> None:
        def script(connection: socket.socket, request: Request) -> None:
            body = b'{"metadata":{},"items":[]}'
            connection.sendall(answer(body, "Set-Cookie: session=CANARY; Path=/"))

        with serving(script) as peer:
            edge = open_edge(peer.url)
            for _ in range(2):
                edge.read()
                edge.write()
        assert len(peer.requests) == 4
        assert [request.header("Cookie") for request in peer.requests] == [None] * 4

    def test_reads_share_a_connection(self, open_edge: OpenEdge) -> None:
        with serving(fine) as peer:
            edge = open_edge(peer.url)
            for _ in range(3):
                edge.read()
        assert peer.connections == 1

    def test_a_connection_that_dies_when_it_is_used_again_costs_no_read_and_no_write(
        self, open_edge: OpenEdge
    ) -> None:
        def script(connection: socket.socket, request: Request) -> None:
            if request.number > 1:
                reset(connection)
            else:
                fine(connection, request)

        with serving(script) as peer:
            edge = open_edge(peer.url)
            for _ in range(2):
                edge.read()
                edge.write()
        if edge.name == "vvp":
            written = [request for request in peer.requests if request.method == "POST"]
            assert [request.number for request in written] == [1, 1], "each on its own connection"

    def test_connections_that_a_cut_network_took_cost_one_request_its_time_and_not_one_each(
        self, open_edge: OpenEdge
    ) -> None:
        together, lost = threading.Barrier(3), list[socket.socket]()

        def before(connection: socket.socket, request: Request) -> None:
            together.wait(5)
            lost.append(connection)
            fine(connection, request)

        def after(connection: socket.socket, request: Request) -> None:
            if connection in lost:
                peer.closing.wait(20)
            else:
                fine(connection, request)

        with serving(before) as peer:
            edge = open_edge(peer.url)
            _side_by_side(edge.read, 3)
            peer.script = after
            edge.deadline.begin(1.5)
            with pytest.raises(RequestError):
                edge.read()
            edge.deadline.begin(10)
            with at_most(5):
                _side_by_side(edge.read, 3)


def test_every_request_is_told_to_the_hook(open_edge: OpenEdge) -> None:
    with serving(fine) as peer:
        edge = open_edge(peer.url)
        edge.read()
        edge.write()
        peer.script = lambda connection, request: reset(connection)
        with pytest.raises(RequestError):
            edge.read()
    told = [(one.target, one.method, one.status) for one in edge.exchanges]
    lost = [(edge.name, "GET", 0)] * 3
    assert told == [(edge.name, "GET", 200), (edge.name, "POST", 200), *lost]
    assert all(0 <= one.seconds < 5 for one in edge.exchanges)
