"""From a raw request to what is sent back: log, faults, authentication, routing, handler."""

import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from vpsync.sandbox.access import Resource, authenticate, authorize
from vpsync.sandbox.actions import Transmission
from vpsync.sandbox.browsers import is_of_a_page
from vpsync.sandbox.call import Call, Reply
from vpsync.sandbox.errors import ApiError, error_body, forbidden
from vpsync.sandbox.faults import Faults
from vpsync.sandbox.media import check_media_type, decode, media_type, negotiated
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.requestlog import RequestLog
from vpsync.sandbox.routes import Match, Route, Router
from vpsync.sandbox.specification import specification_entries
from vpsync.sandbox.table import TABLE

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came in; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Request:
    """A request after decoding."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] | None
    """None: a person at the user interface, who may do everything."""
    body: Any
    flaw: ApiError | None = None
    """What is wrong with the body."""
    raw: bytes = b""


class Exchange:
    """Answers requests on behalf of one platform."""

    def __init__(self, platform: Platform, admin_token: str | None) -> None:
        self.platform = platform
        self.log = RequestLog(platform.options.log_limit)
        self.faults = Faults()
        self.failures: list[str] = []
        """Tracebacks of errors of the sandbox itself; empty unless it has a bug."""
        self.stopping = threading.Event()
        self.refuses_pages = False
        """Whether requests of web pages are refused, as they are where only this machine is served."""
        self._admin_token = admin_token
        table = (*TABLE, *specification_entries(TABLE))
        self._router = Router(table, platform.release)

    def handle(self, raw: RawRequest) -> Transmission:
        """Serves a request that came over the network."""
        if self.platform.options.latency:
            self.stopping.wait(self.platform.options.latency)
        path, _, query_text = raw.target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        body, flaw = decode(media_type(raw.headers), raw.body)
        # The log has plain values, for whoever reads it with a library of JSON.
        logged, _ = decode(media_type(raw.headers), raw.body, as_written=False)
        entry = self.log.arrive(raw.method, unquote(path), query, raw.headers, logged)
        action = self.faults.pick(entry)
        reply: Reply | None = None
        if action is None or action.deliver:
            given = _Request(raw.method, path, query, raw.headers, body, flaw, raw.body)
            reply = negotiated(path, raw.headers, self._serve(given))
        wait = self.stopping.wait
        sent = Transmission(reply) if action is None else action.answer(reply, wait)
        self.log.finish(
            entry,
            sent.reply.status if sent.reply else 0,
            reply.status if reply else 0,
        )
        return sent

    def call(self, method: str, target: str, body: Any) -> Reply:
        """Serves a request of a person at the user interface: no log, no faults, every right."""
        path, _, query_text = target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        return self._serve(_Request(method, path, query, None, body))

    def _serve(self, request: _Request) -> Reply:
        path = request.path
        try:
            if self.refuses_pages and request.headers and is_of_a_page(request.headers):
                raise forbidden("This sandbox serves no web pages.")
            segments = [unquote(part) for part in path.strip("/").split("/")]
            match = self._router.find(segments)
            with self.platform.lock:
                route = self._admit(request, match)
                call = self._accepted(request, match)
                return route.handler(self.platform, call)
        except ApiError as error:
            return self._refusal(error.status, error.message, path)
        except Exception:  # a bug of the sandbox must reach its user, not end a thread silently
            self.failures.append(traceback.format_exc())
            return self._refusal(500, "The sandbox has a bug: see Sandbox.failures.", path)

    def _admit(self, request: _Request, match: Match | None) -> Route:
        options = self.platform.options
        wanted = "GET" if request.method == "HEAD" else request.method
        route = match.routes.get(wanted) if match else None
        if request.headers is not None and not self._is_open(route):
            header = request.headers.get("authorization")
            principal = authenticate(self.platform, self._admin_token, header)
            if match is not None and route is not None:
                authorize(principal, match.namespace, route.resource, route.verb)
        if match is None:
            raise ApiError(404, f"No endpoint {request.method} {request.path}.")
        if route is None:
            raise ApiError(405, f"Request method '{request.method}' is not supported.")
        if route.enterprise and options.edition == "community":
            raise ApiError(options.platform_refusal_status, "Not available in this edition.")
        return route

    def _accepted(self, request: _Request, match: Match | None) -> Call:
        headers = request.headers or {}
        if request.raw and request.method in _WITH_BODY:
            merge_patch = self.platform.options.merge_patch_media_type
            check_media_type(request.path, media_type(headers), merge_patch)
        if request.flaw is not None:
            raise request.flaw
        namespace, ref = (match.namespace, match.ref) if match else ("", "")
        return Call(
            request.method,
            request.path,
            namespace,
            ref,
            request.query,
            request.body,
            request.raw,
            headers.get("content-type", ""),
        )

    def _is_open(self, route: Route | None) -> bool:
        options = self.platform.options
        if options.edition == "community" or not options.auth:
            return True
        if route is not None and route.resource is Resource.SYSTEM_INFO:
            return not options.system_info_needs_token
        return route is not None and route.resource is Resource.LIVENESS

    def _refusal(self, status: int, message: str, path: str) -> Reply:
        form = self.platform.options.error_body
        return Reply(status, error_body(form, self.platform.identity.now(), path, status, message))
