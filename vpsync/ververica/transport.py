"""HTTP to VVP: one session, retries of what may be sent again, and nothing but the expected JSON.

* Limits and retries are those of :mod:`vpsync.net`.
* A read is sent again where that may help. A write is sent again only where VVP refused it before it was
  done; whether one happened whose answer was lost is for the next pass to see.
* A cookie is neither kept nor sent: a gateway would take one request for another's session.
* A redirect is never followed, and no proxy, netrc or CA bundle of the environment is used: a token
  goes to the address it was given for or nowhere.
* Anything but JSON of the expected shape is an error. It never reads as "empty".
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from vpsync.errors import PlatformFault, PlatformRejected, PlatformUnreachable
from vpsync.model.json import Json
from vpsync.net.deadline import Deadline
from vpsync.net.exchange import Exchange, NoAnswer, Sender, Stream, TooLarge, uncounted
from vpsync.net.pools import Limits
from vpsync.net.retry import Retry, is_refused_before_done, is_transient
from vpsync.ververica.adapter import LimitedAdapter
from vpsync.ververica.answers import decoded

log = logging.getLogger(__name__)

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
    """How often a request is tried, unless VVP says when to come again."""
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
    deadline: Deadline | None = None
    """The time limit of a pass; None for one of its own, by ``clock``."""
    observe: Callable[[Exchange], None] = uncounted
    """Told every request when it is over."""
    begin: Callable[[str], None] = uncounted
    """Told the target of every request that is begun."""
    date: str = field(default="", init=False)
    """The header ``Date`` of the last answer: the server's clock, or that of a proxy before it."""
    _session: requests.Session = field(init=False)
    _sender: Sender = field(init=False)
    _retry: Retry = field(init=False)

    def __post_init__(self) -> None:
        deadline, options = self.deadline or Deadline(clock=self.clock), self.options
        self._sender = Sender("vvp", options.request_timeout, deadline, self.observe, self.begin)
        self._retry = Retry(options.attempts, self.pause, deadline)
        self._session = _session(options, self.adapter or _adapter(options, deadline))

    def send(self, method: str, url: str, token: str | None = None, body: Json = None) -> Json:
        """The decoded JSON of a 2xx answer; None when it has no body. Raises PlatformError."""
        if method not in self.methods:
            raise PlatformRejected(f"{method} is not possible here: this run cannot write to VVP")
        may_repeat = is_transient if method == "GET" else is_refused_before_done
        return self._retry.run(lambda: self._once(method, url, token, body), may_repeat)

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _once(self, method: str, url: str, token: str | None, body: Json) -> Json:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            # Half of a character, which VVP may hold and a replacement sends back, is written by its number.
            data = text.encode(errors="backslashreplace")
        route = f"{method} {_shown(url)}"

        def send() -> Stream:
            response = self._session.request(
                method,
                url,
                data=data,
                headers=headers,
                timeout=(self.options.connect_timeout, self.options.read_timeout),
                allow_redirects=False,
                stream=True,
            )
            stream: Stream = response.raw
            return stream

        try:
            answer = self._sender.once(method, send)
        except NoAnswer as error:
            raise PlatformUnreachable(f"{route}: {error}") from error
        except TooLarge as error:
            raise PlatformFault(f"{route}: {error}") from error
        self.date = answer.headers.get("Date", "")
        log.debug("%s: %d, %d bytes", route, answer.status, len(answer.body))
        return decoded(answer, route, token)


def _adapter(options: HttpOptions, deadline: Deadline) -> HTTPAdapter:
    limits = Limits(options.request_timeout, fresh_writes=True)
    return LimitedAdapter(
        limits, deadline, pool_maxsize=options.pool, max_retries=0, pool_block=True
    )


def _session(options: HttpOptions, adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["User-Agent"] = options.user_agent
    session.verify = options.ca_file if options.ca_file and options.verify else options.verify
    if not options.verify:
        # Somebody said so; a warning for every request says nothing that they do not know.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session.cert = options.client_cert
    if options.proxy:
        session.proxies = {"http": options.proxy, "https": options.proxy}
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _shown(url: str) -> str:
    """The path of a URL: no user, password, host or query."""
    path = url.partition("://")[2].partition("/")[2]
    return "/" + path.partition("?")[0]
