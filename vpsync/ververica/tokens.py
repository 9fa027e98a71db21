"""Tokens: which one belongs to a request.

VVP binds a token to one VVP namespace (VVP documentation, "API Tokens"). The names of the environment
variables are the Go operator's: ``APPMANAGER_API_TOKEN_<NAMESPACE>``, then ``APPMANAGER_API_TOKEN``;
the Platform API has ``PLATFORM_API_TOKEN``, else the namespace's token. Files given by flags come before
the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vpsync.errors import PlatformUnauthorized
from vpsync.redact.redactor import Redactor, hiding

PLATFORM = "PLATFORM_API_TOKEN"
APPMANAGER = "APPMANAGER_API_TOKEN"


class Tokens:
    """The tokens of a run; safe to share between threads.

    Token files are read for every request: a kubelet replaces them while a pass runs, and the next
    request takes the new one. An empty file is an error, never a request without a token.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        directory: Path | None = None,
        file: Path | None = None,
    ) -> None:
        self._environment = environment
        self._directory = directory
        """One file per VVP namespace, named after it."""
        self._file = file
        self._created: dict[str, str] = {}
        given = (PLATFORM, APPMANAGER)
        self._known = {text.strip() for name, text in environment.items() if name.startswith(given)}
        self._hiding = hiding(self._known)

    @property
    def hiding(self) -> Redactor:
        """Hides every token that this run was given, read or created, also those of before."""
        return self._hiding

    def for_namespace(self, namespace: str) -> str | None:
        """The token for the Application Manager in one VVP namespace."""
        return self.given(namespace) or self._created.get(namespace)

    def given(self, namespace: str) -> str | None:
        """The token for the Application Manager there that the run was given, and did not create."""
        if self._directory is not None and (self._directory / namespace).is_file():
            return self._read(self._directory / namespace)
        if self._file is not None:
            return self._read(self._file)
        upper = namespace.upper()
        names = (f"{APPMANAGER}_{upper}", f"{APPMANAGER}_{upper.replace('-', '_')}", APPMANAGER)
        return self._variable(*names)

    def for_platform(self, namespace: str | None = None) -> str | None:
        """The token for the Platform API."""
        own = self._variable(PLATFORM)
        if own or namespace:
            return own or self.for_namespace(str(namespace))
        return self._read(self._file) if self._file is not None else self._variable(APPMANAGER)

    def created(self, namespace: str) -> str | None:
        """The token that this run created there."""
        return self._created.get(namespace)

    def remember(self, namespace: str, secret: str) -> None:
        """Keeps a token that this run created."""
        self._created[namespace] = secret
        self._learn(secret)

    def forget(self, namespace: str) -> None:
        """Uses the token that this run created there no more."""
        self._created.pop(namespace, None)

    def _read(self, path: Path) -> str:
        token = _token_in(path)
        self._learn(token)
        return token

    def _learn(self, token: str) -> None:
        if token not in self._known:
            # Replaced as a whole: other threads may be reading it.
            self._known = {*self._known, token}
            self._hiding = hiding(self._known)

    def _variable(self, *names: str) -> str | None:
        for name in names:
            if token := self._environment.get(name, "").strip():
                return _sendable(token, f"the environment variable {name}")
        return None


def _token_in(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PlatformUnauthorized(f"the token file {path} cannot be read") from error
    return _sendable(token, f"the token file {path}")


def _sendable(token: str, source: str) -> str:
    """The token, if a header can carry it."""
    if not token or not token.isascii() or not token.isprintable():
        raise PlatformUnauthorized(f"{source} holds no token: one line of printable ASCII")
    return token
