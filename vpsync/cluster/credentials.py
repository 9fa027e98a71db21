"""Credentials of requests: what is sent now, and what is sent after a 401."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vpsync.cluster.tls import KeyPair
from vpsync.errors import ClusterUnreachable, SettingsError


class NoCredentials(ClusterUnreachable):
    """There are no credentials to be had, so that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What one request is sent with; neither is anonymous."""

    authorization: str = field(default="", repr=False)
    """The header ``Authorization``; empty for none."""
    pair: KeyPair | None = None
    """The client certificate of the connection."""


class Credentials(Protocol):
    """Where the credentials of requests come from; safe to share between threads."""

    def current(self) -> Credential:
        """For the next request; :class:`NoCredentials` when there is none to be had."""
        ...

    def renewed(self, refused: Credential) -> Credential | None:
        """Another one after the server refused one with 401; None where there is no other."""
        ...


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No credentials."""

    def current(self) -> Credential:
        """Credentials that add nothing to a request."""
        return Credential()

    def renewed(self, refused: Credential) -> Credential | None:
        """There are no others to try."""
        return None


@dataclass(slots=True)
class StoredCredentials:
    """What the kubeconfig or the pod holds: a header, a token file, a client certificate."""

    authorization: str = field(default="", repr=False)
    """The header; empty for none. Where there is a token file, it is for the time when that is gone."""
    token_file: Path | None = None
    """Read for every request, for a kubelet replaces it; an empty one counts as gone."""
    read_pair: Callable[[], KeyPair | None] = lambda: None
    """Reads the client certificate, for every request too; ``OSError`` when that cannot be done."""
    _pair: KeyPair | None = field(default=None, init=False)

    def current(self) -> Credential:
        """What the files hold now; what they held last where one of them cannot be read."""
        if self.token_file is not None:
            self.authorization = self._read(self.token_file) or self.authorization
        with suppress(OSError):
            self._pair = self.read_pair()
        return Credential(self.authorization, self._pair)

    def renewed(self, refused: Credential) -> Credential | None:
        """What the files hold by now, where that is something else."""
        fresh = self.current()
        return fresh if fresh != refused else None

    def _read(self, path: Path) -> str:
        try:
            token = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            if self.authorization:
                return ""
            raise NoCredentials(f"the token file {path} cannot be read") from error
        if not token and not self.authorization:
            raise NoCredentials(f"the token file {path} is empty")
        try:
            return bearer(token, f"the token in {path}") if token else ""
        except SettingsError as error:
            raise NoCredentials(str(error)) from error


def bearer(token: str, where: str) -> str:
    """The header for a token; :class:`SettingsError` for one that no header can carry.

    Space around it, such as the newline at the end of a file, is no part of it.
    """
    return f"Bearer {sendable(token.strip(), where)}"


def basic(username: str, password: str) -> str:
    """The header for a name and a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def sendable(value: str, where: str) -> str:
    """A value as ``http.client`` sends it: UTF-8, as kubectl does.

    ``where`` says what it is: its text is never shown, for it may be a secret.
    """
    if any((ord(one) < 0x20 and one != "\t") or ord(one) == 0x7F for one in value):
        raise SettingsError(f"{where} holds a line break or another control character")
    return value.encode("utf-8", "surrogatepass").decode("latin-1")
