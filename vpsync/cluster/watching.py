"""Watches: what changes about the resources of a kind, as it changes, and of each its metadata alone.

(Kubernetes, "Efficient detection of changes" and "Metadata-only fetches".) A watch ends now and then, and
that is no error: it is resumed at the version that it came to. One that was away for too long is
:class:`~vpsync.cluster.answers.Expired`, and begins with a list anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from vpsync.cluster.answers import Expired, refusal
from vpsync.cluster.client import Reader, collection_path
from vpsync.errors import ClusterError, ClusterUnreachable
from vpsync.kinds.kind import Kind
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.net.causes import FOREIGN, cause_of
from vpsync.net.exchange import CHUNK, Answer, Stream
from vpsync.net.pools import Limits

LASTS = 240
"""Seconds after which the server is asked to end a watch: what died without a word is noticed so, too."""

WATCH_LIMITS = Limits(whole=LASTS + 30.0, between=LASTS + 30.0)

LONGEST_EVENT = 4 << 20
"""Bytes of one event: Kubernetes lets all annotations of an object have 256 KiB."""

HEADS = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
_HEAD = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One event of a watch."""

    gone: bool
    """Whether the object is there no more, or has not the labels any more that are asked for."""
    bookmark: bool
    """Whether it says no more than to which version the watch came."""
    metadata: JsonObject

    @property
    def version(self) -> str:
        """The resourceVersion from which the watch is resumed."""
        return str(self.metadata.get("resourceVersion") or "")


@dataclass(slots=True)
class Watcher(Reader):
    """Lists and watches; has no way to write."""

    accept: str = HEADS

    def get(self, path: str) -> Json:
        """A GET; a list of metadata that has no items is an empty one, as the API server writes it."""
        page = Reader.get(self, path)
        if isinstance(page, dict) and page.get("kind") == "PartialObjectMetadataList":
            return {**page, "items": page.get("items") or []}
        return page

    def watch(self, kind: Kind, namespace: str, version: str) -> Iterator[WatchEvent]:
        """What happens after a version, until the server ends it; it has begun when this returns.

        :class:`Expired` where the version is too old, and other errors of :mod:`vpsync.errors`, are raised at
        once or from what is returned.
        """
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": version}
        query |= {"labelSelector": self.selector} if self.selector else {}
        query |= {"timeoutSeconds": str(LASTS)}
        path = f"{collection_path(kind, namespace)}?{urlencode(query)}"
        headers = {"Accept": _HEAD, "User-Agent": self.api.user_agent}
        with _classified(kind):
            stream = self._stream("GET", path, headers, None)
            if stream.status != 200:
                body = stream.read1(CHUNK, decode_content=True)
                stream.close()
                answer = Answer(stream.status, stream.headers, body)
                raise refusal(answer, "GET", path, self.api.host, self.api.secrets())
        return _events(kind, stream)


def _events(kind: Kind, stream: Stream) -> Iterator[WatchEvent]:
    try:
        with _classified(kind):
            yield from map(_seen, _lines(stream))
    finally:
        stream.close()


@contextmanager
def _classified(kind: Kind) -> Iterator[None]:
    """Turns exceptions of the network into :class:`ClusterUnreachable`."""
    try:
        yield
    except FOREIGN as error:
        text = f"the watch of {kind.plural} broke off ({cause_of(error)})"
        raise ClusterUnreachable(text) from error


def _lines(stream: Stream) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read1(CHUNK, decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)
        if len(rest) > LONGEST_EVENT:
            raise ClusterError(f"an event of a watch is larger than {LONGEST_EVENT >> 20} MiB")


def _seen(line: bytes) -> WatchEvent:
    event = _parsed(line)
    kind, subject = event.get("type"), event.get("object")
    if kind == "ERROR":
        code = value_at(subject, ("code",))
        message = f"the API server ended the watch: {value_at(subject, ('reason',))}"
        error = Expired if code == 410 else ClusterError
        raise error(message, status=code if isinstance(code, int) else None)
    metadata = value_at(subject, ("metadata",))
    if kind not in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK") or not isinstance(metadata, dict):
        raise ClusterError("an event of a watch is not what the API promises")
    return WatchEvent(kind == "DELETED", kind == "BOOKMARK", metadata)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ClusterError("an event of a watch is no JSON") from error
    return event if isinstance(event, dict) else {}
