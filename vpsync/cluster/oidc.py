"""Tokens of an OpenID Connect provider, as the ``auth-provider`` of that name keeps them.

The rules are those of ``k8s.io/client-go/plugin/pkg/client/auth/oidc``: the ID token is used until ten
seconds before it expires, then the refresh token gives another. One thing is different: the new tokens
are kept for the run, and the kubeconfig is not written.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from vpsync.cluster.credentials import Credential, NoCredentials, bearer
from vpsync.cluster.fields import unusable
from vpsync.cluster.pools import pool_manager
from vpsync.cluster.proxy import proxy_for
from vpsync.cluster.server import server_at
from vpsync.cluster.tls import KeyPair, Trust, tls_context
from vpsync.errors import SettingsError
from vpsync.redact.credentials import without_credentials

_SPARE = 10.0
"""Seconds before its end in which a token is not used any more."""
_TIMEOUT = 10.0
"""Seconds to connect to the provider, and between two bytes of its answer."""


@dataclass(slots=True)
class OidcCredentials:
    """The ID token of a user, refreshed when it expires or is refused."""

    config: Mapping[str, str] = field(repr=False)
    """The ``config`` of the auth provider."""
    read_pair: Callable[[], KeyPair | None] = lambda: None
    """Reads the client certificate that goes with it."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _token: str = field(default="", init=False, repr=False)
    _refresh: str = field(default="", init=False, repr=False)
    _pair: KeyPair | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        for name in ("idp-issuer-url", "client-id"):
            if not self.config.get(name):
                raise unusable(f"the auth-provider oidc has no {name}")
        self._token = self.config.get("id-token", "")
        self._refresh = self.config.get("refresh-token", "")
        self._pair = self.read_pair()

    def current(self) -> Credential:
        """The token, or a new one where it has expired."""
        with self._lock:
            if not self._token or self._expired():
                self._renew()
            return self._credential()

    def renewed(self, refused: Credential) -> Credential | None:
        """A new token, where there is a refresh token to get it with."""
        with self._lock:
            if self._credential() == refused:
                if not self._refresh:
                    return None
                self._renew()
            fresh = self._credential()
        return fresh if fresh != refused else None

    def _credential(self) -> Credential:
        try:
            return Credential(bearer(self._token, "the id-token of oidc"), self._pair)
        except SettingsError as error:
            raise NoCredentials(str(error)) from error

    def _expired(self) -> bool:
        claims = self._token.split(".")[1:2]
        try:
            padded = f"{claims[0]}{'=' * (-len(claims[0]) % 4)}"
            expires = float(json.loads(base64.urlsafe_b64decode(padded))["exp"])
        except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
            raise NoCredentials(
                "the id-token of oidc is no token with a time; log in again"
            ) from None
        return self.clock().timestamp() + _SPARE >= expires

    def _renew(self) -> None:
        if not self._refresh:
            raise NoCredentials(
                "the id-token of oidc has expired and there is no refresh-token; log in again"
            )
        metadata = self._answer("GET", f"{self._issuer}/.well-known/openid-configuration", None)
        endpoint = metadata.get("token_endpoint")
        if not isinstance(endpoint, str) or not endpoint:
            raise self._failed("its configuration names no token_endpoint")
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
        answer = self._answer("POST", endpoint, form)
        token = answer.get("id_token")
        if not isinstance(token, str) or not token:
            raise self._failed("it gave no id_token; was the scope openid requested at login?")
        self._token = token
        refresh = answer.get("refresh_token")
        self._refresh = refresh if isinstance(refresh, str) and refresh else self._refresh

    @property
    def _issuer(self) -> str:
        return self.config["idp-issuer-url"].rstrip("/")

    def _answer(
        self, method: str, url: str, form: Mapping[str, str] | None
    ) -> Mapping[str, object]:
        """The JSON that the provider answers; :class:`NoCredentials` with what it says instead."""
        headers = {"Accept": "application/json"}
        body = None
        if form is not None:
            login = f"{self.config['client-id']}:{self.config.get('client-secret', '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode('ascii')}"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        try:
            pool = self._pool(url)
            answer = pool.request(
                method, url, headers=headers, body=body, timeout=_TIMEOUT, redirect=form is None
            )
            data: bytes = answer.data
        except (HTTPError, OSError) as error:
            raise self._failed(f"it does not answer ({type(error).__name__})") from error
        members = _members(data)
        if answer.status != 200:
            words = " ".join(
                str(members[key]) for key in ("error", "error_description") if key in members
            )
            said = without_credentials(" ".join(words.split()))[:200]
            raise self._failed(f"it answers {answer.status}{f', {said}' if said else ''}")
        return members

    def _pool(self, url: str) -> Any:
        encoded = self.config.get("idp-certificate-authority-data", "")
        file = self.config.get("idp-certificate-authority", "")
        try:
            authorities = base64.b64decode(encoded) if encoded else b""
            if file and not authorities:
                with open(file, "rb") as source:
                    authorities = source.read()
            context = tls_context(Trust(authorities), None)
            return pool_manager(context, proxy_for(server_at(url), "", os.environ))
        except (OSError, ValueError) as error:
            raise self._failed(f"its certificate authority cannot be used: {error}") from error
        except SettingsError as error:
            raise self._failed(str(error)) from error

    def _failed(self, why: str) -> NoCredentials:
        return NoCredentials(
            f"the id-token of oidc cannot be refreshed at {self._issuer}: {why}; log in again"
        )


def _members(data: bytes) -> Mapping[str, object]:
    try:
        members = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}
