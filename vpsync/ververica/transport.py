"""HTTP to VVP: time limits, retries of reads, and nothing but the expected JSON.

* Three limits hold: connecting, one read, and the whole request, so that a server that drips a byte
  now and then cannot keep a pass for ever.
* Reads are retried with growing, jittered pauses; writes never: whether one happened is for the next
  pass to see.
* A redirect is never followed, and no proxy, netrc or CA bundle of the environment is used: a token
  goes to the address it was given for or nowhere.
* Anything but JSON of the expected shape is an error. It never reads as "empty".
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests
import urllib3
from requests.adapters import HTTPAdapter

from vpsync.errors import PlatformFault, PlatformRejected, PlatformUnreachable
from vpsync.model.json import Json
from vpsync.ververica.answers import Malformed, Throttled, decoded
from vpsync.ververica.deadline import LimitedAdapter

log = logging.getLogger(__name__)

MAX_BODY = 512 * 1024 * 1024
"""Bytes of one answer."""

READS = frozenset({"GET"})
WRITES = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How VVP is reached."""

    request_timeout: float = 30.0
    """Seconds for a whole request, from the first byte sent to the last one received."""
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    """Seconds between two bytes."""
    attempts: int = 3
    """How often a read is tried."""
    pool: int = 8
    """Connections kept open."""
    ca_file: str | None = None
    client_cert: tuple[str, str] | None = None
    verify: bool = True
    proxy: str | None = None
    user_agent: str = "vpsync"


@dataclass(slots=True)
class Transport:
    """Sends requests with the methods it was built with, and no others.

    ``diff`` is given one that has only :data:`READS`.
    """

    options: HttpOptions
    methods: frozenset[str]
    pause: Callable[[float], bool | None] = time.sleep
    """Waits so many seconds; True when the run is to end instead of going on."""
    clock: Callable[[], float] = time.monotonic
    adapter: HTTPAdapter | None = None
    """Replaces the network in tests."""
    date: str = field(default="", init=False)
    """The header ``Date`` of the last answer: the server's clock, or that of a proxy before it."""
    _session: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self._session = _session(self.options, self.adapter)

    def send(self, method: str, url: str, token: str | None = None, body: Json = None) -> Json:
        """The decoded JSON of a 2xx answer; None when it has no body. Raises PlatformError."""
        if method not in self.methods:
            raise PlatformRejected(f"{method} is not possible here: this run cannot write to VVP")
        if method != "GET":
            return self._once(method, url, token, body)
        return self._retried(url, token)

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _retried(self, url: str, token: str | None) -> Json:
        for attempt in range(1, self.options.attempts + 1):
            try:
                return self._once("GET", url, token, None)
            except (PlatformUnreachable, PlatformFault) as error:
                if attempt == self.options.attempts or isinstance(error, Malformed):
                    raise
                wanted = error.seconds if isinstance(error, Throttled) else 0.0
                delay = max(0.2 * 3 ** (attempt - 1), min(wanted, 5.0))
                log.debug("%s; again in %.1f s", error, delay)
                if self.pause(delay * random.uniform(0.8, 1.2)):
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, method: str, url: str, token: str | None, body: Json) -> Json:
        started = self.clock()
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        route = f"{method} {_shown(url)}"
        try:
            response = self._session.request(
                method,
                url,
                data=data,
                headers=headers,
                timeout=(self.options.connect_timeout, self.options.read_timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._content(response, started, route)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise PlatformUnreachable(f"{route}: {_cause(error)}") from error
        self.date = response.headers.get("Date", "")
        log.debug("%s: %d, %d bytes", route, response.status_code, len(content))
        return decoded(response, content, route, token)

    def _content(self, response: requests.Response, started: float, route: str) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            chunk = response.raw.read1(1 << 20, decode_content=True)
            if not chunk:
                break
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise PlatformFault(f"{route}: the answer is larger than {MAX_BODY >> 20} MiB")
            if self.clock() - started > self.options.request_timeout:
                limit = self.options.request_timeout
                raise PlatformUnreachable(f"{route}: no complete answer within {limit:g} s")
        return b"".join(chunks)


def _session(options: HttpOptions, adapter: HTTPAdapter | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = options.user_agent
    session.verify = options.ca_file if options.ca_file and options.verify else options.verify
    if not options.verify:
        # Somebody said so; a warning for every request says nothing that they do not know.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session.cert = options.client_cert
    if options.proxy:
        session.proxies = {"http": options.proxy, "https": options.proxy}
    adapter = adapter or LimitedAdapter(
        options.request_timeout, pool_maxsize=options.pool, max_retries=0, pool_block=True
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _shown(url: str) -> str:
    """The path of a URL: no user, password, host or query."""
    path = url.partition("://")[2].partition("/")[2]
    return "/" + path.partition("?")[0]


def _cause(error: Exception) -> str:
    """What kept the connection from working, in words that hold no credentials."""
    causes: Mapping[type[Exception], str] = {
        requests.exceptions.ProxyError: "the proxy does not answer",
        requests.exceptions.SSLError: "TLS failed: certificate or protocol is not accepted",
        requests.exceptions.ConnectTimeout: "no connection within the time limit",
        requests.exceptions.ReadTimeout: "no answer within the time limit",
        urllib3.exceptions.ReadTimeoutError: "no answer within the time limit",
        urllib3.exceptions.ProtocolError: "the connection broke in the middle of the answer",
        requests.exceptions.ConnectionError: "no connection",
    }
    for kind, text in causes.items():
        if isinstance(error, kind):
            return text
    return type(error).__name__
