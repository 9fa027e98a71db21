"""Reads and writes one Lease (``coordination.k8s.io/v1``), with the fields of client-go's leader election.

Each request is sent once and has little time: whoever elects tries again by itself. A write names the
``resourceVersion`` that was read, so that of two that were begun at a time one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from vpsync.cluster.client import Reader
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.resource import annotation
from vpsync.net.deadline import Deadline
from vpsync.net.pools import Limits
from vpsync.planning.policy import ALL, Shard

REQUEST = 5.0
"""Seconds for one request: half of the time in which a Lease has to be renewed, as in controller-runtime."""

LEASE_LIMITS = Limits(whole=REQUEST, connect=REQUEST, between=REQUEST)

API = "coordination.k8s.io/v1"

_OWNER_ID, _SHARD = annotation("owner-id"), annotation("shard")


def lease_name(owner_id: str, shard: Shard = ALL) -> str:
    """What the Lease of an owner id, or of a shard of it, is called; an owner id is a DNS label."""
    return f"vpsync-{owner_id}" if shard.is_all else f"vpsync-{owner_id}-{shard.index}"


def lease_names(owner_id: str, count: int) -> list[str]:
    """Those of all shards, where so many share the work."""
    return [lease_name(owner_id, Shard(index, count)) for index in range(count)]


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """Who holds a Lease, and what it is known by."""

    holder: str
    """The run that has the Lease; empty where it was given up."""
    seconds: int
    """How long it counts after it was renewed; 0 where it does not say."""
    acquired: str = ""
    renewed: str = ""
    transitions: int = 0
    """How often it went from one holder to another."""
    version: str = field(default="", compare=False)
    """Its ``resourceVersion``; what others note on the object moves it, too."""
    document: JsonObject = field(default_factory=dict, compare=False, repr=False)
    """The whole object: what it holds beside this stays as it is."""

    def given_up(self, moment: str) -> LeaseRecord:
        """The same, free for anybody at once, as client-go leaves it."""
        return replace(self, holder="", seconds=1, acquired=moment, renewed=moment)


class LeaseStore(Protocol):
    """Where a Lease is kept; all of it raises :class:`~vpsync.errors.ClusterError`."""

    def read(self) -> LeaseRecord | None:
        """What is there; None where there is none."""
        ...

    def create(self, record: LeaseRecord) -> LeaseRecord:
        """Makes it; :class:`~vpsync.errors.ClusterConflict` where there is one."""
        ...

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        """Writes it; :class:`~vpsync.errors.ClusterConflict` where it is not the version that was read."""
        ...


@dataclass(slots=True)
class LeaseEdge(Reader):
    """A Lease in a cluster, by a connection of its own."""

    namespace: str = "default"
    name: str = "vpsync"
    owner_id: str = ""
    """Noted on the Lease, as is the shard: by these the Leases of one owner id are told from others."""
    shard: str = ""

    def read(self) -> LeaseRecord | None:
        """What is there; None where there is none."""
        try:
            return _record(self._exchange("GET", self._path))
        except ClusterNotFound:
            return None

    def create(self, record: LeaseRecord) -> LeaseRecord:
        """Creates the Lease."""
        try:
            return _record(self._exchange("POST", self._collection, self._document(record)))
        except ClusterNotFound as error:
            text = f"Kubernetes has no namespace {self.namespace} for the Lease {self.name}"
            raise ClusterNotFound(
                f"{text}; create it, or name another one with --lease-namespace",
                status=error.status,
            ) from error

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        """Replaces the version that was read."""
        return _record(self._exchange("PUT", self._path, self._document(record)))

    def siblings(self) -> Mapping[str, tuple[LeaseRecord, str]]:
        """The other Leases of the owner id, by name, each with the shard that is noted on it."""
        others = {}
        for item in _items(self._exchange("GET", self._collection)):
            metadata = _object(item, "metadata")
            notes, name = _object(metadata, "annotations"), _text(metadata, "name")
            if name != self.name and notes.get(_OWNER_ID) == self.owner_id:
                others[name] = (_record(item), _text(notes, _SHARD))
        return others

    @property
    def _collection(self) -> str:
        return f"/apis/{API}/namespaces/{quote(self.namespace, safe='')}/leases"

    @property
    def _path(self) -> str:
        return f"{self._collection}/{quote(self.name, safe='')}"

    def _exchange(self, method: str, path: str, body: Json = None) -> Json:
        sender = self._sender(self.deadline or Deadline())
        content_type = "" if body is None else "application/json"
        try:
            return self._once(sender, method, path, body, content_type)
        except ClusterForbidden as error:
            verb = {"GET": "get", "POST": "create", "PUT": "update"}[method]
            verb = "list" if method == "GET" and path == self._collection else verb
            text = f"the account may not {verb} leases.coordination.k8s.io in namespace {self.namespace}"
            raise ClusterForbidden(
                f"{text}; --enable-leader-election needs get, list, create and update",
                status=error.status,
            ) from error

    def _document(self, record: LeaseRecord) -> JsonObject:
        earlier = record.document
        metadata: dict[str, Any] = {**_object(earlier, "metadata")}
        notes = {**_object(metadata, "annotations"), _OWNER_ID: self.owner_id, _SHARD: self.shard}
        metadata |= {"name": self.name, "namespace": self.namespace, "annotations": notes}
        if record.version:
            metadata["resourceVersion"] = record.version
        spec: dict[str, Any] = {
            **_object(earlier, "spec"),
            "holderIdentity": record.holder,
            "leaseDurationSeconds": record.seconds,
            "acquireTime": record.acquired or None,
            "renewTime": record.renewed or None,
            "leaseTransitions": record.transitions,
        }
        return {"apiVersion": API, "kind": "Lease", "metadata": metadata, "spec": spec}


def micro_time(moment: datetime) -> str:
    """A moment as Kubernetes writes a ``MicroTime``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _items(document: Json) -> list[JsonObject]:
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise ClusterError("the answer about the Leases is not what the API promises")
    return items


def _object(document: JsonObject, member: str) -> JsonObject:
    value = document.get(member)
    return value if isinstance(value, Mapping) else {}


def _record(document: Json) -> LeaseRecord:
    version = value_at(document, ("metadata", "resourceVersion"))
    if not isinstance(document, Mapping) or not isinstance(version, str) or not version:
        raise ClusterError("the answer about the Lease is not what the API promises")
    spec = _object(document, "spec")
    return LeaseRecord(
        holder=_text(spec, "holderIdentity"),
        seconds=_number(spec, "leaseDurationSeconds"),
        acquired=_text(spec, "acquireTime"),
        renewed=_text(spec, "renewTime"),
        transitions=_number(spec, "leaseTransitions"),
        version=version,
        document=document,
    )


def _text(spec: JsonObject, member: str) -> str:
    value = spec.get(member)
    return value if isinstance(value, str) else ""


def _number(spec: JsonObject, member: str) -> int:
    value = spec.get(member)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
