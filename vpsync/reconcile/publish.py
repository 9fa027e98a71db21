"""Tells the cluster what a pass did: events, statuses, annotations, and finalizers that may go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import add_finalizer, remove_finalizer
from vpsync.cluster.recorder import post
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound, ClusterRejected
from vpsync.kinds import BY_NAME
from vpsync.model.decision import Finalized, InSync
from vpsync.model.event import Event
from vpsync.model.hiding import NOTHING, Hiding
from vpsync.model.json import Json, JsonObject
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Result
from vpsync.model.resource import FINALIZER, Manifest, annotation
from vpsync.status.conditions import observed_of
from vpsync.status.events import LAST_EVENT, Mirrored, mirrored_events, own_events
from vpsync.status.hosted import hosted_patch
from vpsync.status.patches import status_patch


@dataclass(frozen=True, slots=True)
class ResourceUpdate:
    """All that is to be written about one resource."""

    result: Result
    events: tuple[Event, ...] = ()
    status: JsonObject = field(default_factory=dict)
    """A merge patch."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Annotations."""
    held: bool | None = None
    """Whether our finalizer is to be set or may go; None where it is right."""

    @property
    def manifest(self) -> Manifest:
        """The resource."""
        return self.result.manifest

    @property
    def has_news(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.events or self.status or self.notes) or self.held is not None


@dataclass(frozen=True, slots=True)
class StatusWriter:
    """Writes what one pass has to tell, each resource for itself."""

    writer: Writer
    snapshot: Snapshot
    owner_id: str
    now: datetime
    hiding: Hiding = NOTHING
    """Takes the secrets out that the run knows."""

    def tell(self, results: Sequence[Result], concurrency: int) -> list[str]:
        """Returns what could not be written, in words: the next pass writes it."""
        letters = [letter for result in results if (letter := self._letter(result)).has_news]
        if not letters:
            return []
        with ThreadPoolExecutor(max_workers=min(concurrency, len(letters))) as pool:
            return [problem for problem in pool.map(self._attempt, letters) if problem]

    def _letter(self, result: Result) -> ResourceUpdate:
        """What one resource has to be told; usually nothing."""
        manifest, events = result.manifest, self.hiding.value(own_events(result))
        if isinstance(result.decision, Finalized):
            held = False if FINALIZER in manifest.finalizers else None
            return ResourceUpdate(result, tuple(events), held=held)
        if manifest.host is not None:
            return ResourceUpdate(result, tuple(events), hosted_patch(result))
        mirrored = self._mirrored(result)
        status = self._status(result, mirrored)
        notes = _annotations(result, mirrored)
        told = (*events, *self.hiding.value(mirrored.events))
        return ResourceUpdate(result, told, status, notes, _held(result))

    def _status(self, result: Result, mirrored: Mirrored, denial: str = "") -> dict[str, Json]:
        """What is new in the status; ``denial`` is why another write to the resource was denied."""
        now = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        status = status_patch(result, self.snapshot, now, self.hiding, denial)
        known = result.manifest.status.get("lastEventIds")
        if mirrored.last and list(mirrored.last_ids) != known:
            status["lastEventIds"] = list(mirrored.last_ids)
        return status

    def _mirrored(self, result: Result) -> Mirrored:
        observed = observed_of(result)
        items = self.snapshot.events.get(observed.id, ()) if observed else ()
        return mirrored_events(result.manifest, items, self.now.timestamp())

    def _attempt(self, letter: ResourceUpdate) -> str | None:
        """Writes all of it; what could not be written, in words."""
        key, status, problem = letter.manifest.key, letter.status, None
        try:
            try:
                self._send_metadata(letter)
            except ClusterForbidden as error:
                problem = f"{key}: its metadata was not written: {error}"
            except ClusterRejected as error:
                denial = self.hiding.text(str(error))
                problem, status = f"{key}: {denial}", self._denied(letter.result, denial)
            if status:
                self.writer.patch_status(letter.manifest, status)
        except ClusterNotFound:
            # Gone since it was listed: there is nobody left to tell.
            return None
        except ClusterError as error:
            return f"{key}: its status was not written: {error}"
        return problem

    def _denied(self, result: Result, denial: str) -> JsonObject:
        """The status of a resource to which another write was denied."""
        if result.manifest.host is not None:
            return hosted_patch(result)
        return self._status(result, self._mirrored(result), denial)

    def _send_metadata(self, letter: ResourceUpdate) -> None:
        """All but the status, which comes after it: whether this could be written is part of it."""
        if letter.held:
            # First, for it meets the version that was read.
            add_finalizer(self.writer, letter.manifest)
        for event in letter.events:
            post(self.writer, event, f"vpsync-{self.owner_id}", self.now)
        if letter.notes:
            self.writer.patch_annotations(letter.manifest, letter.notes)
        if letter.held is False:
            remove_finalizer(self.writer, letter.manifest)


def _held(result: Result) -> bool | None:
    """What is wrong with our finalizer: set where VVP holds something for the resource that has to go
    with it, and only there. A change in VVP has it set before."""
    manifest = result.manifest
    needs = BY_NAME[manifest.key.kind].needs_finalizer(manifest)
    if not isinstance(result.decision, InSync) or needs == (FINALIZER in manifest.finalizers):
        return None
    return needs


def _annotations(result: Result, mirrored: Mirrored) -> dict[str, str]:
    """The Go operator's annotations that other tools read, where they differ."""
    manifest, observed = result.manifest, observed_of(result)
    wanted = {}
    if observed is not None and observed.id:
        wanted = {annotation("id"): observed.id, annotation("namespace"): observed.key.namespace}
    if mirrored.last:
        wanted[LAST_EVENT] = mirrored.last
    return {key: text for key, text in wanted.items() if manifest.annotations.get(key) != text}
