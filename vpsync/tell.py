"""Tells the cluster what a pass did: events, statuses, annotations, and finalizers that may go."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import remove_finalizer
from vpsync.cluster.recorder import post
from vpsync.errors import ClusterError, ClusterNotFound
from vpsync.model.decision import Released
from vpsync.model.event import Event
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Result
from vpsync.model.resource import annotation
from vpsync.report.conditions import observed_of
from vpsync.report.events import LAST_EVENT, Mirrored, mirrored_events, own_events
from vpsync.report.status import status_patch


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes what one pass has to tell, each resource for itself."""

    writer: Writer
    snapshot: Snapshot
    owner_id: str
    now: datetime

    def tell(self, results: Sequence[Result], concurrency: int) -> list[str]:
        """Returns what could not be written, in words: the next pass writes it."""
        if not results:
            return []
        with ThreadPoolExecutor(max_workers=min(concurrency, len(results))) as pool:
            return [problem for problem in pool.map(self._attempt, results) if problem]

    def _attempt(self, result: Result) -> str | None:
        try:
            self._tell(result)
        except ClusterNotFound:
            # Gone since it was listed: there is nobody left to tell.
            return None
        except ClusterError as error:
            return f"{result.manifest.key}: its status was not written: {error}"
        return None

    def _tell(self, result: Result) -> None:
        manifest = result.manifest
        for event in own_events(result):
            self._post(event)
        if isinstance(result.decision, Released):
            remove_finalizer(self.writer, manifest)
            return
        mirrored = self._mirrored(result)
        for event in mirrored.events:
            self._post(event)
        status = status_patch(result, self.snapshot, self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if mirrored.last and list(mirrored.last_ids) != manifest.status.get("lastEventIds"):
            status["lastEventIds"] = list(mirrored.last_ids)
        if status:
            self.writer.patch_status(manifest, status)
        notes = _annotations(result, mirrored)
        if notes:
            self.writer.patch_annotations(manifest, notes)

    def _mirrored(self, result: Result) -> Mirrored:
        observed = observed_of(result)
        items = self.snapshot.events.get(observed.id, ()) if observed else ()
        return mirrored_events(result.manifest, items, self.now.timestamp())

    def _post(self, event: Event) -> None:
        post(self.writer, event, f"vpsync-{self.owner_id}", self.now)


def _annotations(result: Result, mirrored: Mirrored) -> dict[str, str]:
    """The Go operator's annotations that other tools read, where they differ."""
    manifest, observed = result.manifest, observed_of(result)
    wanted = {}
    if observed is not None and observed.id:
        wanted = {annotation("id"): observed.id, annotation("namespace"): observed.key.namespace}
    if mirrored.last:
        wanted[LAST_EVENT] = mirrored.last
    return {key: text for key, text in wanted.items() if manifest.annotations.get(key) != text}
