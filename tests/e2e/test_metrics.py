"""A loop tells its metrics to whom the cluster lets have them, with the shipped rights."""

from __future__ import annotations

import http.client
import re
import signal
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from net.certificates import Certificates

from .harness import ROOT, World
from .manifests import deployment, target
from .test_signals import _eventually

ACCESS = ROOT / "k8s" / "monitoring" / "access.yaml"


@dataclass
class Served:
    """A running loop that serves metrics, and what it has told so far."""

    lines: list[str] = field(default_factory=list)
    ca: str | None = None

    @property
    def url(self) -> str:
        found = re.search(r"metrics and health at (\S+)", "".join(self.lines))
        return found[1] if found else ""

    def get(self, path: str, token: str = "", accept: str = "*/*") -> tuple[int, str]:
        """Status and body of an answer."""
        headers = {"Accept": accept, **({"Authorization": f"Bearer {token}"} if token else {})}
        host = self.url.partition("://")[2]
        connection: http.client.HTTPConnection = http.client.HTTPConnection(host, timeout=10)
        if self.ca is not None:
            context = ssl.create_default_context(cafile=self.ca)
            connection = http.client.HTTPSConnection(host, timeout=10, context=context)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body


@contextmanager
def serving(world: World, *arguments: str, ca: str | None = None) -> Iterator[Served]:
    """A loop at an address of loopback; ends it, and asks the oracles what it told."""
    process = world.start(
        "reconcile", "--loop", "--interval", "0.5s", "--metrics-addr", "127.0.0.1:0",
        *arguments, *world.flags,
    )  # fmt: skip
    served = Served(ca=ca)
    readers = [
        threading.Thread(target=served.lines.extend, args=(stream,))
        for stream in (process.stdout, process.stderr)
    ]
    with process:
        for reader in readers:
            reader.start()
        try:
            _eventually(lambda: bool(served.url))
            yield served
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            for reader in readers:
                reader.join()
    world.ended(process.returncode, "".join(served.lines), "")


def test_a_loop_over_a_cluster_tells_of_both_sides(world: World) -> None:
    world.apply(target(), deployment("orders"))
    with serving(world) as loop:
        _eventually(lambda: 'vpsync_jobs{state="RUNNING"} 1.0' in loop.get("/metrics")[1])
        _, text = loop.get("/metrics")
        assert loop.get("/healthz") == loop.get("/readyz") == (200, "ok\n")
    assert re.search(r'vpsync_writes_total\{target="kubernetes",verb="PATCH"\} [1-9]', text)
    assert re.search(r'vpsync_writes_total\{target="vvp",verb="POST"\} 2', text)
    assert (
        'vpsync_resource_condition{condition="Ready",kind="VpDeployment",status="True"} 1.0' in text
    )
    assert world.namespace not in text
    assert "orders" not in text


@pytest.fixture
def lease() -> tuple[str, ...]:
    """The flags of replicas that share a Lease of the test alone."""
    owner = f"e2e-{uuid.uuid4().hex[:8]}"
    return ("--enable-leader-election", "--lease-namespace", "vpsync", "--owner-id", owner)


def test_who_takes_the_lease_over_goes_on_counting(world: World, lease: tuple[str, ...]) -> None:
    world.apply(target())
    ready = 'vpsync_resource_condition{condition="Ready",kind="VpDeploymentTarget",status="True"} '
    with ExitStack() as first:
        leader = first.enter_context(serving(world, *lease))
        _eventually(lambda: f"{ready}1.0" in leader.get("/metrics")[1])
        with serving(world, *lease) as standby:
            _eventually(lambda: standby.get("/readyz")[0] == 200)
            assert f"{ready}0.0" in standby.get("/metrics")[1]
            assert 'vpsync_leader{lease="vpsync/vpsync-e2e-' in standby.get("/metrics")[1]
            first.close()
            _eventually(lambda: f"{ready}1.0" in standby.get("/metrics")[1])
            assert standby.get("/healthz")[0] == 200


def test_a_run_that_waits_for_the_lease_in_vain_failed(
    world: World, lease: tuple[str, ...], tmp_path: Path
) -> None:
    world.apply(target())
    file = tmp_path / "vpsync.prom"
    with serving(world, *lease) as leader:
        _eventually(lambda: leader.get("/readyz")[0] == 200)
        run = world.vpsync("reconcile", "--once", *lease, "--lease-timeout", "1s", *world.flags,
                           "--metrics-textfile", str(file))  # fmt: skip
    assert run.code == 5
    assert "\nvpsync_consecutive_failures 1.0\n" in file.read_text("utf-8")
    assert "\nvpsync_last_success" not in file.read_text("utf-8")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path)
    made.issued("metrics")
    return made


@pytest.fixture
def account(world: World) -> Iterator[str]:
    """An account like that of a Prometheus, with a token and no rights; the shipped rights go at the end."""
    world.apiserver.kubectl("create", "serviceaccount", "prometheus", "-n", world.namespace)
    yield world.apiserver.service_account_token(world.namespace, "prometheus")
    world.apiserver.kubectl("delete", "--ignore-not-found", "-f", str(ACCESS))
    world.apiserver.kubectl("delete", "--ignore-not-found", "clusterrolebinding", "metrics-reader")


def test_metrics_are_for_accounts_that_may_get_them_and_probes_for_everybody(
    world: World, account: str, certificates: Certificates
) -> None:
    kubectl = world.apiserver.kubectl
    folder = certificates.folder
    files = ("--metrics-cert-file", str(folder / "metrics.pem"),
             "--metrics-key-file", str(folder / "metrics.key"))  # fmt: skip

    def becomes(status: int, token: str) -> Callable[[], bool]:
        return lambda: loop.get("/metrics", token)[0] == status

    with serving(world, "--metrics-secure", *files, ca=certificates.ca) as loop:
        assert loop.url.startswith("https://")
        _eventually(lambda: loop.get("/readyz")[0] == 200)
        assert loop.get("/metrics")[0] == 401
        assert loop.get("/metrics", account)[0] == 503, "vpsync itself may not ask yet"
        assert "vpsync needs the right to create tokenreviews" in "".join(loop.lines)

        kubectl("apply", "-f", str(ACCESS))
        _eventually(becomes(403, account))
        assert loop.get("/metrics", "not-a-token")[0] == 401
        assert loop.get("/metrics", f"{account}x")[0] == 401
        kubectl("create", "clusterrolebinding", "metrics-reader",
                "--clusterrole=vpsync-metrics-reader",
                f"--serviceaccount={world.namespace}:prometheus")  # fmt: skip
        _eventually(becomes(200, account))
        _, text = loop.get("/metrics", account)
        assert "vpsync_build_info" in text
        assert loop.get("/")[0] == 401
        assert loop.get("/", account)[0] == 403, "the page is another right"
        assert loop.get("/healthz") == (200, "ok\n")
        told = "".join(loop.lines)
    assert account not in told + text
