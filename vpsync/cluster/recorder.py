"""Posts events, best effort: a cluster that will not take one never fails a pass."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime

from vpsync.cluster.client import Writer
from vpsync.errors import ClusterError
from vpsync.model.event import Event
from vpsync.model.json import Json
from vpsync.model.resource import GROUP
from vpsync.redact.output import safe_line

log = logging.getLogger(__name__)

NOTE_LIMIT = 1024
"""Bytes; the limit of ``events.k8s.io/v1``."""
CONTROLLER = f"{GROUP}/vpsync"


def post(writer: Writer, event: Event, instance: str, now: datetime) -> None:
    """Posts one event; the same event is posted once."""
    try:
        writer.create_event(event.manifest.key.namespace, document(event, instance, now))
    except ClusterError as error:
        log.warning(
            "the event %s about %s was not posted: %s", event.reason, event.manifest.key, error
        )


def document(event: Event, instance: str, now: datetime) -> dict[str, Json]:
    """The event as the API wants it, with a name that is the same for the same event."""
    manifest = event.manifest
    stamp = hashlib.sha256(f"{manifest.uid}/{event.stamp}".encode()).hexdigest()[:16]
    note = safe_line(event.note).encode()
    if len(note) > NOTE_LIMIT:
        note = note[: NOTE_LIMIT - 3].decode(errors="ignore").encode() + "…".encode()
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": f"{manifest.home.name[:200]}.{stamp}",
            "namespace": manifest.home.namespace,
            "annotations": dict(event.annotations),
        },
        "eventTime": _micro_time(event.at, now),
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason[:128],
        "action": event.action[:128],
        "note": note.decode(),
        "reportingController": CONTROLLER,
        "reportingInstance": instance[:128] or "vpsync",
        "regarding": {
            "apiVersion": manifest.api_version,
            "kind": manifest.home.kind,
            "namespace": manifest.home.namespace,
            "name": manifest.home.name,
            "uid": manifest.uid,
        },
    }


def _micro_time(text: str, now: datetime) -> str:
    try:
        moment = datetime.fromisoformat(text) if text else now
    except ValueError:
        moment = now
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
