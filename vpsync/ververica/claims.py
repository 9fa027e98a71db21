"""What is written down for a manifest from a file, which has no status: on VVP's own objects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vpsync.kinds import BY_NAME
from vpsync.model.change import Change
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Applied, Failed, Outcome
from vpsync.planning.savepoints.write_ahead import (
    SavepointRequest,
    request_annotation,
    request_text,
)
from vpsync.ververica.client import Client


@dataclass(frozen=True, slots=True)
class PlatformWriteAhead:
    """Claims as annotations on the deployment that a savepoint is of."""

    client: Client
    snapshot: Snapshot

    def claim(self, change: Change) -> None:
        """Nothing: a file cannot vanish from under VVP, and the marker goes with the change."""

    def intend(self, change: Change, intent: SavepointRequest) -> None:
        """Writes the intent on the deployment."""
        self._write(change, intent, request_text(change.manifest, intent))

    def settle(self, change: Change, intent: SavepointRequest, outcome: Outcome) -> None:
        """Adds the id that VVP gave, or takes the intent back where VVP refused the request."""
        if isinstance(outcome, Applied) and outcome.observed is not None:
            answered = replace(intent, id=outcome.observed.id)
            self._write(change, intent, request_text(change.manifest, answered))
        elif isinstance(outcome, Failed) and not outcome.error.retryable:
            self._write(change, intent, None)

    def _write(self, change: Change, intent: SavepointRequest, text: str | None) -> None:
        kind = BY_NAME[BY_NAME[change.key.kind].refers_to]
        deployment = self.snapshot.by_id(kind.name, change.platform.namespace, intent.deployment_id)
        assert deployment is not None, "a savepoint is planned only of a deployment that was seen"
        body = {"metadata": {"annotations": {request_annotation(change.manifest): text}}}
        self.client.change(kind, deployment, "PATCH", body)
