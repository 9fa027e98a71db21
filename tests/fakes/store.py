"""What an API server keeps of custom resources and events, with its rules for each write."""

from __future__ import annotations

import copy
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vpsync.kinds import KINDS
from vpsync.model.resource import GROUP
from vpsync.schema.crds import crd

from .patches import PatchFailed, apply_operations, merge
from .structural import defaulted, structural_schema, violations

Document = dict[str, Any]
Key = tuple[str, str, str]
"""Plural, Kubernetes namespace and name."""

EVENTS = "events"
SERVED = {
    kind.plural: tuple(version["name"] for version in crd(kind)["spec"]["versions"])
    for kind in KINDS
}
NOUNS = {kind.plural: kind.name for kind in KINDS}

_EVENT_LIMITS = {"message": 1024, "reason": 128, "action": 128, "reportingInstance": 128}
_SET_BY_SERVER = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp")


class Refused(Exception):
    """An answer that is not 2xx, as the ``Status`` object that an API server sends."""

    def __init__(
        self, status: int, reason: str, message: str, details: Document | None = None
    ) -> None:
        super().__init__(message)
        self.details = details
        self.status = status
        self.reason = reason


@dataclass
class Revision:
    """All objects as they were at one resource version; never changed afterwards."""

    number: int
    objects: Mapping[Key, Document]


class Store:
    """Objects by key, and every revision that there ever was."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._made: Counter[Key] = Counter()
        self.revisions = [Revision(1000, {})]

    @property
    def now(self) -> Revision:
        """The present revision."""
        return self.revisions[-1]

    def revision(self, number: int) -> Revision | None:
        """The revision of that number, or the last one before it."""
        known = [revision for revision in self.revisions if revision.number <= number]
        return known[-1] if known else None

    def get(self, key: Key) -> Document:
        """A copy of an object; 404 when there is none."""
        if key not in self.now.objects:
            raise Refused(404, "NotFound", f'{key[0]}.{GROUP} "{key[2]}" not found')
        return copy.deepcopy(self.now.objects[key])

    def create(self, key: Key, sent: Document) -> Document:
        """Takes a new object; 409 when the name is taken, 422 when the schema forbids it."""
        if key in self.now.objects:
            raise Refused(409, "AlreadyExists", f'{key[0]} "{key[2]}" already exists')
        document = copy.deepcopy(sent)
        metadata = document.setdefault("metadata", {})
        for member in _SET_BY_SERVER:
            metadata.pop(member, None)
        metadata |= {
            "name": key[2],
            "namespace": key[1],
            "uid": self._uid(key),
            "creationTimestamp": self._timestamp(),
        }
        if key[0] == EVENTS:
            _check_event(document)
        else:
            metadata["generation"] = 1
            document.pop("status", None)
            document = _accepted(key[0], document)
        return self._commit(key, document)

    def patch(self, key: Key, patch: Any, *, operations: bool, status: bool) -> Document:
        """Applies a JSON merge patch or a JSON patch to an object or to its status."""
        before = self.get(key)
        try:
            after = apply_operations(before, patch) if operations else merge(before, patch)
        except PatchFailed as error:
            text = f"the server rejected our request due to an error in our request: {error}"
            raise Refused(422, "Invalid", text, details={}) from None
        return self._update(key, before, after, status=status)

    def delete(self, key: Key) -> Document:
        """Removes an object, or marks it as being deleted while it has finalizers."""
        document = self.get(key)
        metadata = document["metadata"]
        if not metadata.get("finalizers"):
            return self._remove(key, document)
        if "deletionTimestamp" in metadata:
            return document
        metadata["deletionTimestamp"] = self._timestamp()
        metadata["generation"] += 1
        return self._commit(key, document)

    def _update(self, key: Key, before: Document, sent: Document, *, status: bool) -> Document:
        version = sent.get("metadata", {}).get("resourceVersion")
        if version != before["metadata"]["resourceVersion"]:
            text = "the object has been modified; please apply your changes to the latest version"
            raise Refused(409, "Conflict", f'{key[0]} "{key[2]}": {text}')
        sent = copy.deepcopy(sent)
        after = _with_status(before, sent) if status else _without_status(before, sent)
        if not status:
            _check_metadata(before, after)
        if key[0] == EVENTS:
            _check_event(after)
        else:
            after = _accepted(key[0], after)
        if after == before:
            return before
        if after.get("spec") != before.get("spec"):
            after["metadata"]["generation"] += 1
        if "deletionTimestamp" in before["metadata"] and not after["metadata"].get("finalizers"):
            return self._remove(key, after)
        return self._commit(key, after)

    def _commit(self, key: Key, document: Document) -> Document:
        number = self.now.number + 1
        document["metadata"]["resourceVersion"] = str(number)
        self.revisions.append(Revision(number, {**self.now.objects, key: document}))
        return copy.deepcopy(document)

    def _remove(self, key: Key, document: Document) -> Document:
        number = self.now.number + 1
        rest = {other: kept for other, kept in self.now.objects.items() if other != key}
        self.revisions.append(Revision(number, rest))
        return document

    def _uid(self, key: Key) -> str:
        """Another for each object there ever was, and the same in each run of a test."""
        self._made[key] += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}#{self._made[key]}"))

    def _timestamp(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_status(before: Document, sent: Document) -> Document:
    """A write to the subresource changes the status and nothing else."""
    after = copy.deepcopy(before)
    after.pop("status", None)
    return after | ({"status": sent["status"]} if "status" in sent else {})


def _without_status(before: Document, sent: Document) -> Document:
    """A write to the object leaves its status alone."""
    after = {key: value for key, value in sent.items() if key != "status"}
    return after | ({"status": before["status"]} if "status" in before else {})


def _check_metadata(before: Document, after: Document) -> None:
    old, new = before["metadata"], after["metadata"]
    if any(new.get(member) != old.get(member) for member in ("name", "namespace", "uid")):
        raise Refused(422, "Invalid", "metadata: Invalid value: field is immutable")
    for member in ("creationTimestamp", "deletionTimestamp", "generation"):
        new.pop(member, None)
        new |= {member: old[member]} if member in old else {}
    for member in ("annotations", "labels"):
        if not all(isinstance(text, str) for text in (new.get(member) or {}).values()):
            raise Refused(422, "Invalid", f"metadata.{member}: values are strings")
    added = set(new.get("finalizers") or ()) - set(old.get("finalizers") or ())
    if added and "deletionTimestamp" in old:
        text = "metadata.finalizers: Forbidden: the object is being deleted"
        cause = {"reason": "FieldValueForbidden", "field": "metadata.finalizers"}
        raise Refused(422, "Invalid", text, {"causes": [cause]})
    if not new.get("finalizers"):
        new.pop("finalizers", None)


def _accepted(plural: str, document: Document) -> Document:
    filled: Document = defaulted(structural_schema(plural), document)
    if problems := violations(plural, filled):
        raise Refused(422, "Invalid", f"{NOUNS[plural]} is invalid: {problems[0]}")
    return filled


def _check_event(event: Document) -> None:
    """The rules of ``v1`` for an event that has ``eventTime`` (Kubernetes, core/validation/events.go)."""
    name = event["metadata"]["name"]
    if not name or "/" in name or "%" in name or len(name) > 253:
        raise Refused(422, "Invalid", "metadata.name: Invalid value")
    for member in ("eventTime", "reason", "action", "reportingComponent", "reportingInstance"):
        if not event.get(member):
            raise Refused(422, "Invalid", f"{member}: Required value")
    for member, limit in _EVENT_LIMITS.items():
        if len(str(event.get(member) or "").encode()) > limit:
            raise Refused(422, "Invalid", f"{member}: can have at most {limit} characters")
    if event.get("involvedObject", {}).get("namespace") != event["metadata"]["namespace"]:
        raise Refused(422, "Invalid", "involvedObject.namespace: does not match event.namespace")
