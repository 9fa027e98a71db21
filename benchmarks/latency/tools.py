"""What is measured: vpsync in a loop, with and without ``--events``, and the Go operator."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.latency.lane import IsWritten
from benchmarks.manifests import GROUP
from benchmarks.servers import environment, is_ready
from tests.e2e.apiserver.process import end_with_parent, free_ports

_END_SECONDS = 30
_CERTIFICATES = Path("k8s-webhook-server") / "serving-certs"
"""Where controller-runtime looks for the certificate of webhooks, in the folder for temporary files."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One column of the table."""

    name: str
    command: Sequence[str]
    """Without the namespace."""
    namespace_flag: str
    is_written: IsWritten
    more_environment: Mapping[str, str]
    per_lane: bool
    """Whether each lane has a process of its own, so that no lane wakes it for another."""


def vpsync(name: str, vvp_url: str, *flags: str) -> Tool:
    """A loop with its defaults and these flags."""
    command = [
        sys.executable, "-m", "vpsync", "reconcile", "--loop", "--metrics-addr", "0",
        "--vvp-url", vvp_url, *flags,
    ]  # fmt: skip
    return Tool(name, command, "--watch-namespace", _is_observed, {}, per_lane=True)


def operator(binary: Path, vvp_url: str, folder: Path) -> Tool:
    """The Go operator, with vpsync's CRDs: its own are of an API that clusters no longer have.

    They need no conversion, but it does not start without a certificate for its webhook.
    """
    [port] = free_ports(1)
    make_certificate(folder / _CERTIFICATES)
    command = [str(binary), "--vvp-url", vvp_url, "--metrics-addr", f"127.0.0.1:{port}"]
    more = {"TMPDIR": str(folder), "APPMANAGER_API_TOKEN": "any"}
    return Tool("Go operator", command, "--watch-namespace", _is_noted, more, per_lane=False)


def make_certificate(folder: Path) -> None:
    """A certificate that nobody else signed, under the names that controller-runtime expects."""
    folder.mkdir(parents=True)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")),
            *("-subj", "/CN=localhost"),
        ],
        check=True,
        capture_output=True,
    )


@contextmanager
def started(
    tool: Tool, namespace: str, kubeconfig: Path, log: Path, *more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The tool, running over one Kubernetes namespace; what it says is added to a file."""
    command = [*tool.command, f"{tool.namespace_flag}={namespace}", *more]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment(KUBECONFIG=str(kubeconfig), **tool.more_environment),
            stdout=output,
            stderr=output,
            preexec_fn=end_with_parent(),
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_observed(resource: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """vpsync: the status says that all is well, whatever VVP has."""
    return is_ready(resource)


def _is_noted(resource: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """The operator: what it notes of VVP is no older than the state that it tells."""
    notes = resource["metadata"].get("annotations") or {}
    noted = int(notes.get(f"{GROUP}/resource-version", 0))
    state = (resource.get("status") or {}).get("state")
    is_new = noted >= int(found["metadata"]["resourceVersion"])
    return is_new and bool(state == found["status"]["state"])
