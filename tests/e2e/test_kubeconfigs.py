"""kubectl and vpsync make the same of a kubeconfig: same server, same identity, or both refuse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubeconfigs.asked import by_kubectl, by_vpsync, expected
from kubeconfigs.bench import Bench, Grounds, grounds, printing
from kubeconfigs.table import Case, table
from vpsync.cluster.connection import connect

from .apiserver.binaries import find_binaries
from .apiserver.server import ApiServer

TABLE = table()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """The servers of the table."""
    with grounds(tmp_path_factory.mktemp("pki")) as made:
        yield made


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The kubectl that the API server of these tests came with."""
    return find_binaries().kubectl


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_kubectl_asks_the_same_server_as_the_same_user(
    ground: Grounds, kubectl: Path, tmp_path: Path, case: Case
) -> None:
    bench = Bench(ground, tmp_path)
    case.prepare(bench)
    ground.log.take()
    why = by_kubectl(bench, kubectl)
    # Some kubectl ask for the version once more, to find the right kubectl for it.
    of_kubectl = list(dict.fromkeys(ground.log.take()))
    refusal = by_vpsync(bench)
    of_vpsync = ground.log.take()
    if case.kubectl != "same":
        # Where the two differ on purpose, the table says how, and why.
        differs = case.kubectl if isinstance(case.kubectl, dict) else None
        assert of_kubectl == ([] if differs is None else [expected(bench, differs)]), why
    elif why:
        assert refusal, f"kubectl refuses: {why}"
        assert of_vpsync == []
    else:
        assert (refusal, of_vpsync) == ("", of_kubectl)


# The identity that the real API server sees ----------------------------------------------------


REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

IDENTITIES: dict[str, dict[str, Any]] = {
    "a token": {},
    "another user": {"as": "jane"},
    "another user with all that belongs to one": {
        "as": "jane", "as-uid": "7", "as-groups": ["team", "system:authenticated"],
        "as-user-extra": {"example.com/Reason": ["a", "b"], "scopes": ["c"]},
    },
    "a service account": {"as": "system:serviceaccount:default:robot"},
    "a user with letters beyond ASCII": {"as": "jäne"},
}  # fmt: skip


def _kubeconfig(apiserver: ApiServer, folder: Path, user: dict[str, Any]) -> Path:
    """The administrator's kubeconfig with another user; relative paths are those of the folder."""
    content = json.loads(apiserver.admin_kubeconfig.read_text())
    content["users"][0]["user"] = user
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


def _token(apiserver: ApiServer) -> str:
    user = json.loads(apiserver.admin_kubeconfig.read_text())["users"][0]["user"]
    return str(user["token"])


def _seen_of_vpsync(kubeconfig: Path) -> Any:
    api = connect(str(kubeconfig), None, "vpsync", 1)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = api.call_api(
        "POST",
        api.host + REVIEWS,
        header_params={"Content-Type": "application/json"},
        body=review,
        _request_timeout=(5, 5),
    )
    seen = json.loads(answer.read())["status"]["userInfo"]
    api.close()
    return seen


def _seen_of_kubectl(apiserver: ApiServer, kubeconfig: Path) -> Any:
    told = apiserver.kubectl("auth", "whoami", "-o", "json", "--kubeconfig", str(kubeconfig))
    return json.loads(told.stdout)["status"]["userInfo"]


@pytest.mark.parametrize("form", ["token", "file", "plugin"])
@pytest.mark.parametrize("members", IDENTITIES.values(), ids=IDENTITIES)
def test_the_api_server_takes_both_for_the_same_user(
    apiserver: ApiServer, tmp_path: Path, members: dict[str, Any], form: str
) -> None:
    token = _token(apiserver)
    (tmp_path / "token").write_text(f"{token}\n")
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\n{printing(token=token)}\n")
    plugin.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    users: dict[str, dict[str, Any]] = {
        "token": {"token": token},
        "file": {"tokenFile": "token", "token": "of-another-time"},
        "plugin": {"exec": {
            "apiVersion": version, "command": "./plugin", "interactiveMode": "Never",
        }},
    }  # fmt: skip
    kubeconfig = _kubeconfig(apiserver, tmp_path, {**users[form], **members})
    seen = _seen_of_vpsync(kubeconfig)
    assert seen == _seen_of_kubectl(apiserver, kubeconfig)
    assert seen["username"] == members.get("as", "admin")


# A plugin that hangs, seen from the command line ------------------------------------------------


@pytest.fixture
def hanging(apiserver: ApiServer, tmp_path: Path) -> Path:
    """A kubeconfig whose exec plugin gives no answer."""
    plugin = tmp_path / "plugin"
    plugin.write_text("#!/bin/sh\ntouch started\nsleep 300\n")
    plugin.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    own = {"apiVersion": version, "command": "./plugin", "interactiveMode": "Never"}
    return _kubeconfig(apiserver, tmp_path, {"exec": own})


def _started(kubeconfig: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vpsync", *arguments, "--kubeconfig", str(kubeconfig)]
    return subprocess.Popen(
        [*command, "--vvp-url", "http://127.0.0.1:1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=kubeconfig.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_plugin_that_hangs_ends_with_the_time_limit_of_the_run(hanging: Path) -> None:
    process = _started(hanging, "reconcile", "--once", "--timeout", "1s")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 5
    assert "gave no credentials within 1 s" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["reconcile --once", "reconcile --loop", "diff"])
def test_a_plugin_that_hangs_ends_with_the_first_signal(
    hanging: Path, command: str, number: signal.Signals
) -> None:
    process = _started(hanging, *command.split())
    started = hanging.parent / "started"
    for _ in range(300):
        if started.exists():
            break
        time.sleep(0.1)
    process.send_signal(number)
    began = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert process.returncode == (0 if "--loop" in command else 128 + number)
