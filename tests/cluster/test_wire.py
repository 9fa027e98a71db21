"""Connections of an API server: limits under each of them, and each of its own."""

from __future__ import annotations

import http.server
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from urllib3 import HTTPHeaderDict, PoolManager

from kubeconfigs.recording import Log, api, serving
from vpsync.cluster.client import Reader
from vpsync.cluster.credentials import Credential
from vpsync.cluster.tls import KeyPair
from vpsync.cluster.wire import ClusterApi
from vpsync.errors import ClusterError

from .plugins import V1, written


class Rotating:
    """Another client certificate for every request."""

    def __init__(self) -> None:
        self.given = 0

    def current(self) -> Credential:
        self.given += 1
        return Credential("", KeyPair(str(self.given).encode(), b""))

    def renewed(self, refused: Credential) -> Credential | None:
        return None


def test_what_is_prepared_holds_for_connections_of_now_and_later() -> None:
    made: list[PoolManager] = []

    def open_pool(pair: KeyPair | None) -> PoolManager:
        made.append(PoolManager())
        return made[-1]

    with serving(api(Log())) as port:
        url = f"http://127.0.0.1:{port}"
        connection = ClusterApi(url, "vpsync", Rotating(), (), open_pool)
        connection.open(None)
        prepared: list[PoolManager] = []
        connection.prepare(prepared.append)
        for _ in range(2):
            connection.call_api("GET", f"{url}/version").read()
        connection.close()
    assert prepared == made
    assert len(made) == 3


def test_headers_of_the_caller_are_not_changed() -> None:
    log = Log()
    given = HTTPHeaderDict({"Accept": "application/json"})
    with serving(api(log)) as port:
        url = f"http://127.0.0.1:{port}"
        named = (("Impersonate-Group", "a"), ("Impersonate-Group", "b"))
        connection = ClusterApi(url, "vpsync", Rotating(), named, lambda pair: PoolManager())
        connection.call_api("GET", f"{url}/version", header_params=given).read()
        connection.close()
    [request] = log.take()
    assert request.impersonation == (("impersonate-group", "a"), ("impersonate-group", "b"))
    assert dict(given) == {"Accept": "application/json"}


def test_a_plugin_may_ask_at_a_terminal(tmp_path: Path) -> None:
    log = Log()
    plugin = tmp_path / "plugin"
    status = '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s"}}'
    plugin.write_text(f"#!/bin/sh\nprintf 'code? ' >&2\nread code\nprintf '{status}' {V1} $code\n")
    plugin.chmod(0o755)
    user = {"exec": {"apiVersion": V1, "command": "./plugin", "interactiveMode": "Always"}}
    with serving(api(log)) as port:
        path = written(tmp_path / "config", f"http://127.0.0.1:{port}", user)
        script = (
            "from vpsync.cluster.client import Reader\n"
            "from vpsync.cluster.connection import connect\n"
            f"Reader(connect({path!r}, None, 'vpsync', 1)).get('/version')\n"
        )
        ended = _at_a_terminal(script, b"1234\n")
    assert (ended.returncode, ended.stderr) == (0, "code? ")
    assert [one.authorization for one in log.take()] == ["Bearer 1234"]


def _at_a_terminal(script: str, typed: bytes) -> subprocess.CompletedProcess[str]:
    """Runs a script whose standard input is a terminal, at which somebody types."""
    person, terminal = pty.openpty()
    try:
        os.write(person, typed)
        settings: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}
        root = str(Path(__file__).parents[2])
        return subprocess.run(
            [sys.executable, "-c", script], stdin=terminal, check=False, cwd=root, **settings
        )
    finally:
        os.close(person)
        os.close(terminal)


class Bearing:
    """A token that never changes."""

    def current(self) -> Credential:
        return Credential("Bearer CANARY-token-of-the-cluster")

    def renewed(self, refused: Credential) -> Credential | None:
        return None


def test_a_token_that_the_server_echoes_is_hidden_before_its_words_are_cut() -> None:
    """Cut first, all but its last character would be shown."""
    words = "x" * 475 + " CANARY-token-of-the-cluster"

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"kind": "Status", "message": words}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with serving(Echo) as port:
        connection = ClusterApi(
            f"http://127.0.0.1:{port}",
            "v",
            Bearing(),
            (),
            lambda pair: PoolManager(),
        )
        with pytest.raises(ClusterError) as caught:
            Reader(connection).get("/version")
        connection.close()
    assert "CANARY" not in str(caught.value)
