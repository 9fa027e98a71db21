"""``release``: says first what it does, asks, and never begins by accident."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from vpsync.model.resource import GROUP
from vpsync.sandbox import Fault, Respond, Sandbox, on

from .conftest import Vpsync
from .test_output import environment


@pytest.fixture
def flags(vpsync: Vpsync, vvp: Sandbox, files: Path) -> list[str]:
    """What points at manifests that are in sync."""
    flags = ["-f", str(files), "--vvp-url", vvp.url]
    assert vpsync("reconcile", "--once", *flags).code == 0
    vvp.settle()
    vvp.forget_requests()
    return flags


def is_marked(vvp: Sandbox) -> bool:
    held = vvp.deployment("default", "orders") or {}
    return any(key.startswith(GROUP) for key in held["metadata"]["annotations"])


PLAN = """\
VpDeployment team/orders: marker and record on VVP's default/orders
VpDeploymentTarget team/jobs: marker and record on VVP's default/jobs
Release: 0 finalizers, 2 markers to remove.
"""


def test_a_dry_run_shows_it_and_cannot_write(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    done = vpsync("release", "--dry-run", *flags)
    assert (done.code, done.out, done.err) == (0, PLAN, "")
    assert vvp.mutations() == []


def test_without_a_terminal_it_shows_it_and_refuses(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    done = vpsync("release", *flags)
    assert (done.code, done.out) == (2, PLAN)
    assert "--yes" in done.err
    assert vvp.mutations() == []


def test_with_yes_it_is_done(vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
    done = vpsync("release", "--yes", *flags)
    assert (done.code, done.err) == (0, "")
    assert done.out == PLAN + "Released: 0 finalizers, 2 markers removed.\n"
    assert not is_marked(vvp)
    again = vpsync("release", *flags)
    assert again.out == "Release: 0 finalizers, 0 markers to remove, 2 with nothing of ours.\n"
    assert again.code == 0


@pytest.mark.parametrize(("answer", "stays"), [(b"n\n", True), (b"\n", True), (b"y\n", False)])
def test_on_a_terminal_it_asks(vvp: Sandbox, flags: list[str], answer: bytes, stays: bool) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vpsync", "release", *flags],
        stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    os.write(leader, answer)
    out, err = process.communicate(timeout=30)
    os.close(leader)
    os.close(follower)
    assert process.returncode == 0
    assert b"No job and no field is touched" in err
    assert out.decode().startswith(PLAN)
    assert (b"nothing was done" in err) is stays
    assert is_marked(vvp) is stays


def test_what_fails_is_told_and_the_rest_is_done(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    vvp.faults.add(Fault(on("PUT", "/deployment-targets"), Respond(400, {"message": "no"})))
    done = vpsync("release", "--yes", *flags)
    assert done.code == 3
    assert done.out.endswith("Released: 0 finalizers, 1 marker removed, 1 not done.\n")
    assert "VpDeploymentTarget team/jobs: PUT" in done.err


def test_a_token_that_vvp_quotes_is_not_shown(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPMANAGER_API_TOKEN", "CANARYtoken")
    quoting = Respond(400, {"message": "no to CANARYtoken"})
    vvp.faults.add(Fault(on("PUT", "/deployment-targets"), quoting))
    vvp.faults.add(Fault(on("GET", "/deployments$"), quoting, times=None))
    done = vpsync("release", "--yes", *flags)
    assert "no to ***" in done.out
    assert "no to ***" in done.err
    assert "CANARY" not in done.out + done.err


def test_5_where_vvp_cannot_be_read_and_nothing_is_done(vpsync: Vpsync, files: Path) -> None:
    done = vpsync("release", "--yes", "-f", str(files), "--vvp-url", "http://127.0.0.1:9")
    assert (done.code, done.out) == (5, "")
    assert done.err == (
        "vpsync: nothing could be released because VVP at http://127.0.0.1:9 cannot be read: "
        "GET /api/v1/namespaces/default/deployments: no connection: connection refused\n"
    )


def test_5_is_one_line_also_of_what_a_preview_would_remove(vpsync: Vpsync, files: Path) -> None:
    done = vpsync("release", "--dry-run", "-f", str(files), "--vvp-url", "http://127.0.0.1:9")
    assert (done.code, done.out, done.err.count("\n")) == (5, "", 1)


def test_3_where_a_part_of_vvp_cannot_be_read(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    vvp.faults.add(Fault(on("GET", "/deployments$"), Respond(403, {"message": "no"}), times=None))
    done = vpsync("release", "--yes", *flags)
    assert done.code == 3
    assert "VpDeployment team/orders: kept as it is" in done.out
    assert done.out.endswith("Released: 0 finalizers, 1 marker removed.\n")
    vvp.faults.clear()
    assert is_marked(vvp)


@pytest.mark.parametrize(
    "arguments",
    [[], ["-n", "a", "-A"], ["-l", "a=b"], ["-f", ".", "--finalizers-only"], ["-f", "nowhere"]],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_2_for_a_scope_that_is_none(vpsync: Vpsync, arguments: list[str]) -> None:
    done = vpsync("release", "--yes", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
