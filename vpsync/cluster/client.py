"""Raw JSON to and from the API server: no typed models on the way.

Foreign exceptions end here; what leaves are the classes of :mod:`vpsync.errors`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from vpsync.cluster.answers import Expired, TestFailed, parsed, refusal
from vpsync.cluster.credentials import NoCredentials
from vpsync.errors import (
    ClusterConflict,
    ClusterError,
    ClusterNotFound,
    ClusterUnreachable,
    RequestError,
)
from vpsync.kinds.kind import Kind
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.resource import GROUP, Manifest
from vpsync.net.deadline import Deadline
from vpsync.net.exchange import Exchange, NoAnswer, Sender, Stream, TooLarge, uncounted
from vpsync.net.pools import Limits
from vpsync.net.retry import Retry, is_transient

log = logging.getLogger(__name__)

PAGE = 500
"""Objects per page of a list."""

MAX_PAGES = 1000
"""Pages of one list: half a million objects."""

LIMITS = Limits(whole=60.0, between=30.0)

MAX_RESTARTS = 3
"""How often a list is started again because its continue token expired (410)."""

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


def _whole(document: JsonObject) -> JsonObject:
    return document


@dataclass(slots=True)
class Reader:
    """Lists of custom resources; has no way to write."""

    api: Any
    """:class:`vpsync.cluster.wire.ClusterApi`."""
    limits: Limits = LIMITS
    attempts: int = 3
    pause: Callable[[float], bool | None] = time.sleep
    """Waits so many seconds; True when the run is to end instead of going on."""
    selector: str = ""
    """Label selector for every list."""
    deadline: Deadline | None = None
    """The time limit of a pass; None for none."""
    observe: Callable[[Exchange], None] = uncounted
    """Told every request when it is over."""
    begin: Callable[[str], None] = uncounted
    """Told the target of every request that is begun."""
    accept: str = "application/json"
    """In which form objects are wanted."""
    date: str = field(default="", init=False)
    """The header ``Date`` of the last answer: the server's clock."""

    def list_kind(self, kind: Kind, namespace: str) -> Iterator[JsonObject]:
        """Every resource of a kind, page by page; a list that cannot be completed is an error."""
        return iter(self.listed(kind, namespace)[0])

    def listed(
        self, kind: Kind, namespace: str, kept: Callable[[JsonObject], JsonObject] = _whole
    ) -> tuple[list[JsonObject], str]:
        """The same, and the ``resourceVersion`` at which the cluster was like that.

        Of each resource stays what ``kept`` makes of it, so that no more than a page is there as a whole.
        """
        for _ in range(MAX_RESTARTS):
            try:
                return self._pages(kind, namespace, kept)
            except Expired:
                log.debug("the list of %s expired halfway; started again", kind.plural)
        raise ClusterError(
            f"the list of {kind.plural} expired {MAX_RESTARTS} times; try again later"
        )

    def _pages(
        self, kind: Kind, namespace: str, kept: Callable[[JsonObject], JsonObject]
    ) -> tuple[list[JsonObject], str]:
        listed: list[JsonObject] = []
        token, seen, version = "", set(), ""
        for _ in range(MAX_PAGES):
            query = {"limit": str(PAGE)}
            query |= {"labelSelector": self.selector} if self.selector else {}
            query |= {"continue": token} if token else {}
            page = self.get(f"{collection_path(kind, namespace)}?{urlencode(query)}")
            items, metadata = _listed(page, kind)
            for item in items:
                # Often the larger half of an object, and of no use to a pass.
                item["metadata"].pop("managedFields", None)
            listed += map(kept, items)
            version = version or str(metadata.get("resourceVersion") or "")
            token = metadata.get("continue") or ""
            if not token:
                return listed, version
            if token in seen:
                raise ClusterError(f"the list of {kind.plural} goes round in circles")
            seen.add(token)
        raise ClusterError(f"the list of {kind.plural} does not end after {MAX_PAGES} pages")

    def get(self, path: str) -> Json:
        """A GET, sent again where that may help."""
        return self._send("GET", path)

    def cluster_id(self) -> str:
        """The UID of the namespace ``kube-system``, which no other cluster has; empty where it may not be
        read. It is asked for once: what it is good for can do without.
        """
        sender = self._sender(self.deadline or Deadline())
        try:
            answer = self._once(sender, "GET", "/api/v1/namespaces/kube-system", None, "")
        except RequestError:
            return ""
        identity = value_at(answer, ("metadata", "uid"))
        return identity if isinstance(identity, str) else ""

    def lacks_namespace(self, name: str) -> bool:
        """Whether the cluster says that it has no such namespace; False where it does not say."""
        try:
            self.get(f"/api/v1/namespaces/{quote(name, safe='')}")
        except ClusterNotFound:
            return True
        except ClusterError:
            return False
        return False

    def _send(self, method: str, path: str, body: Json = None, content_type: str = "") -> Json:
        """The decoded answer. Whatever is sent here may be sent twice: what it changes is named whole,
        or guarded by what was read."""
        deadline = self.deadline or Deadline()
        retry = Retry(self.attempts, self.pause, deadline)
        sender = self._sender(deadline)
        return retry.run(lambda: self._once(sender, method, path, body, content_type), _may_repeat)

    def _sender(self, deadline: Deadline) -> Sender:
        return Sender("kubernetes", self.limits.whole, deadline, self.observe, self.begin)

    def _once(self, sender: Sender, method: str, path: str, body: Json, content_type: str) -> Json:
        headers = {"Accept": self.accept, "User-Agent": self.api.user_agent}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            answer = sender.once(method, lambda: self._stream(method, path, headers, body))
        except NoAnswer as error:
            if sender.deadline.is_stopped:
                # The API server has no part in it.
                raise ClusterUnreachable(str(error)) from error
            text = f"the Kubernetes API server does not answer at {self.api.host}"
            raise ClusterUnreachable(f"{text} ({error})") from error
        except TooLarge as error:
            raise ClusterError(f"{method} {path.partition('?')[0]}: {error}") from error
        self.date = answer.headers.get("Date") or ""
        if not 200 <= answer.status < 300:
            raise refusal(answer, method, path, self.api.host, self.api.secrets())
        return parsed(answer.body, path)

    def _stream(self, method: str, path: str, headers: dict[str, str], body: Json) -> Stream:
        response = self.api.call_api(
            method,
            self.api.host + path,
            header_params=headers,
            body=body,
            _request_timeout=(self.limits.connect, self.limits.between),
        )
        stream: Stream = response.response
        return stream


@dataclass(slots=True)
class Writer(Reader):
    """The writes of a reconcile: patches of status, metadata and finalizers, and events."""

    def patch_status(
        self, manifest: Manifest, status: Json, *, guarded: bool = False
    ) -> JsonObject:
        """Changes the given members of the status.

        ``guarded`` makes it a :class:`ClusterConflict` when the resource moved since it was read.
        """
        body: dict[str, Json] = {"status": status}
        if guarded:
            body["metadata"] = {"resourceVersion": manifest.resource_version}
        answer = self._send("PATCH", f"{resource_path(manifest)}/status", body, MERGE_PATCH)
        return answer if isinstance(answer, Mapping) else {}

    def patch_annotations(self, manifest: Manifest, annotations: Mapping[str, str]) -> None:
        """Sets the given annotations."""
        body = {"metadata": {"annotations": dict(annotations)}}
        self._send("PATCH", resource_path(manifest), body, MERGE_PATCH)

    def patch_json(self, manifest: Manifest, operations: Json) -> JsonObject:
        """Applies a JSON patch; a failed test is a :class:`ClusterConflict`."""
        try:
            answer = self._send("PATCH", resource_path(manifest), operations, JSON_PATCH)
        except TestFailed as error:
            raise ClusterConflict(str(error), status=error.status) from error
        return answer if isinstance(answer, Mapping) else {}

    def create_event(self, namespace: str, event: JsonObject) -> bool:
        """Posts an event; False where one of the same name is there already.

        It goes to the older of the two events APIs: only there an event may state ``lastTimestamp``, by
        which people sort (Kubernetes, pkg/apis/core/validation/events.go).
        """
        try:
            self._send("POST", _events_path(namespace), event, "application/json")
        except ClusterConflict:
            return False
        return True

    def patch_event(self, namespace: str, name: str, changes: JsonObject) -> JsonObject:
        """Changes members of an event; gives the whole of it, which there may be no right to get."""
        path = f"{_events_path(namespace)}/{quote(name, safe='')}"
        answer = self._send("PATCH", path, changes, MERGE_PATCH)
        return answer if isinstance(answer, Mapping) else {}


def _may_repeat(error: RequestError) -> bool:
    """Whether it may help to send a request again; credentials that failed were asked for just now."""
    return is_transient(error) and not isinstance(error, NoCredentials)


def _events_path(namespace: str) -> str:
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/events"


def collection_path(kind: Kind, namespace: str) -> str:
    """Where a kind is listed: in its storage version, so that nothing has to be converted."""
    segment = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"/apis/{GROUP}/{kind.versions[0]}{segment}/{kind.plural}"


def resource_path(manifest: Manifest) -> str:
    """Where one resource is."""
    from vpsync.kinds import BY_NAME

    kind = BY_NAME[manifest.home.kind]
    return f"{collection_path(kind, manifest.home.namespace)}/{quote(manifest.home.name, safe='')}"


def _listed(page: Json, kind: Kind) -> tuple[list[dict[str, Any]], JsonObject]:
    """The objects of a page and its own metadata; an error for anything but a page."""
    members = page if isinstance(page, dict) else {}
    items, metadata = members.get("items"), members.get("metadata")
    objects: list[Any] = items if isinstance(items, list) else [None]
    whole = all(isinstance(i, dict) and isinstance(i.get("metadata"), dict) for i in objects)
    if whole and isinstance(metadata, dict):
        return objects, metadata
    raise ClusterError(f"the list of {kind.plural} is not what the API promises")
