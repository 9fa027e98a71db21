"""Tokens: which one belongs to a request, and the owner tokens of a run.

VVP binds a token to one VVP namespace (VVP documentation, "API Tokens"). The names of the environment
variables are the Go operator's: ``APPMANAGER_API_TOKEN_<NAMESPACE>``, then ``APPMANAGER_API_TOKEN``;
the Platform API has ``PLATFORM_API_TOKEN``, else the namespace's token.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from vpsync.errors import PlatformError, PlatformNotFound

log = logging.getLogger(__name__)

PLATFORM = "PLATFORM_API_TOKEN"
APPMANAGER = "APPMANAGER_API_TOKEN"

CreateToken = Callable[[str, str], str]
"""VVP namespace and token name to the new token's secret."""
DeleteToken = Callable[[str, str], None]


class Tokens:
    """The tokens of a run; safe to share between threads."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._created: dict[str, str] = {}

    def for_namespace(self, namespace: str) -> str | None:
        """The token for the Application Manager in one VVP namespace."""
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

    def obtain(self, namespace: str) -> bool:
        """Whether there is now a token that was not there before; asks VVP once per namespace."""
        with self._lock:
            if self._tokens.for_namespace(namespace):
                return namespace in self._asked
            if namespace in self._asked:
                return False
            self._asked.add(namespace)
            try:
                self._tokens.remember(namespace, self._create(namespace, self.name))
            except PlatformError as error:
                log.debug("no token of the run in VVP namespace %s: %s", namespace, error)
                return False
            return True

    def remove_all(self) -> list[str]:
        """Removes every token of this run; returns what could not be removed, in words."""
        left = []
        for namespace in sorted(self._asked):
            try:
                self._delete(namespace, self.name)
                self._tokens.remember(namespace, "")
            except PlatformNotFound:
                continue
            except PlatformError as error:
                left.append(f"token {self.name} in VVP namespace {namespace}: {error}")
        return left
