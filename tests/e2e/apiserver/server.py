"""Runs a real Kubernetes API server, alone with its etcd, on loopback for as long as a test needs.

Nothing else of a cluster runs: no controller makes default service accounts, collects garbage,
finishes the deletion of a namespace or fills the aggregated cluster roles (``view``, ``edit`` and
``admin`` grant nothing). A new role takes effect some milliseconds after it is stored.

The server makes its own certificate, and the key of that certificate also signs service account
tokens, so no tool for keys is needed.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from .audit import POLICY, AuditEntry, AuditError, lost_entries, parse_entries
from .binaries import Binaries
from .kubeconfig import write_kubeconfig
from .process import ServerProcess, free_ports, is_listening
from .running import Running

_READY_LIMIT_SECONDS = 60
_KUBECTL_LIMIT_SECONDS = 180
_ROLE_LIMIT_SECONDS = 10
# Any size the tests never reach: a rotated log would lose entries.
_AUDIT_MAX_MEGABYTES = 100_000


class ApiServer(Running):
    """A kube-apiserver with RBAC and an audit log; use it as a context manager.

    Every attribute and method but the constructor needs the server to be running.
    """

    url: str
    """Where it serves, such as ``https://127.0.0.1:21234``; stays the same over ``restart``."""

    admin_kubeconfig: Path
    """Kubeconfig of the user ``admin``, who may do everything."""

    def __init__(self, binaries: Binaries) -> None:
        """Start nothing yet."""
        self._binaries = binaries
        super().__init__()

    def __enter__(self) -> ApiServer:
        """Start etcd and kube-apiserver; ``ServerError`` if one does not come up."""
        with ExitStack() as cleanup:
            folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="vpsync-apiserver-"))
            self._folder = Path(folder)
            self._etcd_port, self._etcd_peer_port, self._port = free_ports(3)
            self.url = f"https://127.0.0.1:{self._port}"
            self._admin_token = secrets.token_hex(16)
            self._lost_entries_told = 0
            self._write_configuration()
            etcd = self._start_etcd()
            cleanup.callback(etcd.stop)
            etcd.wait_until(lambda: is_listening(self._etcd_port), _READY_LIMIT_SECONDS)
            self._kube_apiserver = self._start_kube_apiserver()
            cleanup.callback(lambda: self._kube_apiserver.stop())
            self._wait_until_ready()
            self.admin_kubeconfig = self.kubeconfig_for(self._admin_token)
            self._cleanup = cleanup.pop_all()
        return self

    def restart(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Stop kube-apiserver and start it again; port, certificate, data and tokens stay.

        ``meanwhile`` is called while it is away.
        """
        self._kube_apiserver.stop()
        meanwhile()
        self._kube_apiserver = self._start_kube_apiserver()
        self._wait_until_ready()

    def kubeconfig_for(self, token: str) -> Path:
        """A kubeconfig whose user sends the bearer token ``token``."""
        name = hashlib.sha256(token.encode()).hexdigest()[:16]
        path = self._folder / f"kubeconfig-{name}.json"
        certificate = self._certificate.read_bytes()
        write_kubeconfig(path, url=self.url, ca_certificate=certificate, token=token)
        return path

    def kubectl(
        self, *args: str, input: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as the admin, with ``input`` as its standard input.

        A later ``--kubeconfig`` among ``args`` makes it run as another user. With ``check``, a
        failure is an ``AssertionError`` that shows what kubectl said.
        """
        result = subprocess.run(
            [str(self._binaries.kubectl), f"--kubeconfig={self.admin_kubeconfig}", *args],
            # A HOME of its own: neither settings nor cached discovery of the person who tests.
            env={**os.environ, "HOME": str(self._folder)},
            input=input or "",
            capture_output=True,
            text=True,
            timeout=_KUBECTL_LIMIT_SECONDS,
            check=False,
        )
        if check and result.returncode != 0:
            raise AssertionError(
                f"kubectl {' '.join(args)} failed with exit code {result.returncode}:\n"
                f"{result.stdout}{result.stderr}"
            )
        return result

    def wait_for_crds(self, *crds: str) -> None:
        """Until these CRDs are served, as kubectl selects them: ``crd --all``, or ``-f`` and a file.

        kubectl's own wait fails at once for one that has no conditions yet, as right after its creation.
        """
        wait = ("wait", "--for=condition=Established", "--timeout=30s", *crds)
        for _ in range(20):
            if self.kubectl(*wait, check=False).returncode == 0:
                return
            time.sleep(0.5)
        self.kubectl(*wait)

    def wait_for_no_crd(self, name: str) -> None:
        """Until a CRD that is being deleted is gone, at most three minutes.

        The API server goes over one that was deleted right after its creation after a pause that grows
        with each attempt, and at once when something about it changes.
        """
        crd = f"crd/{name}"
        for attempt in range(18):
            wait = ("wait", "--for=delete", crd, "--timeout=10s")
            if self.kubectl(*wait, check=False).returncode == 0:
                return
            self.kubectl("annotate", crd, "--overwrite", f"tests/attempt={attempt}", check=False)
        raise AssertionError(f"{crd} is still there")

    def create_namespace(self, name: str) -> None:
        """Create the namespace ``name``."""
        self.kubectl("create", "namespace", name)

    def service_account_token(self, namespace: str, name: str) -> str:
        """A new bearer token of the service account, valid for an hour."""
        return self.kubectl("create", "token", name, f"--namespace={namespace}").stdout.strip()

    def wait_until_allowed(self, kubeconfig: Path, *request: str) -> None:
        """Return once ``kubectl auth can-i`` says yes to ``request``, such as ``list``, ``leases``.

        ``AssertionError`` when the roles that were given still do not allow it after some seconds.
        """
        deadline = time.monotonic() + _ROLE_LIMIT_SECONDS
        question = [f"--kubeconfig={kubeconfig}", "auth", "can-i", *request]
        while self.kubectl(*question, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise AssertionError(f"not allowed: {' '.join(request)}")
            time.sleep(0.1)

    def audit_mark(self) -> int:
        """Where the audit log ends now, for ``audit_since``."""
        return self._audit_log.stat().st_size

    def audit_since(self, mark: int) -> list[AuditEntry]:
        """The requests answered since ``mark`` was taken, in the order they were answered.

        The server writes an entry before it ends its answer, so every request whose answer a
        client has read is here. One whose client went away early may come later.

        Raises ``AuditError`` when the server has failed to write an entry, as it does for a
        server-side apply sent as YAML rather than JSON: a test must not take that for silence.
        """
        with self._audit_log.open("rb") as log:
            # From the end of the line before, unless that one was half written at the mark.
            log.seek(max(mark - 1, 0))
            lines = log.read().split(b"\n")
        self._raise_if_entries_were_lost()
        # The last line is empty or half written now.
        return parse_entries(lines[1 if mark > 0 else 0 : -1])

    @property
    def _certificate(self) -> Path:
        return self._folder / "certificates" / "apiserver.crt"

    @property
    def _audit_log(self) -> Path:
        return self._folder / "audit.log"

    def _raise_if_entries_were_lost(self) -> None:
        path = self._folder / f"{self._binaries.kube_apiserver.name}.log"
        lost = lost_entries(path.read_text(encoding="utf-8", errors="replace"))
        new = lost[self._lost_entries_told :]
        self._lost_entries_told = len(lost)
        if new:
            raise AuditError("the audit log lacks these requests:\n" + "\n".join(new))

    def _write_configuration(self) -> None:
        tokens = self._folder / "tokens.csv"
        tokens.write_text(f'{self._admin_token},admin,admin,"system:masters"\n', encoding="utf-8")
        policy = self._folder / "audit-policy.json"
        policy.write_text(json.dumps(POLICY), encoding="utf-8")

    def _start_etcd(self) -> ServerProcess:
        client = f"http://127.0.0.1:{self._etcd_port}"
        peer = f"http://127.0.0.1:{self._etcd_peer_port}"
        flags = [
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        ]
        return self._start(self._binaries.etcd, flags)

    def _start_kube_apiserver(self) -> ServerProcess:
        certificates = self._certificate.parent
        # The server makes this key before it reads the ones for tokens.
        key = certificates / "apiserver.key"
        flags = [
            f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
            "--bind-address=127.0.0.1",
            # Without it the server looks for a default route, which a sandbox may not have.
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={certificates}",
            "--service-account-issuer=https://localhost",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
            f"--audit-policy-file={self._folder / 'audit-policy.json'}",
            f"--audit-log-path={self._audit_log}",
            "--audit-log-mode=blocking",
            f"--audit-log-maxsize={_AUDIT_MAX_MEGABYTES}",
        ]
        return self._start(self._binaries.kube_apiserver, flags)

    def _start(self, program: Path, flags: Sequence[str]) -> ServerProcess:
        return ServerProcess([str(program), *flags], self._folder / f"{program.name}.log")

    def _wait_until_ready(self) -> None:
        self._kube_apiserver.wait_until(self._is_ready, _READY_LIMIT_SECONDS)

    def _is_ready(self) -> bool:
        headers = {"Authorization": f"Bearer {self._admin_token}"}
        try:
            context = ssl.create_default_context(cafile=str(self._certificate))
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self._port, timeout=5, context=context
            )
            with closing(connection):
                connection.request("GET", "/readyz", headers=headers)
                return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
