"""Attacks on the simulator by a web page that is open beside it: it needs no token on loopback."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping

from vpsync.sandbox import Sandbox

from .attack import Attack, Bench

TARGET = b'{"metadata":{"name":"jobs"},"spec":{"kubernetes":{"namespace":"flink"}}}'
JSON = {"Content-Type": "application/json"}
EVIL: dict[str, Mapping[str, str]] = {
    "foreign-origin": {**JSON, "Origin": "https://evil.example"},
    "no-origin": {**JSON, "Origin": "null"},
    "origin-of-another-port": {**JSON, "Origin": "http://127.0.0.1:1"},
    "rebound-name": {**JSON, "Host": "evil.example"},
    "rebound-name-with-port": {**JSON, "Host": "evil.example:8081"},
    "rebound-subdomain": {**JSON, "Host": "localhost.evil.example"},
    "rebound-address": {**JSON, "Host": "127.0.0.1.evil.example"},
    "cross-site-fetch": {**JSON, "Sec-Fetch-Site": "cross-site"},
    "form-text": {"Content-Type": "text/plain"},
    "form-urlencoded": {"Content-Type": "application/x-www-form-urlencoded"},
    "form-multipart": {"Content-Type": "multipart/form-data; boundary=x"},
    "no-type": {},
}


def _sent(sandbox: Sandbox, headers: Mapping[str, str], method: str = "POST") -> int:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
    try:
        body = TARGET if method == "POST" else None
        path = "/api/v1/namespaces/default/deployment-targets"
        connection.request(method, path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def _is_refused(headers: Mapping[str, str]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        with Sandbox() as sandbox:
            assert _sent(sandbox, headers) in (403, 415)
            assert sandbox.target("default", "jobs") is None
            assert sandbox.failures == []

    return held


def _reads_nothing(bench: Bench) -> None:
    with Sandbox() as sandbox:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            assert _sent(sandbox, headers, "GET") == 403


def _serves_its_own(bench: Bench) -> None:
    with Sandbox() as sandbox:
        port = sandbox.url.rpartition(":")[2]
        for host in (f"localhost:{port}", "127.0.0.1", f"[::1]:{port}", "sandbox", "a.localhost"):
            assert _sent(sandbox, {"Host": host}, "GET") == 200, host
        own = {**JSON, "Origin": sandbox.url}
        assert _sent(sandbox, own) == 201


ATTACKS = (
    *(
        Attack(
            f"sandbox-{name}",
            f"A web page writes to the simulator on loopback ({name}): refused, and nothing is made.",
            _is_refused(headers),
        )
        for name, headers in EVIL.items()
    ),
    Attack(
        "sandbox-read-by-a-page",
        "A web page reads the simulator through a name of its own: refused.",
        _reads_nothing,
    ),
    Attack(
        "sandbox-serves-its-own",
        "A name without a dot or an address stands in Host: it is served as ever.",
        _serves_its_own,
    ),
)
