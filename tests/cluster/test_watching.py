"""The watch of a kind: what is asked for, and every way in which it ends."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from net.conftest import kubeconfig
from net.peer import Request, Script, answer, reset, serving
from vpsync.cluster.answers import Expired
from vpsync.cluster.watching import LONGEST_EVENT, WATCH_LIMITS, Watcher, WatchEvent
from vpsync.controller.connect import open_cluster
from vpsync.errors import ClusterError, ClusterForbidden, ClusterUnreachable
from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.net.deadline import Deadline
from vpsync.settings import Scope, Settings


def event(kind: str, **metadata: Any) -> bytes:
    return json.dumps({"type": kind, "object": {"metadata": metadata}}).encode() + b"\n"


def status(code: int, reason: str) -> bytes:
    return json.dumps(
        {"kind": "Status", "code": code, "reason": reason, "message": reason}
    ).encode()


@contextmanager
def watcher(script: Script, tmp_path: Path) -> Iterator[tuple[Watcher, list[Request]]]:
    with serving(script) as peer:
        scope = Scope(kubeconfig=kubeconfig(tmp_path / "config", peer.url), selector="a=b")
        ended = threading.Event()
        yield (
            open_cluster(
                Settings(scope=scope), Watcher, ended, Deadline(ended), limits=WATCH_LIMITS
            ),
            peer.requests,
        )
        ended.set()


def sending(*pieces: bytes, then: Any = None) -> Script:
    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(answer(b"", "Transfer-Encoding: chunked"))
        for piece in pieces:
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if then is not None:
            then(connection)
        connection.sendall(b"0\r\n\r\n")

    return send


def seen(script: Script, tmp_path: Path) -> list[WatchEvent]:
    with watcher(script, tmp_path) as (one, _):
        return list(one.watch(DEPLOYMENT, "team", "7"))


def test_events_come_as_they_are_however_they_are_cut(tmp_path: Path) -> None:
    text = event("ADDED", name="a", resourceVersion="8") + event("MODIFIED", name="a")
    text += event("DELETED", name="a") + event("BOOKMARK", resourceVersion="9")
    for size in (1, 7, len(text)):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        added, modified, deleted, bookmark = seen(sending(*pieces), tmp_path)
        assert (added.metadata["name"], added.version, added.gone) == ("a", "8", False)
        assert not modified.gone
        assert deleted.gone
        assert (bookmark.bookmark, bookmark.version) == (True, "9")


def test_metadata_alone_is_asked_for_with_bookmarks_and_an_end(tmp_path: Path) -> None:
    with watcher(sending(), tmp_path) as (one, requests):
        assert list(one.watch(DEPLOYMENT, "team", "7")) == []
    [request] = requests
    line = request.head.splitlines()[0]
    assert (
        "/namespaces/team/vpdeployments?watch=1&allowWatchBookmarks=true&resourceVersion=7" in line
    )
    assert "labelSelector=a%3Db" in line
    assert "timeoutSeconds=240" in line
    assert "as=PartialObjectMetadata;g=meta.k8s.io;v=v1" in str(request.header("Accept"))


def test_a_list_asks_for_metadata_too_and_gives_the_version_of_its_first_page(
    tmp_path: Path,
) -> None:
    def page(connection: socket.socket, request: Request) -> None:
        first = "continue=" not in request.head
        metadata = (
            {"resourceVersion": "7", "continue": "more"} if first else {"resourceVersion": "8"}
        )
        item: dict[str, Any] = {"metadata": {"name": "a" if first else "b", "managedFields": []}}
        connection.sendall(answer(json.dumps({"items": [item], "metadata": metadata}).encode()))

    with watcher(page, tmp_path) as (one, requests):
        items, version = one.listed(DEPLOYMENT, "team")
    assert [item["metadata"] for item in items] == [{"name": "a"}, {"name": "b"}]
    assert version == "7"
    assert "as=PartialObjectMetadataList" in str(requests[0].header("Accept"))


@pytest.mark.parametrize("empty", [{"items": None}, {}, {"items": []}])
def test_a_kind_of_which_there_is_nothing_has_an_empty_list(
    tmp_path: Path, empty: dict[str, Any]
) -> None:
    """Seen of an API server: ``items`` is null there, where that of whole objects is empty."""
    page = {"kind": "PartialObjectMetadataList", "metadata": {"resourceVersion": "7"}, **empty}

    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(answer(json.dumps(page).encode()))

    with watcher(send, tmp_path) as (one, _):
        assert one.listed(DEPLOYMENT, "team") == ([], "7")


ERROR = json.dumps({"type": "ERROR", "object": json.loads(status(410, "Expired"))}).encode() + b"\n"
OTHER = json.dumps({"type": "ERROR", "object": json.loads(status(500, "Broken"))}).encode() + b"\n"


def refusing(code: str, body: bytes) -> Script:
    return lambda connection, request: connection.sendall(answer(body, status=code))


BAD: dict[str, tuple[Script, type[ClusterError]]] = {
    "an event that it expired": (sending(event("ADDED"), ERROR), Expired),
    "an answer that it expired": (refusing("410 Gone", status(410, "Expired")), Expired),
    "another error event": (sending(OTHER), ClusterError),
    "no right": (refusing("403 Forbidden", status(403, "Forbidden")), ClusterForbidden),
    "no JSON": (sending(b"<html>\n"), ClusterError),
    "no event": (sending(b"[1]\n"), ClusterError),
    "an event of no object": (sending(b'{"type": "ADDED", "object": 1}\n'), ClusterError),
    "an event without an end": (sending(*[b"x" * (1 << 20)] * 6), ClusterError),
    "a reset": (sending(event("ADDED"), then=reset), ClusterUnreachable),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_event_is_an_error_of_our_own(case: str, tmp_path: Path) -> None:
    script, error = BAD[case]
    with pytest.raises(error) as caught:
        seen(script, tmp_path)
    assert type(caught.value) is error
    assert LONGEST_EVENT < 6 << 20
