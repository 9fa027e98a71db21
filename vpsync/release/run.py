"""Carries out releases: each VVP object first, and its resource's finalizer only after that.

One at a time: a run that is stopped has left nothing half done. The first write to a running job goes
alone and is looked at, for a VVP that restarted jobs over an annotation must not do so to a whole fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import remove_finalizer
from vpsync.errors import ClusterConflict, ClusterNotFound, VpsyncError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Change
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Failed
from vpsync.model.resource import Manifest
from vpsync.planning.guards.canary import is_disturbed
from vpsync.planning.release import ReleaseStep, release_lists, releases
from vpsync.settings import Settings
from vpsync.ververica.apply import apply_change
from vpsync.ververica.client import Client
from vpsync.ververica.observe import observe_lists


class JobDisturbed(VpsyncError):
    """VVP answered the loss of an annotation with a new spec version or another job."""


def plan_release(
    manifests: Sequence[Manifest], client: Client, settings: Settings
) -> tuple[ReleaseStep, ...]:
    """What there is to take off, as VVP holds it now."""
    snapshot = Snapshot()
    wanted = release_lists(manifests)
    if wanted.collections:
        snapshot = observe_lists(client, wanted, settings.vvp.edition, settings.concurrency)
    return releases(manifests, snapshot, settings.scope.owner_id)


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """What came of one release; ``problem`` says in words what was not done, if anything."""

    release: ReleaseStep
    unmarked: bool = False
    """Whether our annotations were taken off its VVP object."""
    freed: bool = False
    """Whether our finalizer was taken off the resource."""
    problem: str = ""


@dataclass(slots=True)
class ReleaseRun:
    """Releases being carried out."""

    client: Client
    writer: Writer | None
    """None where the manifests come from files."""
    halt: Callable[[], bool]
    """Says whether the run must begin nothing more."""
    _is_proved: bool = field(init=False, default=False)
    """Whether a running job was seen to stay as it is."""

    def run(self, planned: Iterable[ReleaseStep]) -> Iterator[ReleaseResult]:
        """What came of each; ends early when asked to, and raises :class:`JobDisturbed`.

        ``planned`` are those that take something off: what is kept as it is is not for here.
        """
        for release in planned:
            if self.halt():
                return
            yield self._attempt(release)

    def _attempt(self, release: ReleaseStep) -> ReleaseResult:
        unmarked = False
        try:
            if release.change is not None:
                self._unmark(release.change)
                unmarked = True
            freed = release.has_finalizer and self._free(release.manifest)
        except JobDisturbed:
            raise
        except ClusterConflict:
            text = "the resource changed meanwhile; run the command again"
            return ReleaseResult(release, unmarked, problem=text)
        except VpsyncError as error:
            return ReleaseResult(release, unmarked, problem=str(error))
        return ReleaseResult(release, unmarked, freed)

    def _free(self, manifest: Manifest) -> bool:
        if self.writer is None:
            return False
        try:
            remove_finalizer(self.writer, manifest)
        except ClusterNotFound:
            return False  # Gone since it was listed.
        return True

    def _unmark(self, change: Change) -> None:
        outcome = apply_change(self.client, change, {})
        if isinstance(outcome, Failed):
            raise outcome.error
        before = change.observed
        if before is None or not BY_NAME[before.key.kind].runs_jobs or before.state != "RUNNING":
            return
        answers = [outcome.observed] if isinstance(outcome, Applied) else []
        if not self._is_proved:
            answers.append(self.client.read(BY_NAME[before.key.kind], before))
        for after in answers:
            if after is not None and is_disturbed(before, after):
                raise JobDisturbed(_touched(before))
        self._is_proved = True


def _touched(deployment: Observed) -> str:
    return (
        f"VVP changed the job of {deployment.key} when our annotations were removed from it; nothing "
        "else was touched. Look at that job; `--finalizers-only` leaves VVP alone"
    )
