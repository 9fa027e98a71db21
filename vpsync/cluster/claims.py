"""What a resource in a cluster says before VVP is changed for it: that it is what was read, the
finalizer, the intent."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import add_finalizer, confirm
from vpsync.kinds import BY_NAME
from vpsync.model.annotating import SAVEPOINT_REQUEST
from vpsync.model.change import Action, Change
from vpsync.model.json import Json
from vpsync.model.outcome import Failed, Outcome
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.planning.savepoints.write_ahead import SavepointRequest


@dataclass(frozen=True, slots=True)
class ClusterWriteAhead:
    """Claims in the resource itself: its finalizers and its status."""

    writer: Writer

    def claim(self, change: Change) -> None:
        """Sets the finalizer, so that a deletion waits until VVP has let go.

        Where that is not to be set, the cluster is asked whether the resource is still what was
        read: a list may lag behind, and another instance or a person may have acted since. The
        creation of a savepoint without finalizer needs no such question, for its intent is one.
        """
        manifest, kind = change.manifest, BY_NAME[change.key.kind]
        if change.action is Action.DELETE or FINALIZER in manifest.finalizers:
            confirm(self.writer, manifest)
        elif kind.needs_finalizer(manifest):
            add_finalizer(self.writer, manifest)

    def intend(self, change: Change, intent: SavepointRequest) -> None:
        """Writes the intent into the status, unless the resource changed since it was read."""
        attempt = int(intent.nonce.rpartition("-")[2] or 1)
        manifest, recorded = change.manifest, change.manifest.status
        status: dict[str, Json] = {"intent": intent.as_json()}
        if recorded.get("attempts") != attempt:
            status["attempts"] = attempt
        if recorded.get("id") is not None:
            status["id"] = None
        if manifest.host is not None:
            # What the status still holds is of an earlier request.
            earlier: dict[str, Json] = dict.fromkeys(BY_NAME[change.key.kind].status_keys())
            status = {"requested": manifest.note(SAVEPOINT_REQUEST), **earlier, **status}
        self._write(manifest, status, guarded=True)

    def settle(self, change: Change, intent: SavepointRequest, outcome: Outcome) -> None:
        """Takes the intent back where VVP refused the request; else the status at the end tells."""
        if isinstance(outcome, Failed) and not outcome.error.retryable:
            self._write(change.manifest, {"intent": None})

    def _write(self, manifest: Manifest, status: Json, *, guarded: bool = False) -> None:
        hosted = {"savepoint": status} if manifest.host is not None else status
        self.writer.patch_status(manifest, hosted, guarded=guarded)
