"""A cluster that lists nothing for us: nothing can be decided, whatever the reason (exit code 5)."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from net.peer import Request, answer, serving

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
