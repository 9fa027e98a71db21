"""The owner tokens that a run creates where it has none, and the leftovers of runs that crashed.

A token of a run is named ``vpsync-<owner-id>-<run>`` and is removed at the run's end, whatever happened.
A run that was killed leaves its token behind, so each run that creates one looks for those: tokens of
its own owner-id that are older than any pass can be. Which age that is, is measured by VVP's clock
alone, from the ``createTime`` of the token that was just made: both times come from one database, while
the ``Date`` of an answer may be a proxy's, and our own clock is another machine's.

A loop lives longer than a pass. It gives its tokens up in time and makes others, so that no other run
takes them for leftovers; should one do so all the same (its ``--timeout`` may be shorter), the next
request is refused, and a token is made anew.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vpsync.errors import (
    PlatformError,
    PlatformFault,
    PlatformNotFound,
    PlatformUnreachable,
)
from vpsync.ververica.tokens import Tokens

log = logging.getLogger(__name__)

_RUN = re.compile(r"[0-9a-f]{8}")
"""The last part of a name. It has one length and no ``-``: the names of two owner-ids never meet."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of VVP."""

    name: str
    created: float | None
    """When it was made, by VVP's clock (seconds since 1970); None where VVP does not say."""
    secret: str = field(default="", repr=False)
    """Told only once, to who made it; empty in a list."""


class _TokenApi(Protocol):
    """What VVP can be asked about the tokens of one VVP namespace."""

    def create_token(self, namespace: str, name: str) -> ApiToken:
        """Creates an ``owner`` token."""

    def list_tokens(self, namespace: str) -> list[ApiToken]:
        """All tokens of the VVP namespace, whoever made them."""

    def delete_token(self, namespace: str, name: str) -> None:
        """Removes a token; it is void from then on."""


def new_run() -> str:
    """A name for a run that no other has."""
    return secrets.token_hex(4)


class RunTokens:
    """The tokens of this run; safe to share between threads."""

    def __init__(
        self,
        tokens: Tokens,
        api: _TokenApi,
        owner_id: str,
        pass_limit: float,
        run: Callable[[], str] = new_run,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._api = api
        self._prefix = f"vpsync-{owner_id}-"
        self._pass_limit = pass_limit
        """Seconds that a pass may take."""
        self._run = run
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._in_use: dict[str, tuple[str, float]] = {}
        """The token of each VVP namespace: its name, and when it was made by our own clock."""
        self._left: set[tuple[str, str]] = set()
        """VVP namespace and name of tokens that are used no more, and are there or may be."""
        self._asked: dict[str, str] = {}
        """Where VVP was asked for a token in this pass: why it gave none, or empty where it did."""

    def begin_pass(self) -> None:
        """Gives up what another run could take for a leftover before this pass is over.

        That is at half a pass limit: what is younger ends the pass younger than one and a half.
        """
        self._asked.clear()
        now = self._monotonic()
        for namespace, (_, made) in list(self._in_use.items()):
            if now - made > self._pass_limit / 2:
                self._give_up(namespace)
        for problem in self._remove_left():
            log.debug("to be removed later: %s", problem)

    def obtain(self, namespace: str, refused: str | None) -> bool:
        """Whether there is another token than the refused one; VVP is asked for one once a pass.

        Only a token of this run is replaced. One that somebody gave us and VVP refuses stays refused.
        """
        with self._lock:
            if self._tokens.for_namespace(namespace) != refused:
                return True
            if namespace in self._asked or refused != self._tokens.created(namespace):
                return False
            self._give_up(namespace)
            made = self._make(namespace)
        if made is None:
            return False
        self._remove_leftovers(namespace, made)
        return True

    def why_none(self, namespace: str) -> str:
        """Why VVP gave no token in this pass; empty where it did, or was not asked."""
        return self._asked.get(namespace, "")

    def remove_all(self) -> list[str]:
        """Removes every token of this run; returns what could not be removed, in words."""
        for namespace in list(self._in_use):
            self._give_up(namespace)
        return self._remove_left()

    def _make(self, namespace: str) -> ApiToken | None:
        name = self._prefix + self._run()
        try:
            new = self._api.create_token(namespace, name)
        except PlatformError as error:
            if isinstance(error, (PlatformUnreachable, PlatformFault)):
                # The answer was lost, and perhaps nothing else.
                self._left.add((namespace, name))
            # The route behind the words: `apitokens: 401` would read as a secret and its value.
            route, _, words = str(error).partition(": ")
            self._asked[namespace] = f"{words} ({route})"
            return None
        self._asked[namespace] = ""
        self._in_use[namespace] = (name, self._monotonic())
        self._tokens.remember(namespace, new.secret)
        return new

    def _give_up(self, namespace: str) -> None:
        self._tokens.forget(namespace)
        if namespace in self._in_use:
            name, _ = self._in_use.pop(namespace)
            self._left.add((namespace, name))

    def _remove_left(self) -> list[str]:
        problems = []
        for namespace, name in sorted(self._left):
            try:
                self._api.delete_token(namespace, name)
            except PlatformNotFound:
                pass
            except PlatformError as error:
                if not self._is_gone(namespace, name):
                    problems.append(f"token {name} in VVP namespace {namespace}: {error}")
                    continue
            self._left.discard((namespace, name))
        return problems

    def _is_gone(self, namespace: str, name: str) -> bool:
        """Whether VVP, which may answer 403 for a token that it does not have, lists it no more."""
        try:
            return all(token.name != name for token in self._api.list_tokens(namespace))
        except PlatformError:
            return False

    def _remove_leftovers(self, namespace: str, mine: ApiToken) -> None:
        """Removes what crashed runs left; that it fails is no harm, for the next run tries again."""
        try:
            tokens = self._api.list_tokens(namespace)
        except PlatformError as error:
            log.debug("VVP does not list the tokens of VVP namespace %s: %s", namespace, error)
            return
        for token in tokens:
            if self._is_leftover(token, mine):
                self._remove_leftover(namespace, token.name)

    def _remove_leftover(self, namespace: str, name: str) -> None:
        try:
            self._api.delete_token(namespace, name)
        except PlatformError as error:
            log.debug("token %s in VVP namespace %s: %s", name, namespace, error)
        else:
            log.info("removed %s from VVP namespace %s: its run crashed", name, namespace)

    def _is_leftover(self, token: ApiToken, mine: ApiToken) -> bool:
        """Whether it is of our owner-id and older than any pass; without both times it is not."""
        if not token.name.startswith(self._prefix):
            return False
        if not _RUN.fullmatch(token.name.removeprefix(self._prefix)):
            return False
        if token.created is None or mine.created is None:
            return False
        return mine.created - token.created > 2 * self._pass_limit
