"""One Lease over HTTP: what is sent, what is kept of others, and words for what goes wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from net.conftest import kubeconfig
from net.peer import Peer, Request, answer, serving
from vpsync.cluster.leases import LEASE_LIMITS, LeaseEdge, LeaseRecord, micro_time
from vpsync.controller.connect import open_cluster
from vpsync.errors import ClusterConflict, ClusterError, ClusterForbidden, ClusterNotFound
from vpsync.model.resource import annotation
from vpsync.net.deadline import Deadline
from vpsync.settings import Scope, Settings

FOUND: dict[str, Any] = {
    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
    "metadata": {"name": "vpsync-default", "namespace": "vpsync", "resourceVersion": "7",
                 "annotations": {"note": "of somebody"}},
    "spec": {"holderIdentity": "other_1", "leaseDurationSeconds": 15, "leaseTransitions": 2,
             "acquireTime": "2025-01-01T00:00:00.000000Z", "strategy": "OldestEmulationVersion",
             "renewTime": "2025-01-01T00:00:02.000000Z"},
}  # fmt: skip
SPEC = FOUND["spec"]
RECORD = LeaseRecord("me", 15, "2025-01-01T00:00:00.000001Z", "2025-01-01T00:00:00.000001Z", 3)


@contextmanager
def edge(tmp_path: Path, body: object, status: str = "200 OK") -> Iterator[tuple[LeaseEdge, Peer]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(answer(data, status=status))

    with serving(send) as peer:
        scope = Scope(kubeconfig=kubeconfig(tmp_path / "config", peer.url))
        ended = threading.Event()
        one = open_cluster(
            Settings(scope=scope), LeaseEdge, ended, Deadline(ended), limits=LEASE_LIMITS
        )
        one.namespace, one.name = "vpsync", "vpsync-default"
        one.owner_id, one.shard = "default", "0/1"
        yield one, peer


def refused(code: int) -> dict[str, Any]:
    return {
        "kind": "Status",
        "code": code,
        "message": "no",
        "reason": "No",
        "details": {"kind": "x"},
    }


def test_a_lease_is_read_with_all_that_client_go_writes(tmp_path: Path) -> None:
    with edge(tmp_path, FOUND) as (one, peer):
        found = one.read()
    assert found is not None
    assert (found.holder, found.seconds, found.transitions) == ("other_1", 15, 2)
    assert (found.acquired, found.renewed) == (SPEC["acquireTime"], SPEC["renewTime"])
    assert found.version == "7"
    place = "/apis/coordination.k8s.io/v1/namespaces/vpsync/leases/vpsync-default"
    assert peer.requests[0].head.startswith(f"GET {place} ")


def test_there_may_be_none(tmp_path: Path) -> None:
    with edge(tmp_path, refused(404), "404 Not Found") as (one, _):
        assert one.read() is None


def test_what_others_keep_in_it_stays(tmp_path: Path) -> None:
    with edge(tmp_path, FOUND) as (one, _):
        found = one.read()
        assert found is not None
        body: Any = one._document(replace(RECORD, version="7", document=found.document))
    notes = {"note": "of somebody", annotation("owner-id"): "default", annotation("shard"): "0/1"}
    assert body["metadata"] == {**FOUND["metadata"], "annotations": notes}
    assert body["spec"]["strategy"] == FOUND["spec"]["strategy"]
    assert (body["spec"]["holderIdentity"], body["spec"]["leaseTransitions"]) == ("me", 3)


@pytest.mark.parametrize(
    "body", [b"<html>", [], {}, {"metadata": {}}, {"metadata": {"resourceVersion": 7}}]
)
def test_an_answer_of_another_shape_is_an_error(tmp_path: Path, body: object) -> None:
    with edge(tmp_path, body) as (one, _), pytest.raises(ClusterError):
        one.read()


@pytest.mark.parametrize(
    "spec", [None, [], {"leaseDurationSeconds": "15", "holderIdentity": 1}, {}]
)
def test_members_of_another_shape_are_none(tmp_path: Path, spec: object) -> None:
    with edge(tmp_path, {**FOUND, "spec": spec}) as (one, _):
        found = one.read()
    assert found == LeaseRecord("", 0)


def test_the_siblings_are_the_other_leases_of_the_owner_id(tmp_path: Path) -> None:
    def lease(name: str, owner: str, shard: str) -> dict[str, Any]:
        notes = {annotation("owner-id"): owner, annotation("shard"): shard}
        return {
            "metadata": {"name": name, "resourceVersion": "1", "annotations": notes},
            "spec": SPEC,
        }

    items = [
        lease("vpsync-default", "default", "0/1"), lease("vpsync-default-1", "default", "1/3"),
        lease("vpsync-other", "other", "0/1"), {"metadata": {"name": "kube-scheduler"}},
    ]  # fmt: skip
    with edge(tmp_path, {"items": items}) as (one, _):
        [(name, (record, shard))] = one.siblings().items()
    assert (name, record.holder, shard) == ("vpsync-default-1", "other_1", "1/3")


@pytest.mark.parametrize("body", [b"<html>", [], {}, {"items": None}, {"items": [7]}])
def test_a_list_of_another_shape_is_an_error(tmp_path: Path, body: object) -> None:
    with edge(tmp_path, body) as (one, _), pytest.raises(ClusterError):
        one.siblings()


def test_a_write_is_sent_once_and_a_conflict_is_one(tmp_path: Path) -> None:
    with edge(tmp_path, refused(409), "409 Conflict") as (one, peer):
        with pytest.raises(ClusterConflict):
            one.replace(RECORD)
        with pytest.raises(ClusterConflict):
            one.create(RECORD)
    assert [request.method for request in peer.requests] == ["PUT", "POST"]


def test_a_fault_of_the_server_is_left_to_the_next_attempt(tmp_path: Path) -> None:
    with edge(tmp_path, b"", "503 Service Unavailable") as (one, peer), pytest.raises(ClusterError):
        one.read()
    assert len(peer.requests) == 1


def test_words_for_what_somebody_has_to_mend(tmp_path: Path) -> None:
    with (
        edge(tmp_path, refused(404), "404 Not Found") as (one, _),
        pytest.raises(ClusterNotFound, match="no namespace vpsync for the Lease vpsync-default"),
    ):
        one.create(RECORD)
    with edge(tmp_path, refused(403), "403 Forbidden") as (one, _):
        for verb, attempt in (
            ("get", one.read),
            ("list", one.siblings),
            ("update", lambda: one.replace(RECORD)),
        ):
            with pytest.raises(
                ClusterForbidden, match=f"may not {verb} leases.coordination.k8s.io"
            ):
                attempt()


def test_times_are_written_as_kubernetes_does() -> None:
    moment = datetime(2025, 1, 1, 2, 0, 0, 12, tzinfo=timezone(timedelta(hours=2)))
    assert micro_time(moment) == "2025-01-01T00:00:00.000012Z"
    assert micro_time(datetime(2025, 1, 1, tzinfo=UTC)) == "2025-01-01T00:00:00.000000Z"
