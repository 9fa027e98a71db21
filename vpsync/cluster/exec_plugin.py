"""Credentials from an exec plugin (``client.authentication.k8s.io``, v1 and v1beta1).

The protocol is that of ``k8s.io/client-go/plugin/pkg/client/auth/exec``. A plugin that fails is an
error: a run never goes on as nobody. It is asked once, again when its credentials expire, and again
when the server refuses them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vpsync.cluster.credentials import Credential, NoCredentials, bearer
from vpsync.cluster.entries import ExecPlugin
from vpsync.cluster.fields import unusable
from vpsync.cluster.plugin_process import PluginLimits, output_of, plugin_environment
from vpsync.cluster.tls import KeyPair
from vpsync.errors import SettingsError
from vpsync.model.json import Json, JsonObject


@dataclass(slots=True)
class PluginCredentials:
    """The credentials that a plugin gave last."""

    plugin: ExecPlugin
    cluster: JsonObject
    """What a plugin that wants it is told of the cluster."""
    limits: PluginLimits
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _program: str = field(default="", init=False)
    """The path at which the program was found."""
    _held: Credential | None = field(default=None, init=False)
    _expires: datetime | None = field(default=None, init=False)
    _failure: str = field(default="", init=False)
    _failed_at: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        executable = shutil.which(self.plugin.command)
        if executable is None:
            hint = " ".join(self.plugin.install_hint.split())
            raise unusable(
                f"the exec plugin {self.plugin.command} is not there or cannot be run"
                f"{f': {hint}' if hint else ''}"
            )
        self._program = executable

    def current(self) -> Credential:
        """What the plugin gave, asked anew when that has expired."""
        asked = time.monotonic()
        with self._lock:
            if self._held is None or (self._expires and self.clock() > self._expires):
                self._ask(asked)
            return self._given()

    def renewed(self, refused: Credential) -> Credential | None:
        """What the plugin gives when it is asked again; once for all requests that were refused."""
        asked = time.monotonic()
        with self._lock:
            if self._held is refused or self._held is None:
                self._ask(asked)
            fresh = self._given()
        return fresh if fresh != refused else None

    def _given(self) -> Credential:
        if self._held is None:
            raise AssertionError("unreachable: a plugin gives credentials or is an error")
        return self._held

    def _ask(self, asked: float) -> None:
        """Asks the plugin, unless it failed while this request waited for its turn."""
        if self._failure and self._failed_at >= asked:
            raise NoCredentials(self._failure)
        try:
            self._held, self._expires = self._credential(self._run())
        except (NoCredentials, SettingsError) as error:
            self._held, self._failed_at = None, time.monotonic()
            self._failure = str(error)
            raise NoCredentials(self._failure) from error

    def _run(self) -> bytes:
        interactive = self._is_interactive()
        spec: dict[str, Json] = {"interactive": interactive}
        if self.plugin.provide_cluster_info:
            spec["cluster"] = self.cluster
        info = {"kind": "ExecCredential", "apiVersion": self.plugin.api_version, "spec": spec}
        environment = plugin_environment(os.environ) | dict(self.plugin.environment)
        environment["KUBERNETES_EXEC_INFO"] = json.dumps(info)
        command = (self._program, *self.plugin.arguments)
        return output_of(command, environment, self.limits, interactive=interactive)

    def _is_interactive(self) -> bool:
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if self.plugin.interactive_mode == "Always" and not terminal:
            raise self._wrong("asks for input, and there is no terminal")
        return terminal and self.plugin.interactive_mode != "Never"

    def _credential(self, output: bytes) -> tuple[Credential, datetime | None]:
        """The credentials that were printed, and until when they are good."""
        status = self._status(output)
        token = self._text(status, "token")
        certificate = self._text(status, "clientCertificateData")
        key = self._text(status, "clientKeyData")
        if bool(certificate) != bool(key):
            raise self._wrong("gave a certificate without a key, or a key without a certificate")
        if not token.strip() and not certificate:
            raise self._wrong("gave neither a token nor a certificate")
        pair = KeyPair(certificate.encode(), key.encode()) if certificate else None
        name = f"the token of the exec plugin {self.plugin.command}"
        authorization = bearer(token, name) if token.strip() else ""
        return Credential(authorization, pair), self._expiry(status)

    def _status(self, output: bytes) -> Mapping[str, object]:
        try:
            document = json.loads(output)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or document.get("kind") != "ExecCredential":
            raise self._wrong("printed no ExecCredential")
        if document.get("apiVersion") != self.plugin.api_version:
            raise self._wrong(f"answered in another version than {self.plugin.api_version}")
        status = document.get("status")
        if not isinstance(status, dict):
            raise self._wrong("gave no status")
        return status

    def _text(self, status: Mapping[str, object], name: str) -> str:
        value = status.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(f"gave a {name} that is not a string")
        return value or ""

    def _expiry(self, status: Mapping[str, object]) -> datetime | None:
        text = self._text(status, "expirationTimestamp")
        try:
            moment = datetime.fromisoformat(text) if text else None
        except ValueError:
            raise self._wrong("gave an expirationTimestamp that is no time") from None
        return moment.astimezone(UTC) if moment else None

    def _wrong(self, text: str) -> NoCredentials:
        return NoCredentials(f"the exec plugin {self.plugin.command} {text}")
