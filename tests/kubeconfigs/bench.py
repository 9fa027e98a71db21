"""Servers, proxies and certificates for kubeconfigs, and a folder to write them to."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from .authority import Authority, make_authority
from .recording import Log, api, connect_proxy, server_context, serving, socks_proxy

LOGIN = ("jane", "p@ss")
"""Whom one of the SOCKS proxies lets through."""


@dataclass
class Grounds:
    """What all cases share: servers on loopback, whose addresses are URLs."""

    log: Log
    authority: Authority
    secure: str
    """https on 127.0.0.1."""
    secure6: str
    """https on ::1."""
    inner: str
    """https with a certificate for inner.example.com alone."""
    below: str
    """https with a certificate that an authority in the middle issued."""
    nameless: str
    """https with a certificate that has its name in the subject alone."""
    plain: str
    """http."""
    proxy: str
    """An http proxy, which leads to ``secure``."""
    secure_proxy: str
    """An https proxy, which leads to ``secure``."""
    socks: str
    socks_login: str
    nobody: str
    """A port that nothing listens on."""


@contextmanager
def grounds(folder: Path) -> Iterator[Grounds]:
    """Makes certificates in a folder and runs everything."""
    log, authority = Log(), make_authority(folder)
    with ExitStack() as stack:

        def run(handler: Any, name: str = "", host: str = "127.0.0.1") -> int:
            context = server_context(authority.pair(name), authority.ca) if name else None
            return stack.enter_context(serving(handler, context, host))

        secure = run(api(log), "server")

        def target() -> int:
            return secure

        yield Grounds(
            log,
            authority,
            f"https://127.0.0.1:{secure}",
            f"https://[::1]:{run(api(log), 'server', '::1')}",
            f"https://127.0.0.1:{run(api(log), 'inner')}",
            f"https://127.0.0.1:{run(api(log), 'below')}",
            f"https://localhost:{run(api(log), 'nameless')}",
            f"http://127.0.0.1:{run(api(log))}",
            f"http://127.0.0.1:{run(connect_proxy(log, target))}",
            f"https://127.0.0.1:{run(connect_proxy(log, target), 'server')}",
            f"socks5://127.0.0.1:{run(socks_proxy(log, target))}",
            f"socks5://jane:p%40ss@127.0.0.1:{run(socks_proxy(log, target, LOGIN))}",
            f"https://127.0.0.1:{_free_port()}",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Bench:
    """The folder of one case, and what it is about."""

    grounds: Grounds
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    """Beside ``KUBECONFIG``, of vpsync and of kubectl."""
    context: str | None = None
    files: list[Path] = field(default_factory=list)

    @property
    def variable(self) -> str:
        """``$KUBECONFIG``."""
        return ":".join(str(path) for path in self.files)

    def cluster(self, **members: Any) -> dict[str, Any]:
        """A cluster that can be reached; members are named with ``_`` for ``-``, None takes one out."""
        trust = {"certificate_authority": str(self.grounds.authority.ca)}
        usual: dict[str, Any] = {"server": self.grounds.secure, **trust, **members}
        return {k.replace("_", "-"): v for k, v in usual.items() if v is not None}

    def user(self, user: Any = None, cluster: Mapping[str, Any] | None = None) -> Path:
        """Writes a kubeconfig with one context; a user is nobody where it is None."""
        return self.write({
            "clusters": [{"name": "c", "cluster": self.cluster() if cluster is None else cluster}],
            "users": [] if user is None else [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        })  # fmt: skip

    def write(self, content: Any, name: str = "") -> Path:
        """Writes a kubeconfig, the next one of the list in ``$KUBECONFIG``."""
        path = self.folder / (name or f"config-{len(self.files)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **content})
        path.write_text(content)
        self.files.append(path)
        return path

    def file(self, name: str, content: str) -> str:
        """Writes another file; its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return str(path)

    def plugin(self, script: str, name: str = "plugin", **members: Any) -> dict[str, Any]:
        """Writes an exec plugin; the user that has it."""
        path = Path(self.file(name, f"#!/bin/sh\n{script}\n"))
        path.chmod(0o755)
        return {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": str(path),
            "interactiveMode": "Never", **members,
        }}  # fmt: skip

    def host_of(self, name: str) -> str:
        """The header ``Host`` of requests to one of the servers."""
        return urlsplit(str(getattr(self.grounds, name))).netloc


def printing(version: str = "v1", **status: Any) -> str:
    """The script of a plugin that gives credentials."""
    answer = {
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "kind": "ExecCredential",
        "status": status,
    }
    return f"cat <<'END'\n{json.dumps(answer)}\nEND"
