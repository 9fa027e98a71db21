"""A real one-node Kubernetes cluster, and the images in it, for as long as a test needs."""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cluster.real.machine import cgroup_roots
from e2e.apiserver.binaries import NodeBinaries
from e2e.apiserver.kubeconfig import write_kubeconfig
from e2e.apiserver.process import end_with_parent
from e2e.apiserver.running import Running
from image.build import Images

ADDRESS = "10.244.0.1"
"""Where pods reach the node, and programs that listen on its network."""

NAME = "node1"
PAUSE = "localhost/pause:1"
_URL = "https://127.0.0.1:6443"
_NAMES = (f"IP:127.0.0.1,IP:{ADDRESS},IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default,"
          "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local")  # fmt: skip
_EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature,keyEncipherment",
    "extendedKeyUsage=serverAuth",
    "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid",
    f"subjectAltName={_NAMES}",
)
_READY_LIMIT_SECONDS = 120
_COMMAND_LIMIT_SECONDS = 180
_CLONE_NEWNET = 0x40000000
_LOG_TAIL_LINES = 15


class NodeError(Exception):
    """The node did not come up; the message has the ends of its logs."""


class Node(Running):
    """A cluster of one node; use it as a context manager. Its pods reach nothing outside of it."""

    kubeconfig: Path
    """Kubeconfig of an administrator, for programs on the node's network."""

    def __init__(self, binaries: NodeBinaries, images: Images) -> None:
        """Starts nothing yet; ``images`` is where images are built, for ``load``."""
        self._binaries = binaries
        self._images = images
        super().__init__()

    def __enter__(self) -> Node:
        """Starts all components and waits until pods can run; ``NodeError`` if they cannot."""
        with ExitStack() as cleanup:
            # Short, because a path to a socket has a limit; and on a disk, for layers of images.
            place = tempfile.TemporaryDirectory(prefix="node-", dir="/var/tmp")
            self._state = Path(cleanup.enter_context(place))
            self._cgroup = f"vpsync-{self._state.name}"
            cleanup.callback(self._remove_cgroups)
            self._write_configuration()
            self._start()
            cleanup.callback(self._stop)
            self._wait_until_ready()
            self._cleanup = cleanup.pop_all()
        return self

    def run(
        self, *command: str | Path, input: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program of this machine on the node's network, as its administrator.

        With ``check``, a failure is an ``AssertionError`` that shows what the program said.
        """
        done = subprocess.run(
            ["nsenter", "--net", f"--target={self._init}", *map(str, command)],
            env={**os.environ, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self._state)},
            input=input,
            capture_output=True,
            text=True,
            timeout=_COMMAND_LIMIT_SECONDS,
            check=False,
        )
        if check and done.returncode != 0:
            said = done.stdout + done.stderr
            raise AssertionError(f"{' '.join(map(str, command))}: {done.returncode}\n{said}")
        return done

    def kubectl(
        self, *arguments: str | Path, input: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs kubectl as the administrator."""
        return self.run(self._binaries.control.kubectl, *arguments, input=input, check=check)

    @contextmanager
    def network(self) -> Iterator[None]:
        """Sockets that this thread makes meanwhile are on the node's network, and stay there."""
        with (
            Path(f"/proc/{self._init}/ns/net").open("rb") as there,
            Path(f"/proc/self/task/{threading.get_native_id()}/ns/net").open("rb") as here,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def load(self, image: str, name: str) -> None:
        """Brings a built image into the cluster under a name, as if it had been pulled."""
        with tempfile.TemporaryDirectory(dir=self._state) as place:
            tar = Path(place) / "image.tar"
            self._images.buildah("push", "--quiet", image, f"docker-archive:{tar}:{name}")
            self._ctr("images", "import", tar)

    def tag(self, name: str, other: str) -> None:
        """Gives an image in the cluster a second name."""
        self._ctr("images", "tag", "--force", name, other)

    def kill(self, container: str) -> None:
        """Kills a container's processes at once, as a node that runs out of memory does."""
        self._ctr("tasks", "kill", "--all", "--signal", "SIGKILL", container)

    @contextmanager
    def cut_off(self, address: str, port: int) -> Iterator[None]:
        """Cuts the network of the pod with an address: packets vanish both ways, and nobody is told.

        Its kubelet still reaches its ``port``, as on a node that has lost its network.
        """
        there = ("PREROUTING", "-s", address, "-p", "tcp", "!", "--sport", str(port), "-j", "DROP")
        back = ("OUTPUT", "-d", address, "-p", "tcp", "!", "--dport", str(port), "-j", "DROP")
        names = ("PREROUTING", "-s", address, "-p", "udp", "-j", "DROP")
        for rule in (there, back, names):
            self._packets("-I", *rule)
        try:
            yield
        finally:
            for rule in (there, back, names):
                self._packets("-D", *rule)

    @contextmanager
    def counted(self, address: str, port: int) -> Iterator[Callable[[], int]]:
        """Counts the packets with data that the pod with an address sends to a port meanwhile."""
        rule = ("PREROUTING", "-s", address, "-p", "tcp", "--dport", str(port),
                "--tcp-flags", "PSH", "PSH")  # fmt: skip
        self._packets("-A", *rule)

        def count() -> int:
            listed = self._packets("-nvxL", "PREROUTING").splitlines()
            [found] = [line for line in listed if address in line and f"dpt:{port}" in line]
            return int(found.split()[0])

        try:
            yield count
        finally:
            self._packets("-D", *rule)

    def _packets(self, *arguments: str) -> str:
        """Rules about packets before anything else is done to them: these come first and end all."""
        return self.run("iptables", "-w", "-t", "raw", *arguments).stdout

    def logs(self) -> str:
        """The ends of the components' logs."""
        told = []
        for path in sorted((self._state / "log").glob("*.log")):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            told += [f"== {path.stem}", *lines[-_LOG_TAIL_LINES:]]
        return "\n".join(told)

    def _ctr(self, *arguments: str | Path) -> None:
        socket = self._state / "containerd.sock"
        self.run("ctr", "--address", socket, "--namespace", "k8s.io", *arguments)

    def _write_configuration(self) -> None:
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                      "ca.crt", "-days", "365", "-subj", "/CN=node-ca", "-addext",
                      "keyUsage=critical,keyCertSign,cRLSign,digitalSignature")  # fmt: skip
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "api.key", "-out",
                      "api.csr", "-subj", "/CN=kube-apiserver")  # fmt: skip
        (self._state / "extensions").write_text("\n".join(_EXTENSIONS), encoding="utf-8")
        self._openssl("x509", "-req", "-in", "api.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                      "-CAcreateserial", "-out", "api.crt", "-days", "365",
                      "-extfile", "extensions")  # fmt: skip
        admin, node = secrets.token_hex(16), secrets.token_hex(16)
        (self._state / "tokens.csv").write_text(
            f'{admin},admin,admin,"system:masters"\n'
            f'{node},system:node:{NAME},node,"system:nodes"\n',
            encoding="utf-8",
        )
        authority = (self._state / "ca.crt").read_bytes()
        self.kubeconfig = self._state / "admin.conf"
        for path, token in ((self.kubeconfig, admin), (self._state / "node.conf", node)):
            write_kubeconfig(path, url=_URL, ca_certificate=authority, token=token)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._state, capture_output=True, check=True)

    def _start(self) -> None:
        for root in cgroup_roots():
            (root / self._cgroup).mkdir()
        (self._state / "log").mkdir()
        found = self._binaries
        script = Path(__file__).with_name("node.sh")
        places = (found.kubelet.parent, found.control.kubectl.parent, found.control.etcd.parent)
        space = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
        with (self._state / "log" / "node.log").open("wb") as output:
            self._process = subprocess.Popen(
                [*map(str, (*space, script, *places, self._state, self._cgroup))],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(),
            )
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while not (found_child := children.read_text(encoding="ascii").split()):
            time.sleep(0.01)
        self._init = int(found_child[0])

    def _stop(self) -> None:
        # With it ends the first process of the node, and with that all others.
        self._process.kill()
        self._process.wait()
        while Path(f"/proc/{self._init}").exists():
            time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_LIMIT_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NodeError(f"the node is not ready:\n{self.logs()}")
            time.sleep(0.3)

    def _is_ready(self) -> bool:
        """Whether the kubelet answers, says so, and pods would have a service account."""
        questions = (
            ("get", "--raw", f"/api/v1/nodes/{NAME}/proxy/healthz"),
            ("wait", "--for=condition=Ready", f"node/{NAME}", "--timeout=1s"),
            ("get", "serviceaccount", "default"),
        )
        return all(self.kubectl(*one, check=False).returncode == 0 for one in questions)

    def _remove_cgroups(self) -> None:
        for root in cgroup_roots():
            groups = sorted((root / self._cgroup).rglob("*/"), reverse=True)
            for group in (*groups, root / self._cgroup):
                # Processes that have just been killed are still in it.
                for _ in range(50):
                    with suppress(OSError):
                        group.rmdir()
                        break
                    time.sleep(0.05)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def pause_image(images: Images, image: str) -> Iterator[str]:
    """The image that holds a pod's namespaces, made of another one, whose layers are there anyway."""
    container, name = images.buildah("from", image), f"{image}-pause"
    waits = '["python", "-c", "import signal; signal.pause()"]'
    images.buildah("config", "--entrypoint", waits, container)
    images.buildah("commit", "--quiet", "--rm", container, name)
    yield name
    images.buildah("rmi", "--force", name)
