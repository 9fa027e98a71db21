"""Wrong usage: exit code 2, words on stderr, nothing on stdout, and nothing is sent."""

from __future__ import annotations

import re
import shlex
import socket
from pathlib import Path

import pytest

from vpsync.sandbox import Sandbox

from .conftest import Vpsync

WRONG = {
    "an unknown command": ["reconsile"],
    "an unknown flag": ["diff", "--frobnicate"],
    "neither once nor loop": ["reconcile"],
    "both once and loop": ["reconcile", "--once", "--loop"],
    "a loop that waits": ["reconcile", "--loop", "--wait"],
    "an argument too many": ["diff", "-f", "FILES", "more"],
    "all namespaces and one": ["diff", "-A", "-n", "team"],
    "two namespaces for files": ["diff", "-f", "FILES", "-n", "one", "-n", "two"],
    "a selector for files": ["diff", "-f", "FILES", "-l", "a=b"],
    "a namespace that leads out of the path": ["diff", "-n", ".."],
    "two namespaces in one": ["diff", "-n", "a,b"],
    "an empty namespace": ["diff", "-n", ""],
    "an empty namespace to release": ["release", "-n", ""],
    "an empty namespace to get": ["get", "-n", ""],
    "an empty namespace among others": ["diff", "-n", "a", "-n", ""],
    "a namespace that is none for files": ["validate", "FILES", "-n", "A b"],
    "an empty path": ["diff", "-f", ""],
    "an empty path to check": ["validate", ""],
    "an empty map of namespaces": ["diff", "-f", "FILES", "--namespace-map", ""],
    "no target namespaces": ["diff", "-f", "FILES", "--target-namespaces", ""],
    "only a comma of target namespaces": ["diff", "-f", "FILES", "--target-namespaces", ","],
    "a target namespace that is none": ["diff", "-f", "FILES", "--target-namespaces", "a,B"],
    "an admin namespace that is none": ["diff", "-n", "a", "--admin-namespace", "../x"],
    "an empty selector": ["diff", "-l", ""],
    "limits for files of nobody": ["diff", "-f", "FILES", "--admin-namespace", "team"],
    "a token directory that is a file": ["diff", "-f", "FILES", "--vvp-token-dir", __file__],
    "a token file that is a directory": ["diff", "-f", "FILES", "--vvp-token-file", "/usr"],
    "a path that is not there": ["diff", "-f", "/nowhere"],
    "a duration that is none": ["diff", "-f", "FILES", "--timeout", "soon"],
    "an empty duration": ["diff", "-f", "FILES", "--timeout", ""],
    "no requests side by side": ["diff", "-f", "FILES", "--concurrency", "0"],
    "a number that is none": ["diff", "-f", "FILES", "--concurrency", "many"],
    "a kind that is none": ["diff", "-f", "FILES", "--kinds", "VpNonsense"],
    "no kind": ["diff", "-f", "FILES", "--kinds", ","],
    "a shard without a count": ["diff", "-f", "FILES", "--shard", "1"],
    "a shard beyond the last": ["diff", "-f", "FILES", "--shard", "3/3"],
    "a shard of none": ["diff", "-f", "FILES", "--shard", "0/0"],
    "an empty shard": ["diff", "-f", "FILES", "--shard", ""],
    "a prune of a cluster": ["reconcile", "--once", "--prune"],
    "a prune of some kinds": ["diff", "-f", "FILES", "--prune", "--kinds", "VpDeployment"],
    "a VVP namespace that is none": ["diff", "-f", "FILES", "--vvp-namespace", "../x"],
    "an owner-id that no token could be named after": ["diff", "-f", "FILES", "--owner-id", "Blue Team"],
    "an output that is none": ["diff", "-f", "FILES", "-o", "xml"],
    "an edition that is none": ["diff", "-f", "FILES", "--vvp-edition", "gold"],
    "a CA file without certificates": ["diff", "-f", "FILES", "--vvp-ca-file", __file__],
    "a URL that is none": ["diff", "-f", "FILES", "--vvp-url", "localhost:8081"],
    "a URL without a host": ["diff", "-f", "FILES", "--vvp-url", "http://"],
    "a URL with a password": ["diff", "-f", "FILES", "--vvp-url", "http://u:CANARY@x"],
    "two ways to name VVP": [
        "diff", "-f", "FILES", "--vvp-url", "http://x", "--platform-api-url", "http://y",
    ],
    "a certificate without its key": ["diff", "-f", "FILES", "--vvp-client-cert-file", "FILES"],
    "a CA file that is not there": ["diff", "-f", "FILES", "--vvp-ca-file", "/nowhere.pem"],
    "an environment file that is not there": ["diff", "-f", "FILES", "--env-file", "/nowhere"],
    "a kubeconfig that is not there": ["diff", "--kubeconfig", "/nowhere"],
    "no kubeconfig at all": ["diff"],
    "an address that is none": ["sandbox", "--listen", "8081"],
    "a port beyond the last": ["sandbox", "--listen", "127.0.0.1:99999"],
    "a port that is none": ["sandbox", "--listen", "localhost:http"],
    "a switch that is none": ["sandbox", "--switch", "lists=no", "--listen", "127.0.0.1:0"],
    "a value that a switch lacks": ["sandbox", "--switch", "seed=x", "--listen", "127.0.0.1:0"],
    "a version that is none": ["sandbox", "--version", "new", "--listen", "127.0.0.1:0"],
    "nothing to check": ["validate"],
    "a form of findings that is none": ["validate", "FILES", "-o", "markdown"],
    "a kind without a schema": ["schema", "VpNonsense"],
    "no shell to complete in": ["completion"],
    "a shell that is none": ["completion", "powershell"],
    "no pause between passes": ["reconcile", "--loop", "--interval", "0", "-f", "FILES"],
    "no time for a pass": ["diff", "-f", "FILES", "--timeout", "0s"],
    "manifests without their flag": ["diff", "FILES"],
    "a Lease without a cluster": ["reconcile", "--loop", "--enable-leader-election", "-f", "FILES"],
    "a namespace of the Lease that is none": ["reconcile", "--once", "--lease-namespace", "../x"],
    "an empty namespace of the Lease": ["reconcile", "--once", "--lease-namespace", ""],
    "watches of files": ["reconcile", "--loop", "--events", "-f", "FILES"],
    "watches for one pass": ["reconcile", "--once", "--events"],
    "a jitter above a hundred": ["reconcile", "--loop", "--interval-jitter-percent", "101"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_is_told_and_ends_with_2(
    vpsync: Vpsync, vvp: Sandbox, files: Path, arguments: list[str]
) -> None:
    done = vpsync(*(str(files) if text == "FILES" else text for text in arguments))
    assert done.code == 2
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err
    assert "CANARY" not in done.err
    assert vvp.requests == []


@pytest.mark.parametrize("release", ["9", "new", "2.x"])
def test_a_release_that_is_none_is_told_with_one_that_is(
    vpsync: Vpsync, files: Path, release: str
) -> None:
    for flag in (["sandbox", "--version"], ["validate", str(files), "--vvp-version"]):
        done = vpsync(*flag, release)
        assert done.code == 2
        assert f"{flag[-1]} {release}: give a release of VVP 2.x, such as 2.8." in done.err


@pytest.mark.parametrize("command", [["diff"], ["reconcile", "--once"]])
def test_manifests_without_their_flag_are_told_of_it(
    vpsync: Vpsync, files: Path, command: list[str]
) -> None:
    told = " ".join(vpsync(*command, str(files)).err.split())
    assert f"({files}). Manifests come with -f: vpsync {' '.join(command)} -f {files}" in told
    hint = told.rpartition("Manifests come with -f: vpsync ")[2]
    assert vpsync(*shlex.split(hint), "--sandbox").code == 0, "the hint can be pasted"


def test_a_duration_that_is_none_is_told_with_its_flag(vpsync: Vpsync) -> None:
    for text in ("-5", "abc", "1w"):
        done = vpsync("reconcile", "--loop", "--interval", text)
        assert done.code == 2
        assert f"'--interval': {text!r} is not a duration" in " ".join(done.err.split())


def test_the_hint_names_the_argument_itself(vpsync: Vpsync) -> None:
    told = vpsync("diff", "-n", "u", "-o", "json", "my manifests", "more").err
    assert "-f 'my manifests'" in " ".join(told.split())


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_sentence_ends_before_the_next_begins(
    vpsync: Vpsync, files: Path, arguments: list[str]
) -> None:
    told = " ".join(
        vpsync(*(str(files) if text == "FILES" else text for text in arguments)).err.split()
    )
    assert not re.search(r"[)'\"] [A-Z][a-z]", told.partition("Error: ")[2]), told


def test_no_command_shows_the_help(vpsync: Vpsync) -> None:
    done = vpsync()
    assert done.code == 2
    assert "Usage: vpsync" in done.out + done.err


def test_a_mistyped_command_is_guessed(vpsync: Vpsync) -> None:
    assert "Did you mean 'reconcile'?" in vpsync("reconsile").err


def test_a_port_that_is_taken_is_told(vpsync: Vpsync) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = vpsync("sandbox", "--listen", address)
    assert done.code == 2
    assert "Address already in use" in done.err
