"""What keeps a request from being answered is named, on either edge, in the same words."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Callable

import pytest
import urllib3

from vpsync.errors import ClusterUnreachable, PlatformUnreachable
from vpsync.net.causes import cause_of

from .certificates import FUTURE, PAST, Certificates
from .conftest import OpenEdge
from .peer import Request, Script, answer, fine, reset, serving

UNREACHABLE = (ClusterUnreachable, PlatformUnreachable)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


def _tls_1_1(certificates: Certificates) -> ssl.SSLContext:
    context = certificates.issued("old")
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _mutual(certificates: Certificates) -> ssl.SSLContext:
    context = certificates.issued("mutual")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.ca)
    return context


TLS: dict[str, tuple[Callable[[Certificates], ssl.SSLContext], str]] = {
    "expired": (lambda made: made.issued("late", dates=PAST), "it has expired"),
    "not yet valid": (lambda made: made.issued("early", dates=FUTURE), "it is not valid yet"),
    "another host": (
        lambda made: made.issued("other", "DNS:vvp.example.com"),
        "it is for another (host name|IP address)",
    ),
    "another address": (
        lambda made: made.issued("address", "IP:127.0.0.2"),
        "it is for another IP address",
    ),
    "self-signed": (
        lambda made: made.self_signed("alone", "subjectAltName=IP:127.0.0.1"),
        "it is self-signed",
    ),
    "wants a client certificate": (_mutual, "the server wants a client certificate"),
    "old protocol": (_tls_1_1, "no TLS version is common to both sides"),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("case", TLS)
def test_a_failure_of_tls_says_which(
    open_edge: OpenEdge, certificates: Certificates, case: str
) -> None:
    make, words = TLS[case]
    with serving(fine, make(certificates)) as peer:
        with pytest.raises(UNREACHABLE, match=rf"TLS failed: .*{words}") as raised:
            open_edge(peer.url, certificates.ca).read()
        assert "\n" not in str(raised.value)
        assert peer.requests == []


def test_a_ca_that_nobody_knows_is_named(open_edge: OpenEdge, certificates: Certificates) -> None:
    with (
        serving(fine, certificates.issued("unknown")) as peer,
        pytest.raises(UNREACHABLE, match=r"TLS failed: .*its CA is unknown"),
    ):
        open_edge(peer.url).read()


def test_a_server_without_tls_is_told(open_edge: OpenEdge, certificates: Certificates) -> None:
    with (
        serving(fine) as peer,
        pytest.raises(UNREACHABLE, match="does not speak TLS there"),
    ):
        open_edge(peer.url.replace("http:", "https:"), certificates.ca).read()


def test_a_server_that_wants_tls_is_told(open_edge: OpenEdge, certificates: Certificates) -> None:
    with (
        serving(fine, certificates.issued("wants")) as peer,
        pytest.raises(UNREACHABLE, match=r"no HTTP|closed without an answer|reset"),
    ):
        open_edge(peer.url.replace("https:", "http:")).read()


def test_the_right_certificate_is_taken(open_edge: OpenEdge, certificates: Certificates) -> None:
    with serving(fine, certificates.issued("right")) as peer:
        assert open_edge(peer.url, certificates.ca).read() == []


def no_http(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def hangs_up(connection: socket.socket, request: Request) -> None:
    connection.close()


def resets(connection: socket.socket, request: Request) -> None:
    reset(connection)


def cut(connection: socket.socket, request: Request) -> None:
    connection.sendall(answer(b"[", "Content-Length: 100"))
    connection.close()


def broken_gzip(connection: socket.socket, request: Request) -> None:
    connection.sendall(answer(b"no gzip", "Content-Encoding: gzip"))


def broken_chunks(connection: socket.socket, request: Request) -> None:
    connection.sendall(answer(b"zz\r\n", "Transfer-Encoding: chunked"))


ANSWERS: dict[Script, str] = {
    no_http: "the answer is no HTTP",
    hangs_up: "the connection was closed without an answer",
    resets: "the connection was reset",
    cut: "the connection broke in the middle of the answer",
    broken_gzip: "the answer cannot be unpacked",
    broken_chunks: "the connection broke in the middle of the answer",
}


@pytest.mark.parametrize("script", ANSWERS)
def test_an_answer_that_is_none_is_named(open_edge: OpenEdge, script: Script) -> None:
    with serving(script) as peer, pytest.raises(UNREACHABLE, match=ANSWERS[script]):
        open_edge(peer.url).read()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "no connection: connection refused"),
        (
            "http://vvp.invalid",
            "the host (vvp.invalid is unknown|name vvp.invalid cannot be resolved now)",
        ),
    ],
)
def test_a_connection_that_cannot_be_made_says_why(
    open_edge: OpenEdge, url: str, words: str
) -> None:
    with pytest.raises(UNREACHABLE, match=words):
        open_edge(url).read()


POOL = urllib3.HTTPConnectionPool("x")


def _wrapped(inner: Exception) -> Exception:
    """As urllib3 gives it away, with the error that led to it."""
    outer = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection("x"), "CANARY")
    outer.__cause__ = inner
    return urllib3.exceptions.MaxRetryError(POOL, "/CANARY", outer)


class ProxyError(OSError):
    """As a client of ours calls it."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_wrapped(OSError(errno.EHOSTUNREACH, "CANARY")), "no connection: no route to the host"),
        (_wrapped(OSError(errno.ENETUNREACH, "CANARY")), "no connection: the network is unreachable"),
        (_wrapped(socket.gaierror(socket.EAI_AGAIN, "CANARY")), "cannot be resolved now"),
        (_wrapped(OSError("CANARY")), "no connection"),
        (urllib3.exceptions.ConnectTimeoutError("CANARY"), "no connection within the time limit"),
        (urllib3.exceptions.ReadTimeoutError(POOL, "/", "CANARY"), "no answer within the time limit"),
        (TimeoutError("CANARY"), "no answer within the time limit"),
        (ProxyError(_wrapped(ConnectionRefusedError("CANARY"))), "the proxy: no connection: conn"),
        (ProxyError("CANARY", OSError("407 CANARY")), "the proxy: it does not let"),
        (http.client.LineTooLong("CANARY"), "a header of the answer is too long"),
        (ValueError("CANARY"), "ValueError"),
    ],
)  # fmt: skip
def test_a_cause_is_found_by_type_and_number_and_never_by_text(
    error: Exception, words: str
) -> None:
    assert words in cause_of(error)
    assert "CANARY" not in cause_of(error)
