"""A cluster that lists nothing for us: nothing can be decided, whatever the reason (exit code 5)."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from net.peer import Request, answer, serving
from vpsync.model.resource import GROUP
from vpsync.sandbox import Sandbox

from .conftest import Vpsync
from .test_exit_code_table import kubeconfig

COMMANDS = ["reconcile --once", "reconcile --once --wait", "diff", "get", "release -A --yes"]
STATUSES = {
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone", 500: "Internal",
}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_list_refused_ends_with_5(
    vpsync: Vpsync, tmp_path: Path, command: str, status: int
) -> None:
    document = {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
        "message": 'User "x" cannot list', "details": {"kind": "vpdeployments"},
    }  # fmt: skip

    def refuse(connection: socket.socket, request: Request) -> None:
        body = json.dumps(document).encode()
        connection.sendall(answer(body, status=f"{status} {STATUSES[status]}"))

    with serving(refuse) as peer:
        config = kubeconfig(tmp_path / "config", peer.url)
        done = vpsync(*command.split(), "--kubeconfig", str(config))
    assert done.code == 5, done.err
    assert done.out == ""


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("command", ["reconcile --once", "diff", "release --dry-run"])
def test_a_namespace_that_is_known_not_to_exist_ends_with_2_where_nothing_was_found(
    vpsync: Vpsync, tmp_path: Path, command: str, status: int
) -> None:
    def nothing(connection: socket.socket, request: Request) -> None:
        is_list = " /apis/" in request.head
        code = 200 if is_list else status
        body = json.dumps({"kind": "List", "metadata": {}, "items": []}).encode()
        connection.sendall(answer(body, status=f"{code} x"))

    with serving(nothing) as peer:
        config = kubeconfig(tmp_path / "config", peer.url)
        done = vpsync(*command.split(), "-n", "nosuchns", "--kubeconfig", str(config))
    assert done.code == (2 if status == 404 else 0), done.err
    assert ("-n nosuchns: there is no such namespace" in done.err) is (status == 404)


@pytest.mark.parametrize("command", ["reconcile --once", "diff", "release --dry-run"])
def test_one_of_several_namespaces_that_does_not_exist_is_told_and_the_others_are_done(
    vpsync: Vpsync, vvp: Sandbox, tmp_path: Path, command: str
) -> None:
    found = {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpNamespace",
        "metadata": {"name": "orders", "namespace": "there", "uid": "u", "generation": 1},
        "spec": {},
    }

    def one_is_there(connection: socket.socket, request: Request) -> None:
        items = [found] if "/there/vpnamespaces" in request.head.split(" ")[1] else []
        body = json.dumps({"kind": "List", "metadata": {}, "items": items}).encode()
        code = 404 if " /api/v1/namespaces/nosuchns " in request.head else 200
        connection.sendall(answer(body, status=f"{code} x"))

    with serving(one_is_there) as peer:
        config = kubeconfig(tmp_path / "config", peer.url)
        flags = ["--kubeconfig", str(config), "--vvp-url", vvp.url]
        done = vpsync(*command.split(), "-n", "there", "-n", "nosuchns", *flags)
    assert done.code == 3, done.err
    assert "-n nosuchns: there is no such namespace in the cluster" in done.err + done.out


def test_doctor_fails_over_a_namespace_that_does_not_exist(
    vpsync: Vpsync, vvp: Sandbox, tmp_path: Path
) -> None:
    def nothing(connection: socket.socket, request: Request) -> None:
        body = json.dumps({"kind": "List", "metadata": {}, "items": []}).encode()
        code = 404 if " /api/v1/namespaces/nosuchns " in request.head else 200
        connection.sendall(answer(body, status=f"{code} x"))

    with serving(nothing) as peer:
        config = kubeconfig(tmp_path / "config", peer.url)
        flags = ["--kubeconfig", str(config), "--vvp-url", vvp.url]
        done = vpsync("doctor", "-n", "nosuchns", *flags)
    assert done.code == 3
    assert "-n nosuchns: there is no such namespace in the cluster" in done.out


def test_a_list_of_an_absent_namespace_is_empty_as_with_kubectl(
    vpsync: Vpsync, tmp_path: Path
) -> None:
    def nothing(connection: socket.socket, request: Request) -> None:
        body = json.dumps({"kind": "List", "metadata": {}, "items": []}).encode()
        connection.sendall(answer(body, status="200 x" if " /apis/" in request.head else "404 x"))

    with serving(nothing) as peer:
        config = kubeconfig(tmp_path / "config", peer.url)
        done = vpsync("get", "-n", "nosuchns", "--kubeconfig", str(config))
    assert (done.code, done.out) == (0, "")
    assert "there are no such resources" in done.err
