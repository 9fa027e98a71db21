"""Attacks by servers on the way: redirects, bombs, echoes, lies about lists; on both edges."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from net.conftest import kubeconfig
from net.peer import Peer, Request, answer, fine, serving
from vpsync.cluster.client import Writer
from vpsync.controller.connect import open_cluster, open_vvp
from vpsync.errors import RequestError, VpsyncError
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.net.deadline import Deadline
from vpsync.net.exchange import MAX_BODY
from vpsync.settings import Scope, Settings, VvpSettings
from vpsync.ververica.transport import WRITES

from .attack import Attack, Bench

TOKEN = "CANARY-token-of-the-run"
Read = Callable[[], Any]


@contextmanager
def _vvp(bench: Bench, url: str) -> Iterator[Read]:
    stop = threading.Event()
    reached = VvpSettings(
        app_manager_url=f"{url}/api", platform_url=url, create_tokens=False,
        tokens={"APPMANAGER_API_TOKEN": TOKEN}, request_timeout=5.0,
    )  # fmt: skip
    deadline = Deadline(stop)
    deadline.begin(5.0)
    with open_vvp(Settings(vvp=reached), WRITES, stop, deadline) as client:
        yield lambda: client.raw_list("deployments", "default")


@contextmanager
def _cluster(bench: Bench, url: str) -> Iterator[Read]:
    stop = threading.Event()
    config = kubeconfig(bench.directory / "config", url)
    settings = Settings(scope=replace(Scope(), kubeconfig=config))
    deadline = Deadline(stop)
    deadline.begin(5.0)
    writer = open_cluster(settings, Writer, stop, deadline)
    yield lambda: list(writer.list_kind(DEPLOYMENT_TARGET, "team"))


EDGES = {"vvp": _vvp, "kubernetes": _cluster}


def _sends(data: bytes) -> Callable[[socket.socket, Request], None]:
    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(data)

    return script


LIES = {
    "html": answer(b"<html>log in</html>", "X: y").replace(b"application/json", b"text/html"),
    "no-items": answer(b'{"kind":"List","metadata":{}}'),
    "items-null": answer(b'{"kind":"List","metadata":{},"items":5}'),
    "items-of-texts": answer(b'{"kind":"List","metadata":{},"items":["a"]}'),
    "a-list": answer(b"[]"),
    "null": answer(b"null"),
    "cut-json": answer(b'{"items":['),
    "no-content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not-http": b"SSH-2.0-x\r\n\r\n",
    "cut-body": answer(b"{}", "Content-Length: 500", "Connection: close"),
    "nan": answer(b'{"kind":"List","metadata":{},"items":[],"x":NaN}'),
}


def _is_an_error(edge: str, data: bytes) -> Callable[[Bench], None]:
    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    def held(bench: Bench) -> None:
        with (
            serving(script) as peer,
            EDGES[edge](bench, peer.url) as read,
            pytest.raises(VpsyncError) as told,
        ):
            read()
        assert TOKEN not in str(told.value)

    return held


def _follows_no_redirect(edge: str, status: int) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        with serving(fine) as other:
            moved = answer(b"", f"Location: {other.url}/x", status=f"{status} Moved")
            with (
                serving(_sends(moved)) as peer,
                EDGES[edge](bench, peer.url) as read,
                pytest.raises(VpsyncError) as told,
            ):
                read()
            assert other.requests == []
            assert TOKEN not in str(told.value)

    return held


def _uses_no_netrc(edge: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        netrc = bench.directory / ".netrc"
        netrc.write_text("machine 127.0.0.1 login u password CANARY\n")
        netrc.chmod(0o600)
        bench.monkeypatch.setenv("HOME", str(bench.directory))
        bench.monkeypatch.setenv("NETRC", str(netrc))
        with serving(fine) as peer, EDGES[edge](bench, peer.url) as read:
            read()
            sent = peer.requests[0].header("Authorization") or ""
        assert sent.startswith("Bearer ")

    return held


def _uses_no_proxy(edge: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        with serving(fine) as proxy, serving(fine) as peer:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
                bench.monkeypatch.setenv(name, proxy.url)
            with EDGES[edge](bench, peer.url) as read:
                read()
            assert proxy.requests == []
            assert len(peer.requests) == 1

    return held


def _shows_no_echo(edge: str, status: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        def script(connection: socket.socket, request: Request) -> None:
            told = {"kind": "Status", "message": f"refused: {request.header('Authorization')}"}
            connection.sendall(answer(json.dumps(told).encode(), status=status))

        with serving(script) as peer, EDGES[edge](bench, peer.url) as read:
            sent = peer
            with pytest.raises(RequestError) as told:
                read()
        secret = str(sent.requests[0].header("Authorization")).partition(" ")[2]
        assert len(secret) < 6 or secret not in str(told.value)
        assert TOKEN not in str(told.value)

    return held


def _keeps_no_cookie(edge: str) -> Callable[[Bench], None]:
    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(answer(b'{"metadata":{},"items":[]}', "Set-Cookie: s=CANARY; Path=/"))

    def held(bench: Bench) -> None:
        with serving(script) as peer, EDGES[edge](bench, peer.url) as read:
            read()
            read()
            assert [one.header("Cookie") for one in peer.requests] == [None, None]

    return held


def _reads_no_bomb(edge: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        body = gzip.compress(b'{"items":[' + b" " * (2 * MAX_BODY), compresslevel=1)
        with (
            serving(_sends(answer(body, "Content-Encoding: gzip"))) as peer,
            EDGES[edge](bench, peer.url) as read,
            pytest.raises(RequestError, match="larger than"),
        ):
            read()

    return held


def _waits_no_century(edge: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        later = answer(b"{}", "Retry-After: 99999999999", status="429 Too Many Requests")
        with (
            serving(_sends(later)) as peer,
            EDGES[edge](bench, peer.url) as read,
            pytest.raises(RequestError),
        ):
            read()

    return held


def _circle(bench: Bench) -> None:
    page = {"kind": "List", "metadata": {"continue": "again"}, "items": []}
    with (
        serving(_sends(answer(json.dumps(page).encode()))) as peer,
        _cluster(bench, peer.url) as read,
        pytest.raises(RequestError, match="circles"),
    ):
        read()


def _plain_listener(bench: Bench) -> None:
    """A peer that only listens learns nothing before it has shown a certificate."""
    seen: list[Peer] = []
    with serving(fine) as peer:
        seen.append(peer)
        with (
            _vvp(bench, peer.url.replace("http://", "https://")) as read,
            pytest.raises(RequestError),
        ):
            read()
    assert not any(TOKEN in request.head for request in seen[0].requests)


ATTACKS = (
    *(
        Attack(
            f"{edge}-answers-{name}",
            f"The server of {edge} answers {name!r}: an error, and never an empty list.",
            _is_an_error(edge, data),
        )
        for edge in EDGES
        for name, data in LIES.items()
    ),
    *(
        Attack(
            f"{edge}-redirects-{status}",
            f"The server of {edge} redirects with {status} to another host: no request goes there.",
            _follows_no_redirect(edge, status),
        )
        for edge in EDGES
        for status in (301, 302, 303, 307, 308)
    ),
    *(
        Attack(
            f"{edge}-echoes-the-token-{status[:3]}",
            f"The server of {edge} sends our token back in a {status[:3]}: no message shows it.",
            _shows_no_echo(edge, status),
        )
        for edge in EDGES
        for status in ("400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found")
    ),
    *(
        Attack(f"{edge}-{name}", does.format(edge), make(edge))
        for edge in EDGES
        for name, does, make in (
            ("netrc", "A netrc names the host of {}: its password is not sent.", _uses_no_netrc),
            ("proxies", "The environment has proxies: {} on loopback is reached without.", _uses_no_proxy),
            ("cookie", "The server of {} sets a cookie: it is neither kept nor sent.", _keeps_no_cookie),
            ("gzip-bomb", "The server of {} sends a gzip bomb: reading ends at the limit.", _reads_no_bomb),
            ("retry-after", "The server of {} says to come again in 3,000 years: the pass ends in time.",
             _waits_no_century),
        )
    ),
    Attack(
        "kubernetes-pages-in-circles",
        "A list of the cluster never ends, page after page: it is given up.",
        _circle,
    ),
    Attack(
        "vvp-plain-listener",
        "Somebody listens without TLS where https was named: the token is not sent.",
        _plain_listener,
    ),
)  # fmt: skip
