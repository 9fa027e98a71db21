"""``vpsync sandbox`` as its user meets it: what it is known that VVP does, it does without being asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ORDERS = {
    "metadata": {"name": "orders"},
    "spec": {
        "state": "CANCELLED",
        "deploymentTargetName": "jobs",
        "jobFailureExpirationTime": "1h",
        "template": {
            "spec": {
                "artifact": {"kind": "JAR", "jarUri": "s3://bucket/orders.jar"},
                "flinkConfiguration": {"s3.secret-key": "hunter2"},
            }
        },
    },
}


@contextmanager
def running(*flags: str) -> Iterator[str]:
    """The address of the VVP namespace ``default`` of a sandbox with these flags."""
    command = [sys.executable, "-m", "vpsync", "sandbox", "--listen", "127.0.0.1:0", *flags]
    plain = {key: value for key, value in os.environ.items() if not key.startswith("VPSYNC_")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=plain) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().partition(" at ")[2].partition(";")[0]
            yield f"{url}/api/v1/namespaces/default"
        finally:
            process.send_signal(signal.SIGTERM)


def answered(url: str, body: object = None) -> Any:
    """What it answers to a GET, or to a POST of the body."""
    data = None if body is None else json.dumps(body).encode()
    sent = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(sent, timeout=20) as answer:
        return json.load(answer)


def read_back(*flags: str) -> Any:
    """The spec of a deployment as it shows it after it was created."""
    with running(*flags) as url:
        target = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {}}}
        answered(f"{url}/deployment-targets", target)
        answered(f"{url}/deployments", ORDERS)
        return answered(f"{url}/deployments/orders")["spec"]


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        (["--version", "2.5.3"], "hunter2"),
        (["--version", "2.5.4"], "******"),
        (["--switch", "masks-sensitive-values=false"], "hunter2"),
    ],
)
def test_a_sensitive_value_is_hidden_from_the_release_on_that_hides_it(
    flags: list[str], shown: str
) -> None:
    held = read_back(*flags)["template"]["spec"]["flinkConfiguration"]
    assert held["s3.secret-key"] == shown


@pytest.mark.parametrize(
    ("flags", "is_kept"),
    [
        (["--version", "2.6.2"], False),
        (["--version", "2.7.1"], True),
        (["--version", "2.6.2", "--switch", "drops-newer-fields=false"], True),
    ],
)
def test_a_field_is_dropped_before_the_release_that_brought_it(
    flags: list[str], *, is_kept: bool
) -> None:
    assert ("jobFailureExpirationTime" in read_back(*flags)) is is_kept
