"""Requests to one API server: with credentials, and with others after a 401."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from urllib3 import BaseHTTPResponse, HTTPHeaderDict, PoolManager, Timeout

from vpsync.cluster.credentials import Credential, Credentials, NoCredentials
from vpsync.cluster.tls import KeyPair
from vpsync.model.json import Json

_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the server answered; its body is yet to be read."""

    response: BaseHTTPResponse

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, without regard to case."""
        return self.response.headers

    def read(self) -> bytes:
        """The body, to its end."""
        return self.response.data


@dataclass(slots=True)
class ClusterApi:
    """Sends requests to an API server; safe to share between threads."""

    host: str
    """Its address, with the prefix of all paths."""
    user_agent: str
    credentials: Credentials
    impersonation: tuple[tuple[str, str], ...]
    """Headers of every request."""
    open_pool: Callable[[KeyPair | None], PoolManager]
    """Makes connections that show a client certificate; ``ValueError`` for one that is unusable."""
    context: str = ""
    """The name of the kubeconfig's context; empty for the cluster of the pod."""
    _prepare: Callable[[PoolManager], None] = field(default=lambda manager: None, init=False)
    _pair: KeyPair | None = field(default=None, init=False)
    _pool: PoolManager | None = field(default=None, init=False)
    _shown_to_server: str = field(default="", init=False, repr=False)
    """The credentials of the last request."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def secrets(self) -> tuple[str, ...]:
        """What a server that echoes a request would show of its credentials."""
        header = self._shown_to_server
        return (header, header.rpartition(" ")[2]) if header else ()

    def call_api(
        self,
        method: str,
        url: str,
        header_params: Mapping[str, str] | None = None,
        body: Json = None,
        _request_timeout: tuple[float, float] | None = None,
    ) -> _Answer:
        """The answer of any status.

        Time limits are seconds to connect, and between two bytes. Raises what urllib3 raises, and
        :class:`NoCredentials` where there are no credentials. A request that the server refuses
        with 401 was not carried out: it is sent again when there are other credentials for it.
        """
        used = self.credentials.current()
        request = (method, url, header_params or {}, body, _request_timeout)
        answer = self._sent(used, *request)
        if answer.status == _UNAUTHORIZED:
            fresh = self.credentials.renewed(used)
            if fresh is not None:
                answer.response.drain_conn()
                answer = self._sent(fresh, *request)
        return answer

    def open(self, pair: KeyPair | None) -> PoolManager:
        """The connections that show a client certificate, which are others than those before it.

        ``ValueError`` where they cannot be made. Nothing is sent yet.
        """
        with self._lock:
            if self._pool is None or pair != self._pair:
                pool = self.open_pool(pair)
                self._prepare(pool)
                if self._pool is not None:
                    self._pool.clear()
                self._pair, self._pool = pair, pool
            return self._pool

    def prepare(self, prepare: Callable[[PoolManager], None]) -> None:
        """Lets that put limits under all connections to come; before the first request."""
        with self._lock:
            self._prepare = prepare
            if self._pool is not None:
                prepare(self._pool)

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            if self._pool is not None:
                self._pool.clear()

    def _sent(
        self,
        credential: Credential,
        method: str,
        url: str,
        given: Mapping[str, str],
        body: Json,
        limits: tuple[float, float] | None,
    ) -> _Answer:
        headers = HTTPHeaderDict(given)
        if credential.authorization:
            headers["Authorization"] = self._shown_to_server = credential.authorization
        for name, value in self.impersonation:
            headers.add(name, value)
        try:
            pool = self.open(credential.pair)
        except ValueError as error:
            raise NoCredentials(str(error)) from error
        response = pool.request(
            method,
            url,
            headers=headers,
            body=None if body is None else json.dumps(body),
            timeout=Timeout(connect=limits[0], read=limits[1]) if limits else None,
            redirect=False,
            preload_content=False,
        )
        return _Answer(response)
