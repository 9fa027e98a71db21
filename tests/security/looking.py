"""Attacks on what a loop tells over HTTP, and on the metrics that a single run leaves behind."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from builders import manifest
from passes.scenario import LIBRARY
from vpsync.controller.endpoints import Endpoints
from vpsync.controller.gate import Gate
from vpsync.controller.health import Health
from vpsync.controller.metrics import Metrics
from vpsync.controller.overview import PageContents, shown_of
from vpsync.controller.server import MetricsServer
from vpsync.kinds import KINDS
from vpsync.model.json import JsonObject
from vpsync.render.resources import row_of
from vpsync.settings import ListenAddress, Settings
from vpsync.source.manifest import read_manifest

from .attack import Attack, Bench

SUCCESS = "vpsync_last_success_timestamp_seconds"
REQUESTS = {
    "doubled-slash": b"GET //metrics HTTP/1.1\r\n\r\n",
    "dots": b"GET /healthz/../metrics HTTP/1.1\r\n\r\n",
    "encoded": b"GET /%6detrics HTTP/1.1\r\n\r\n",
    "absolute": b"GET http://localhost/metrics HTTP/1.1\r\n\r\n",
    "query": b"GET /metrics?x=/healthz HTTP/1.1\r\n\r\n",
    "old-http": b"GET /metrics\r\n\r\n",
    "two-tokens": b"GET /metrics HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer good\r\n\r\n",
    "folded-token": b"GET /metrics HTTP/1.1\r\nAuthorization: Bearer\r\n good\r\n\r\n",
    "token-in-query": b"GET /metrics?access_token=good HTTP/1.1\r\n\r\n",
    "basic-name": b"GET / HTTP/1.1\r\nAuthorization: Basic Z29vZDo=\r\n\r\n",
    "no-token": b"GET / HTTP/1.1\r\nAuthorization:\r\n\r\n",
    "head": b"HEAD /metrics HTTP/1.1\r\n\r\n",
    "other-verb": b"TRACE /metrics HTTP/1.1\r\n\r\n",
    "many-headers": b"GET /metrics HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "long-header": b"GET /metrics HTTP/1.1\r\nA: " + b"x" * 20_000 + b"\r\n\r\n",
    "escapes": b"GET /\x1b[2J\x00 HTTP/1.1\r\n\r\n",
    "version": b"GET /metrics HTTP/9.9\r\n\r\n",
}
ELEMENTS = frozenset({
    "html", "lang", "head", "meta", "charset", "name", "content", "http-equiv", "title", "style", "body",
    "header", "h1", "h2", "p", "class", "section", "table", "thead", "tbody", "tr", "th", "scope", "td",
    "data-name",
})  # fmt: skip
FILES: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "link-to-nothing": lambda path: path.symlink_to("gone"),
    "half-a-label": lambda path: path.write_text('{, =\x00"'),
    "endless-number": lambda path: path.write_text(f"{SUCCESS} {'9' * 5000}\n"),
    "no-text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "infinite": lambda path: path.write_text(f"{SUCCESS} +Inf\n{SUCCESS} NaN\n"),
}


def _refuses(request: bytes) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        gate = Gate(lambda token: None, lambda caller, path: False)
        contents = PageContents(Settings(), lambda: ([], ["CANARY"]))
        answers = Endpoints(Metrics(KINDS), Health(lambda: 0.0, 60.0, 60.0), contents, gate)
        with MetricsServer(ListenAddress("127.0.0.1", 0), answers.answer) as server:
            told = _said(int(server.url.rpartition(":")[2]), request)
        assert b" 200 " not in told.partition(b"\r\n")[0], told
        assert b"CANARY" not in told
        assert b"vpsync_" not in told
        assert b"\x1b" not in told

    return held


def _said(port: int, request: bytes) -> bytes:
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        try:
            while chunk := connection.recv(65_536):
                told += chunk
        except ConnectionResetError:  # It does not read to the end what is too much.
            pass
    return told


class _Elements(HTMLParser):
    """Collects what a browser would make of a page, but for tables and text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append(tag)
        self.found += [name for name, _ in attrs]


def _is_text(hostile: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        told = {"type": "Ready", "status": hostile, "reason": hostile, "message": hostile}
        status = {"id": hostile, "state": hostile, "conditions": [told], "observedGeneration": 1}
        row = row_of(manifest(name=hostile, namespace=hostile, status=status), "vpd")
        contents = PageContents(
            Settings(), lambda: ([row], [hostile]), lambda: datetime(2025, 6, 15, tzinfo=UTC)
        )
        text = contents.page("text/html").body.decode()
        page = _Elements()
        page.feed(text)
        assert set(page.found) <= ELEMENTS
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u3164]", text.partition("</style>")[2])
        assert json.loads(contents.page("application/json").body)

    return held


def _shares_a_page(bench: Bench) -> None:
    rows = [row_of(manifest(name=f"job-{n}"), "vpd") for n in range(300)]
    contents = PageContents(Settings(), lambda: (rows, []), clock=lambda: 0.0)
    for accept in ("text/html", "application/json"):
        assert len({id(contents.page(accept).body) for _ in range(20)}) == 1


def _keeps_little(bench: Bench) -> None:
    told = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "m"}
    status = {
        "id": "i",
        "state": "RUNNING",
        "conditions": [told],
        "observedGeneration": 3,
        "managed": "x" * 9999,
    }
    for document in LIBRARY.values():
        metadata = {
            **document["metadata"],
            "generation": 3,
            "creationTimestamp": "2025-01-01T00:00:00Z",
        }
        whole: JsonObject = {**document, "metadata": metadata, "status": status}
        small = shown_of(whole)
        rows = [row_of(read_manifest(one, "cluster")[0], "x") for one in (whole, small)]
        assert rows[0] == rows[1]
        assert len(json.dumps(small)) < 600


def _leaves_the_pass_alone(put: Callable[[Path], object]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        files, file = bench.directory / "a.json", bench.directory / "vpsync.prom"
        files.write_text(json.dumps(LIBRARY["target"]))
        put(file)
        run = ("reconcile", "--once", "--sandbox", "-f", str(files))
        if file.is_fifo():
            # It is written to, and so has to be read.
            reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        done = bench.vpsync(*run, "--metrics-textfile", str(file))
        if file.is_fifo():
            os.close(reader)
        assert done.code == 0, done
        assert "fault of vpsync" not in done.err
        assert "created" in done.out

    return held


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "apostrophe": "' onclick='alert(1)",
    "entity": "&lt;script&gt;",
    "end-of-style": "</style></title></td><img src=x>",
    "comment": "<!-- --><base href=//evil.example>",
    "controls": "a\x00\x1b[2J\u202eb\u3164\ud800",
}

ATTACKS = (
    *(
        Attack(
            f"metrics-{name}",
            f"A stranger asks for the metrics or the page by a trick ({name}): nothing is told.",
            _refuses(request),
        )
        for name, request in REQUESTS.items()
    ),
    *(
        Attack(
            f"page-{name}",
            f"A name and a status hold markup for a browser ({name}): on the page it is text.",
            _is_text(text),
        )
        for name, text in HOSTILE.items()
    ),
    Attack(
        "page-asked-by-many",
        "Many ask for the page of a large fleet at once: it is made once, and all get the same bytes.",
        _shares_a_page,
    ),
    Attack(
        "page-beside-a-pass",
        "Somebody opens the page while a pass runs: of each resource no more is kept than is shown.",
        _keeps_little,
    ),
    *(
        Attack(
            f"textfile-{name}",
            f"In the place of --metrics-textfile somebody left a {name}: the pass does its work.",
            _leaves_the_pass_alone(put),
        )
        for name, put in FILES.items()
    ),
)
