"""Posts events, best effort: a cluster that will not take one never fails a pass.

``kubectl describe`` and ``kubectl events --for`` find them, and they sort by their last time. What
happens again counts up a series on the event that is there.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime

from vpsync.cluster.client import Writer
from vpsync.errors import ClusterError
from vpsync.kinds import BY_NAME
from vpsync.model.event import Event
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.resource import GROUP
from vpsync.redact.output import safe_line

log = logging.getLogger(__name__)

NOTE_LIMIT = 1024
"""Bytes; the limit of the API for events with a time in microseconds."""
_SECONDS, _MICROSECONDS = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"
CONTROLLER = f"{GROUP}/vpsync"


def post(writer: Writer, event: Event, instance: str, now: datetime) -> None:
    """Posts one event; the same event is posted once, and counted where it happened again."""
    made = document(event, instance, now)
    try:
        is_new = writer.create_event(event.manifest.key.namespace, made)
        if not is_new and event.recurs:
            _count(writer, event, made, now)
    except ClusterError as error:
        log.warning(
            "the event %s about %s was not posted: %s", event.reason, event.manifest.key, error
        )


def _count(writer: Writer, event: Event, made: JsonObject, now: datetime) -> None:
    """Makes a series of an event that is there: how often it happened, and when for the last time."""
    namespace, name = event.manifest.key.namespace, str(value_at(made, ("metadata", "name")))
    last = _time(event.at, now)
    newest = {"lastTimestamp": last.strftime(_SECONDS), "message": made["message"]}
    stored = writer.patch_event(namespace, name, newest)
    before = stored.get("count")
    count = before + 1 if isinstance(before, int) else 2
    series = {"count": count, "lastObservedTime": last.strftime(_MICROSECONDS)}
    writer.patch_event(namespace, name, {"count": count, "series": series})


def document(event: Event, instance: str, now: datetime) -> dict[str, Json]:
    """The event as the API wants it, with a name that is the same for the same event.

    It is about the resource in its newest version: ``kubectl`` asks for the one that the cluster prefers,
    whatever version the manifest has.
    """
    manifest = event.manifest
    stamp = hashlib.sha256(f"{manifest.uid}/{event.stamp}".encode()).hexdigest()[:16]
    note = safe_line(event.note).encode()
    if len(note) > NOTE_LIMIT:
        note = note[: NOTE_LIMIT - 3].decode(errors="ignore").encode() + "…".encode()
    moment = _time(event.at, now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{manifest.home.name[:200]}.{stamp}",
            "namespace": manifest.home.namespace,
            "annotations": dict(event.annotations),
        },
        "eventTime": moment.strftime(_MICROSECONDS),
        "firstTimestamp": moment.strftime(_SECONDS),
        "lastTimestamp": moment.strftime(_SECONDS),
        "count": 1,
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason[:128],
        "action": event.action[:128],
        "message": note.decode(),
        "source": {"component": "vpsync"},
        "reportingComponent": CONTROLLER,
        "reportingInstance": instance[:128] or "vpsync",
        "involvedObject": {
            "apiVersion": f"{GROUP}/{BY_NAME[manifest.home.kind].versions[-1]}",
            "kind": manifest.home.kind,
            "namespace": manifest.home.namespace,
            "name": manifest.home.name,
            "uid": manifest.uid,
        },
    }


def _time(text: str, now: datetime) -> datetime:
    """When it happened: as VVP says it, else now."""
    try:
        moment = datetime.fromisoformat(text) if text else now
    except ValueError:
        moment = now
    return moment.astimezone(UTC)
