"""Tokens: which one belongs to a request, and the owner tokens of a run.

VVP binds a token to one VVP namespace (VVP documentation, "API Tokens"). The names of the environment
variables are the Go operator's: ``APPMANAGER_API_TOKEN_<NAMESPACE>``, then ``APPMANAGER_API_TOKEN``;
the Platform API has ``PLATFORM_API_TOKEN``, else the namespace's token. Files given by flags come before
the environment.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from vpsync.errors import (
    PlatformError,
    PlatformFault,
    PlatformNotFound,
    PlatformUnauthorized,
    PlatformUnreachable,
)

log = logging.getLogger(__name__)

PLATFORM = "PLATFORM_API_TOKEN"
APPMANAGER = "APPMANAGER_API_TOKEN"

CreateToken = Callable[[str, str], str]
"""VVP namespace and token name to the new token's secret."""
DeleteToken = Callable[[str, str], None]


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

    def for_namespace(self, namespace: str) -> str | None:
        """The token for the Application Manager in one VVP namespace."""
        if self._directory is not None and (self._directory / namespace).is_file():
            return _token_in(self._directory / namespace)
        if self._file is not None:
            return _token_in(self._file)
        upper = namespace.upper()
        names = (f"{APPMANAGER}_{upper}", f"{APPMANAGER}_{upper.replace('-', '_')}", APPMANAGER)
        for name in names:
            if self._environment.get(name):
                return self._environment[name]
        return self._created.get(namespace)

    def for_platform(self, namespace: str | None = None) -> str | None:
        """The token for the Platform API."""
        own = self._environment.get(PLATFORM)
        return own or (
            self.for_namespace(namespace) if namespace else self._environment.get(APPMANAGER)
        )

    def remember(self, namespace: str, secret: str) -> None:
        """Keeps a token that this run created; an empty secret forgets it."""
        self._created[namespace] = secret


def _token_in(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PlatformUnauthorized(f"the token file {path} cannot be read") from error
    if not token or not token.isprintable():
        raise PlatformUnauthorized(f"the token file {path} holds no token")
    return token


class RunTokens:
    """Creates an ``owner`` token per VVP namespace when VVP refuses a run that has none.

    They are named after the owner-id and the run, and are removed at its end whatever happened.
    Tokens of others are never touched.
    """

    def __init__(
        self, tokens: Tokens, create: CreateToken, delete: DeleteToken, owner_id: str, run: str
    ) -> None:
        self._tokens = tokens
        self._create = create
        self._delete = delete
        self.name = f"vpsync-{owner_id}-{run}"
        self._lock = threading.Lock()
        self._asked: set[str] = set()
        self._made: set[str] = set()
        """Where there is, or may be, a token of this run."""

    def obtain(self, namespace: str) -> bool:
        """Whether there is now a token that was not there before; asks VVP once per namespace."""
        with self._lock:
            if self._tokens.for_namespace(namespace):
                return namespace in self._asked
            if namespace in self._asked:
                return False
            self._asked.add(namespace)
            self._made.add(namespace)
            try:
                self._tokens.remember(namespace, self._create(namespace, self.name))
            except PlatformError as error:
                if not isinstance(error, (PlatformUnreachable, PlatformFault)):
                    self._made.discard(namespace)
                log.debug("no token of the run in VVP namespace %s: %s", namespace, error)
                return False
            return True

    def remove_all(self) -> list[str]:
        """Removes every token of this run; returns what could not be removed, in words."""
        left = []
        for namespace in sorted(self._made):
            try:
                self._delete(namespace, self.name)
                self._tokens.remember(namespace, "")
            except PlatformNotFound:
                continue
            except PlatformError as error:
                left.append(f"token {self.name} in VVP namespace {namespace}: {error}")
        return left
