"""An API server in memory, in the place of ``kubernetes.client.ApiClient``.

It serves what vpsync asks for: lists with paging, the two kinds of patch, the status subresource and
events. Its rules are those of a real API server, and the contract tests hold it to them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from urllib3 import HTTPHeaderDict

from vpsync.model.resource import GROUP

from .faults import Action, Answer, Call, CutBody, Fail, Fault, Matcher, Stale
from .selectors import matches
from .store import EVENTS, NOUNS, SERVED, Document, Key, Refused, Revision, Store

HOST = "https://cluster.test"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?P<status>/status)?)?"
)


_IN_EVENTS_API = {
    "apiVersion": "served as",
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "source": "deprecatedSource",
}
"""What ``events.k8s.io/v1`` calls the members of an event of ``v1``."""


class Response:
    """An answer as the library hands it on."""

    def __init__(
        self, status: int, data: bytes, headers: Mapping[str, str], broken: Exception | None = None
    ) -> None:
        self.status = status
        self.headers = HTTPHeaderDict(headers)
        self._data = data
        self._broken = broken
        self.response = self
        """The stream below, whose body is yet to be read."""

    def read(self) -> bytes:
        """The body, or the exception that cuts it short."""
        if self._broken is not None:
            # A copy: an exception keeps the frames of every time that it is raised.
            raise copy(self._broken)
        return self._data

    def read1(self, amt: int, decode_content: bool) -> bytes:
        """The body at the first call, nothing after it."""
        data, self._data = self.read(), b""
        return data

    def close(self) -> None:
        """Has no connection to close."""


class FakeKubernetes:
    """The API server, seen from both sides: as a client, and as the person at kubectl."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        token: str = "token-of-the-cluster",
    ) -> None:
        self.store = Store(clock)
        self.host, self.context = HOST, ""
        self.user_agent = "vpsync-test"
        self.installed = set(SERVED)
        """Plurals whose CRD is there."""
        self.calls: list[Call] = []
        """All requests in order of arrival."""
        self.faults: list[Fault] = []
        self._token = token
        self._oldest = 0
        self._lock = threading.RLock()

    # What vpsync uses of ClusterApi -----------------------------------------------------------

    def secrets(self) -> tuple[str, ...]:
        """The credentials, to be hidden where an answer echoes them."""
        return (self._token,)

    def call_api(
        self,
        method: str,
        url: str,
        header_params: dict[str, str] | None = None,
        body: Any = None,
        _request_timeout: tuple[float, float] | None = None,
    ) -> Response:
        """One request, with the credentials; raises only what a fault says."""
        assert url.startswith(f"{HOST}/"), url
        assert _request_timeout, "a request without time limits"
        path, _, query = url.removeprefix(HOST).partition("?")
        headers = {key.lower(): text for key, text in (header_params or {}).items()}
        headers["authorization"] = f"Bearer {self._token}"
        sent = json.loads(json.dumps(body))
        with self._lock:
            call = Call(
                len(self.calls) + 1, method, unquote(path), dict(parse_qsl(query)), headers, sent
            )
            self.calls.append(call)
            return self._faulty(call, self._action(call))

    # What a person does -----------------------------------------------------------------------

    def create(self, document: Document) -> Document:
        """``kubectl create``; not logged."""
        metadata = document["metadata"]
        return self.store.create(_key(document["kind"], metadata), document)

    def edit(self, kind: str, namespace: str, name: str, patch: Document) -> Document:
        """``kubectl patch --type=merge``; not logged."""
        key = _key(kind, {"namespace": namespace, "name": name})
        return self.store.patch(key, patch, operations=False, status=False)

    def replace(self, document: Document) -> Document:
        """``kubectl replace``, of the spec alone; not logged."""
        key = _key(document["kind"], document["metadata"])
        steps = [{"op": "replace", "path": "/spec", "value": document["spec"]}]
        return self.store.patch(key, steps, operations=True, status=False)

    def set_status(self, kind: str, namespace: str, name: str, status: Document) -> Document:
        """``kubectl patch --subresource=status``; not logged."""
        key = _key(kind, {"namespace": namespace, "name": name})
        return self.store.patch(key, {"status": status}, operations=False, status=True)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """``kubectl delete --wait=false``; not logged."""
        self.store.delete(_key(kind, {"namespace": namespace, "name": name}))

    def find(self, kind: str, namespace: str, name: str) -> Document | None:
        """The object as it is, or None."""
        key = _key(kind, {"namespace": namespace, "name": name})
        return self.store.get(key) if key in self.store.now.objects else None

    def all(self, plural: str = "") -> list[Document]:
        """All objects of a plural, or all custom resources."""
        wanted = [plural] if plural else list(SERVED)
        objects = sorted(self.store.now.objects.items())
        return [self.store.get(key) for key, _ in objects if key[0] in wanted]

    @property
    def events(self) -> list[Document]:
        """The events that were posted, in order, as ``events.k8s.io/v1`` shows them."""
        found = self.all(EVENTS)
        found = sorted(found, key=lambda event: int(event["metadata"]["resourceVersion"]))
        return [{_IN_EVENTS_API.get(key, key): part for key, part in one.items()} for one in found]

    def mutations(self, since: int = 0) -> list[Call]:
        """The requests that may change something, from that number of requests on."""
        return [call for call in self.calls[since:] if call.mutating]

    # Bad days ---------------------------------------------------------------------------------

    def fault(self, match: Matcher, action: Action, times: int | None = 1, skip: int = 0) -> Fault:
        """Adds a fault and gives it back."""
        added = Fault(match, action, times, skip)
        self.faults.append(added)
        return added

    def expire_tokens(self) -> None:
        """Every continue token handed out so far answers 410 from now on."""
        self._oldest = self.store.now.number + 1
        self.store.revisions.append(Revision(self._oldest, self.store.now.objects))

    def _action(self, call: Call) -> Action | None:
        return next((fault.action for fault in self.faults if fault.meets(call)), None)

    def _faulty(self, call: Call, action: Action | None) -> Response:
        match action:
            case None:
                return self._served(call, self.store.now)
            case Stale(revisions):
                last = len(self.store.revisions) - 1
                return self._served(call, self.store.revisions[max(0, last - revisions)])
            case CutBody(error):
                answer = self._served(call, self.store.now)
                return Response(answer.status, b"", answer.headers, error)
            case Answer():
                if action.deliver:
                    self._served(call, self.store.now)
                data = action.data
                return Response(
                    action.status,
                    _status(action.status, "Fault", action.message) if data is None else data,
                    action.headers,
                )
            case Fail(error, deliver):
                if deliver:
                    self._served(call, self.store.now)
                raise copy(error)

    # The server -------------------------------------------------------------------------------

    def _served(self, call: Call, revision: Revision) -> Response:
        try:
            status, body = self._routed(call, revision)
            data = json.dumps(body).encode()
        except Refused as refusal:
            status, data = (
                refusal.status,
                _status(refusal.status, refusal.reason, str(refusal), refusal.details),
            )
        self.calls[call.number - 1] = replace(call, status=status)
        return Response(status, data, {"Content-Type": "application/json"})

    def _routed(self, call: Call, revision: Revision) -> tuple[int, Document]:
        found = _PATH.fullmatch(call.path)
        if found is None:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        place = found.groupdict(default="")
        if place["group"] == "" and place["plural"] == EVENTS:
            return self._event(call, place)
        if place["group"] != GROUP or place["plural"] not in self.installed:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        if place["version"] not in SERVED[place["plural"]]:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        if call.method == "GET" and not place["name"]:
            return 200, self._list(call, place, revision)
        if call.method == "PATCH" and place["name"]:
            return 200, self._patch(call, place)
        raise Refused(405, "MethodNotAllowed", "the server does not allow this method here")

    def _event(self, call: Call, place: Mapping[str, str]) -> tuple[int, Document]:
        if call.method == "PATCH" and place["name"]:
            key = (EVENTS, place["namespace"], place["name"])
            return 200, self.store.patch(key, call.body, operations=False, status=False)
        if call.method != "POST" or place["name"]:
            raise Refused(405, "MethodNotAllowed", "the server does not allow this method here")
        if call.headers.get("content-type") != "application/json":
            raise Refused(415, "UnsupportedMediaType", "the body is not JSON")
        metadata = call.body.get("metadata") or {}
        if metadata.get("namespace", place["namespace"]) != place["namespace"]:
            raise Refused(400, "BadRequest", "the namespace of the object does not match the path")
        key = (EVENTS, place["namespace"], str(metadata.get("name") or ""))
        return 201, self.store.create(key, call.body)

    def _patch(self, call: Call, place: Mapping[str, str]) -> Document:
        kind = call.headers.get("content-type")
        if kind not in (MERGE_PATCH, JSON_PATCH):
            raise Refused(415, "UnsupportedMediaType", f"the body of the request was {kind!r}")
        key = (place["plural"], place["namespace"], place["name"])
        done = self.store.patch(
            key, call.body, operations=kind == JSON_PATCH, status=bool(place["status"])
        )
        return _shown(done, place["version"])

    def _list(self, call: Call, place: Mapping[str, str], revision: Revision) -> Document:
        start: Key = ("", "", "")
        if token := call.query.get("continue"):
            revision, start = self._resumed(token)
        _selected(call.query.get("labelSelector", ""), {"metadata": {}})
        found = [
            (key, document)
            for key, document in sorted(revision.objects.items())
            if key[0] == place["plural"] and key > start
            if not place["namespace"] or key[1] == place["namespace"]
            if _selected(call.query.get("labelSelector", ""), document)
        ]
        limit = int(call.query.get("limit") or 0) or len(found)
        metadata = {"resourceVersion": str(revision.number)}
        if len(found) > limit:
            metadata["continue"] = _token(revision.number, found[limit - 1][0])
        return {
            "apiVersion": f"{GROUP}/{place['version']}",
            "kind": f"{NOUNS[place['plural']]}List",
            "metadata": metadata,
            "items": [_shown(document, place["version"]) for _, document in found[:limit]],
        }

    def _resumed(self, token: str) -> tuple[Revision, Key]:
        try:
            number, *start = json.loads(base64.b64decode(token))
        except ValueError:
            raise Refused(400, "BadRequest", "continue key is not valid") from None
        revision = self.store.revision(number)
        if revision is None or number < self._oldest:
            text = "The provided continue parameter is too old to display a consistent list result."
            raise Refused(410, "Expired", text)
        return revision, (start[0], start[1], start[2])


def _key(kind: str, metadata: Mapping[str, Any]) -> Key:
    [plural] = [plural for plural, noun in NOUNS.items() if noun == kind]
    return (plural, metadata.get("namespace") or "default", metadata["name"])


def _token(revision: int, key: Key) -> str:
    return base64.b64encode(json.dumps([revision, *key]).encode()).decode()


def _shown(document: Document, version: str) -> Document:
    """The object in the version that was asked for; nothing else is converted."""
    return {**document, "apiVersion": f"{GROUP}/{version}"}


def _selected(selector: str, document: Document) -> bool:
    try:
        return matches(selector, document["metadata"].get("labels") or {})
    except ValueError as error:
        raise Refused(400, "BadRequest", str(error)) from None


def _status(code: int, reason: str, message: str, details: Document | None = None) -> bytes:
    document: Document = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    }  # fmt: skip
    if details is not None:
        document["details"] = details
    return json.dumps(document).encode()
