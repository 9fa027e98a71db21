"""Publishes what a pass did to the cluster: events, statuses, annotations, and finalizers that may go."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import add_finalizer, remove_finalizer
from vpsync.cluster.recorder import post
from vpsync.errors import (
    ClusterError,
    ClusterForbidden,
    ClusterNotFound,
    ClusterRejected,
    InternalError,
)
from vpsync.kinds import BY_NAME
from vpsync.model.decision import Finalized, InSync
from vpsync.model.event import Event
from vpsync.model.json import Json, JsonObject
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Result
from vpsync.model.resource import FINALIZER, Manifest, annotation
from vpsync.redact.redactor import NOTHING, Redactor
from vpsync.status.conditions import observed_of
from vpsync.status.events import LAST_EVENT, MirroredEvents, mirrored_events, own_events
from vpsync.status.hosted import hosted_patch
from vpsync.status.patches import status_patch

log = logging.getLogger(__name__)


class _FinalizerAction(Enum):
    """What is done about our finalizer on a resource."""

    ADD = "add"
    REMOVE = "remove"
    KEEP = "keep"
    """Leave it as it is."""


@dataclass(frozen=True, slots=True)
class _ResourceUpdate:
    """All that is to be written about one resource."""

    result: Result
    events: tuple[Event, ...] = ()
    status: JsonObject = field(default_factory=dict)
    """A merge patch."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    finalizer: _FinalizerAction = _FinalizerAction.KEEP

    @property
    def manifest(self) -> Manifest:
        """The resource."""
        return self.result.manifest

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        writes = bool(self.events or self.status or self.annotations)
        return not writes and self.finalizer is _FinalizerAction.KEEP


@dataclass(frozen=True, slots=True)
class StatusWriter:
    """Writes what one pass has to say, each resource for itself."""

    writer: Writer
    snapshot: Snapshot
    owner_id: str
    now: datetime
    hiding: Redactor = NOTHING
    """Takes the secrets out that the run knows."""

    def publish(self, results: Sequence[Result], concurrency: int) -> list[str]:
        """Returns what could not be written, in words: the next pass writes it."""
        problems: list[str] = []
        updates: list[_ResourceUpdate] = []
        for result in results:
            try:
                update = self._update(result)
            except Exception as error:  # One resource's bug stays that resource's.
                problems.append(_unwritten(result.manifest, error))
                continue
            if not update.is_empty:
                updates.append(update)
        if updates:
            with ThreadPoolExecutor(max_workers=min(concurrency, len(updates))) as pool:
                problems += [problem for problem in pool.map(self._attempt, updates) if problem]
        return problems

    def _update(self, result: Result) -> _ResourceUpdate:
        """What is to be written about one resource; usually nothing."""
        manifest, events = result.manifest, self.hiding.value(own_events(result))
        if isinstance(result.decision, Finalized):
            ours = FINALIZER in manifest.finalizers
            action = _FinalizerAction.REMOVE if ours else _FinalizerAction.KEEP
            return _ResourceUpdate(result, tuple(events), finalizer=action)
        if manifest.host is not None:
            return _ResourceUpdate(result, tuple(events), hosted_patch(result))
        mirrored = self._mirrored(result)
        return _ResourceUpdate(
            result,
            (*events, *self.hiding.value(mirrored.events)),
            self._status(result, mirrored),
            _annotations(result, mirrored),
            _finalizer_action(result),
        )

    def _status(
        self, result: Result, mirrored: MirroredEvents, denial: str = ""
    ) -> dict[str, Json]:
        """What is new in the status; ``denial`` is why another write to the resource was denied."""
        now = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        status = status_patch(result, self.snapshot, now, self.hiding, denial)
        event_ids = result.manifest.status.get("lastEventIds")
        if mirrored.last and list(mirrored.last_ids) != event_ids:
            status["lastEventIds"] = list(mirrored.last_ids)
        return status

    def _mirrored(self, result: Result) -> MirroredEvents:
        observed = observed_of(result)
        items = self.snapshot.events.get(observed.id, ()) if observed else ()
        return mirrored_events(result.manifest, items, self.now.timestamp())

    def _attempt(self, update: _ResourceUpdate) -> str | None:
        """Writes all of it; what could not be written, in words."""
        key, status, problem = update.manifest.key, update.status, None
        try:
            try:
                self._write_metadata(update)
            except ClusterForbidden as error:
                problem = f"{key}: its metadata was not written: {error}"
            except ClusterRejected as error:
                denial = self.hiding.text(str(error))
                problem, status = f"{key}: {denial}", self._denied(update.result, denial)
            if status:
                self.writer.patch_status(update.manifest, status)
        except ClusterNotFound:
            # Gone since it was listed: there is nobody left to tell.
            return None
        except ClusterError as error:
            return f"{key}: its status was not written: {error}"
        except Exception as error:  # One resource's bug stays that resource's.
            return _unwritten(update.manifest, error)
        return problem

    def _denied(self, result: Result, denial: str) -> JsonObject:
        """The status of a resource to which another write was denied."""
        if result.manifest.host is not None:
            return hosted_patch(result)
        return self._status(result, self._mirrored(result), denial)

    def _write_metadata(self, update: _ResourceUpdate) -> None:
        """All but the status, which comes after it: whether this could be written is part of it."""
        if update.finalizer is _FinalizerAction.ADD:
            # First, for it meets the version that was read.
            add_finalizer(self.writer, update.manifest)
        for event in update.events:
            post(self.writer, event, f"vpsync-{self.owner_id}", self.now)
        if update.annotations:
            self.writer.patch_annotations(update.manifest, update.annotations)
        if update.finalizer is _FinalizerAction.REMOVE:
            remove_finalizer(self.writer, update.manifest)


def _unwritten(manifest: Manifest, error: Exception) -> str:
    fault = InternalError(error)
    log.debug("%s: %s\n%s", manifest.key, fault, fault.trace)
    return f"{manifest.key}: its status was not written: {fault}"


def _finalizer_action(result: Result) -> _FinalizerAction:
    """Our finalizer stands where VVP holds something for the resource that has to go with it, and only
    there. A change in VVP has it set before."""
    manifest = result.manifest
    needs = BY_NAME[manifest.key.kind].needs_finalizer(manifest)
    if not isinstance(result.decision, InSync) or needs == (FINALIZER in manifest.finalizers):
        return _FinalizerAction.KEEP
    return _FinalizerAction.ADD if needs else _FinalizerAction.REMOVE


def _annotations(result: Result, mirrored: MirroredEvents) -> dict[str, str]:
    """The Go operator's annotations that other tools read, where they differ."""
    manifest, observed = result.manifest, observed_of(result)
    wanted = {}
    if observed is not None and observed.id:
        wanted = {annotation("id"): observed.id, annotation("namespace"): observed.key.namespace}
    if mirrored.last:
        wanted[LAST_EVENT] = mirrored.last
    return {key: text for key, text in wanted.items() if manifest.annotations.get(key) != text}
