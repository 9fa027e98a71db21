"""One pass: list the resources, validate them, plan the difference with VVP, apply it, write statuses
and events.

It reads in the order of that sentence. This is the only module that joins both edges.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vpsync.cluster.claims import ClusterWriteAhead
from vpsync.cluster.client import Reader, Writer
from vpsync.errors import PlatformError, PlatformUnauthorized
from vpsync.model.change import Change
from vpsync.model.finding import Finding
from vpsync.model.json import Json
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Outcome, Result, Skipped, Subject, subject
from vpsync.model.phrases import counted
from vpsync.model.resource import Desired, Manifest
from vpsync.model.stage import Stage
from vpsync.net.deadline import Deadline
from vpsync.planning.guards.shard import of_shard
from vpsync.planning.plan import Plan, Refused, declare, guard, invalid_in, plan
from vpsync.planning.policy import Policy
from vpsync.planning.queries import detail_query, initial_query
from vpsync.planning.removal import prune
from vpsync.reconcile.apply import Application, WriteAhead
from vpsync.reconcile.decided import is_decided
from vpsync.reconcile.named import named
from vpsync.reconcile.plan_keys import plan_keys
from vpsync.reconcile.publish import StatusWriter
from vpsync.render.json import report_as_json
from vpsync.render.report import Report, hushed
from vpsync.render.reviewed import moved
from vpsync.schema.load import SchemaSet
from vpsync.settings import Settings
from vpsync.source.cluster import ListKind, absent_namespaces, read_cluster
from vpsync.source.files import Files, LoadedManifests
from vpsync.source.manifest import document_of
from vpsync.status.conditions import concluded
from vpsync.ververica.claims import PlatformWriteAhead
from vpsync.ververica.client import Client
from vpsync.ververica.observe import observe_details, observe_lists

log = logging.getLogger(__name__)

LOOKS_AGAIN = 3600.0
"""Seconds after which a further pass looks whether VVP still has savepoints that are history; the first
one always does."""


Began = Callable[[Snapshot, Sequence[Desired], int], None]
"""Takes what VVP holds, what it is to hold, and the number of all resources that were read."""


@dataclass(slots=True)
class Pass:
    """What a pass works with; :meth:`run` is the pass."""

    settings: Settings
    schemas: SchemaSet
    vvp: Client
    cluster: Reader | None = None
    """None when manifests come from files. A preview has a Reader, a reconcile a Writer."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the process is asked to end: nothing new is begun, what was begun is written down."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    deadline: Deadline = field(default_factory=Deadline)
    """The time limit of each pass; the edges share it."""
    progress: Callable[[str], None] = lambda text: None
    """Told what the pass is doing, for a live display."""
    began: Began = lambda snapshot, desired, resources: None
    """Told what VVP holds, before it is decided what to change."""
    reviewed: Mapping[str, Json] | None = None
    """A plan that was reviewed: exactly that is carried out, or nothing."""
    identify: Callable[[], str] = lambda: ""
    """Says which cluster it is, which is part of the proof of what is ours; empty where that is not known."""
    list_kind: ListKind | None = None
    """Lists the resources, where that is not for ``cluster`` to do."""
    enter: Callable[[Stage], None] = lambda stage: None
    """Told each stage as it begins."""
    _files: Files = field(init=False)
    _looked: float | None = field(init=False, default=None)
    """When VVP was last asked about savepoints that are history; seconds since 1970."""

    def __post_init__(self) -> None:
        scope = self.settings.scope
        self._files = Files(scope.files, scope.namespaces[0] if scope.namespaces else "")

    def run(self, *, apply: bool = True, limit: float | None = None) -> Report:
        """Runs all stages, or with ``apply=False`` the ones before the first write.

        ``limit`` is how many seconds it may take; that of the settings where it is not given.
        """
        # A pass builds large trees and no cycles worth a search; measured, the collector costs a
        # fifth of a quiet pass.
        gc.disable()
        try:
            return hushed(self._run(apply=apply, limit=limit), self.vvp.tokens.hiding)
        except Exception as error:
            self.vvp.tokens.hiding.chain(error)
            raise
        finally:
            gc.enable()

    def _run(self, *, apply: bool, limit: float | None) -> Report:
        started = self._begin(self.settings.timeout if limit is None else limit)
        sourced = self.read()
        desired, deleted, refused = declare(self.validate(sourced), self.settings.tenancy)
        pruning = self.pruning(sourced, desired, refused)
        desired, deleted, refused = of_shard(self.settings.scope.shard, desired, deleted, refused)
        snapshot, gone = self.observe(desired, deleted, refused, pruning)
        self.began(snapshot, desired, len(desired) + len(deleted) + len(refused))
        self.enter(Stage.PLAN)
        policy = self.policy(started, self.identify() if desired or deleted else "")
        planned = named(plan(desired, (*deleted, *gone), refused, snapshot, policy), self.vvp)
        guarded = guard(planned, policy)
        preview = self.preview(started, sourced, snapshot, guarded, pruning.refusals)
        if not apply or preview.moved:
            return preview
        outcomes, disturbed = self.apply(guarded, snapshot)
        results = [_after(result, outcomes) for result in preview.results]
        unwritten = self.publish(results, snapshot)
        return replace(
            preview,
            results=tuple(results),
            errors=(*preview.errors, *unwritten),
            applied=True,
            interrupted=self.stop.is_set(),
            moved=() if self.reviewed is None else _moved_meanwhile(results),
            tripped=(*preview.tripped, *disturbed),
        )

    def _begin(self, limit: float) -> datetime:
        self.deadline.begin(limit)
        if self.vvp.run_tokens is not None:
            self.vvp.run_tokens.begin_pass()
        return self.clock()

    # read ► validate ► observe ----------------------------------------------------------------

    def read(self) -> LoadedManifests:
        """The manifests, from a cluster or from files."""
        self.enter(Stage.READ)
        self.progress("reading manifests")
        scope = self.settings.scope
        if self.cluster is None:
            sourced = self._files.read()
        else:
            list_kind = self.list_kind or self.cluster.list_kind
            sourced = read_cluster(list_kind, scope.kinds, scope.namespaces)
            sourced.errors += absent_namespaces(self.cluster, sourced, scope.namespaces)
        wanted = {kind.name for kind in scope.kinds}
        sourced.manifests = [entry for entry in sourced.manifests if entry[0].key.kind in wanted]
        return sourced

    def validate(self, sourced: LoadedManifests) -> list[tuple[Manifest, Sequence[Finding]]]:
        """Each manifest with all that its schema finds wrong."""
        self.enter(Stage.VALIDATE)
        return [
            (self._doubted(manifest), self._findings(manifest, findings))
            for manifest, findings in sourced.manifests
        ]

    def _doubted(self, manifest: Manifest) -> Manifest:
        """The manifest with what is probably a typo in it; most have none."""
        if manifest.deleting:
            return manifest
        doubts = self.schemas.doubts(manifest.key.kind, {"spec": manifest.spec})
        return replace(manifest, doubts=doubts) if doubts else manifest

    def _findings(self, manifest: Manifest, earlier: Sequence[Finding]) -> Sequence[Finding]:
        if earlier or manifest.deleting:
            return earlier
        return self.schemas.findings(manifest.key.kind, document_of(manifest))

    def pruning(
        self, sourced: LoadedManifests, desired: Sequence[Desired], refused: Sequence[Refused]
    ) -> prune.Pruning:
        """Where objects without a manifest are deleted in this pass, or why nowhere."""
        scope = self.settings.scope
        if not scope.prune:
            return prune.Pruning()
        is_whole = not sourced.errors and not refused
        return prune.pruning(desired, scope.vvp_namespaces, scope.shard, is_whole=is_whole)

    def observe(
        self,
        desired: Sequence[Desired],
        deleted: Sequence[Manifest],
        refused: Sequence[Refused],
        pruning: prune.Pruning,
    ) -> tuple[Snapshot, Sequence[Manifest]]:
        """What VVP holds, and the resources of what is to be pruned."""
        self.enter(Stage.OBSERVE)
        invalid = invalid_in(refused, self.settings.tenancy)
        lists = initial_query(desired, deleted, pruning.namespaces, invalid)
        if not desired and not deleted and not lists.collections:
            return Snapshot(), ()
        number = len(desired) + len(deleted) + len(invalid)
        self.progress(f"reading VVP for {counted(number, 'resource')}")
        edition, side_by_side = self.settings.vvp.edition, self.settings.concurrency
        listed = observe_lists(self.vvp, lists, edition, side_by_side)
        gone = self._gone(desired, listed, pruning)
        now = self.clock().timestamp()
        again = self._looked is None or now - self._looked >= LOOKS_AGAIN
        details = detail_query(
            desired, listed, (*deleted, *gone), invalid=invalid, looks_again=again
        )
        snapshot = observe_details(self.vvp, listed, details, side_by_side)
        if again and not snapshot.failed_savepoints:
            self._looked = now
        return snapshot, gone

    def _gone(
        self, desired: Sequence[Desired], listed: Snapshot, pruning: prune.Pruning
    ) -> Sequence[Manifest]:
        owner_id = self.settings.scope.owner_id
        pruned = prune.pruned_manifests(desired, listed, pruning.namespaces, owner_id)
        for key in pruned.of_clusters:
            log.info("not pruned, for a resource in a cluster stands for it: %s %s", key.kind, key)
        return pruned.manifests

    # plan ► guard -----------------------------------------------------------------------------

    def preview(
        self,
        started: datetime,
        sourced: LoadedManifests,
        snapshot: Snapshot,
        planned: Plan,
        refusals: Sequence[str],
    ) -> Report:
        """The report of a pass that did nothing yet."""
        results = tuple(map(concluded, planned.decisions))
        report = Report(
            results=results,
            errors=(*sourced.errors, *refusals, *_list_errors(snapshot)),
            refused=len(_list_errors(snapshot, PlatformUnauthorized)),
            skipped=sourced.skipped,
            applied=False,
            started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            vvp_url=self.settings.vvp.platform_url,
            interrupted=self.stop.is_set(),
            decided=is_decided(planned.decisions, snapshot),
            tripped=planned.tripped,
            passed=tuple(
                f"{text}: {self.settings.passes_brakes or 'let go by annotation'}"
                for text in planned.passed
            ),
            owner_id=self.settings.scope.owner_id,
            plan_keys=plan_keys(results, self.settings.plan_key, self.vvp.tokens),
        )
        if self.reviewed is None:
            return report
        # The reviewed plan was written without the secrets that this run knows, too.
        present = report_as_json(hushed(report, self.vvp.tokens.hiding))
        return replace(report, moved=moved(self.reviewed, present))

    def policy(self, now: datetime, cluster_id: str) -> Policy:
        """The part of the settings that the planner needs."""
        settings = self.settings
        return Policy(
            owner_id=settings.scope.owner_id,
            cluster=cluster_id,
            now=now.timestamp(),
            adopt=settings.adopt,
            drift=settings.drift,
            brakes=settings.brakes,
            tenancy=settings.tenancy,
            sees_all_claimants=settings.sees_all_claimants,
            prune=settings.scope.prune,
            max_restarts=settings.max_restarts,
            transition_timeout=settings.transition_timeout,
            confirm_state_loss=settings.confirm_state_loss,
            savepoint_retries=settings.savepoint_retries,
            intent_grace=4 * settings.vvp.request_timeout,
        )

    # apply ► publish -----------------------------------------------------------------------------

    def apply(
        self, planned: Plan, snapshot: Snapshot
    ) -> tuple[Mapping[Subject, Outcome], tuple[str, ...]]:
        """Carries the plan out; what came of it, and what was held back meanwhile, in words."""
        self.enter(Stage.APPLY)
        write_ahead: WriteAhead = PlatformWriteAhead(self.vvp, snapshot)
        if isinstance(self.cluster, Writer):
            write_ahead = ClusterWriteAhead(self.cluster)
        application = Application(
            self.vvp,
            write_ahead,
            snapshot,
            self.settings.concurrency,
            self._halt,
            self.clock,
            self.progress,
            self.settings.brakes.force,
        )
        return application.run(planned), application.tripped

    def _halt(self) -> str | None:
        """Why no further change is begun, if so."""
        if self.stop.is_set():
            return "the run was interrupted before this change"
        if not self.deadline.may_write:
            return "this run no longer holds its Lease"
        if self.deadline.is_over:
            return "the pass took longer than --timeout"
        return None

    def publish(self, results: Sequence[Result], snapshot: Snapshot) -> list[str]:
        """Writes statuses and events; returns what could not be written, in words."""
        self.enter(Stage.PUBLISH)
        self.progress("writing statuses")
        if not isinstance(self.cluster, Writer):
            return []
        owner_id, side_by_side = self.settings.scope.owner_id, self.settings.concurrency
        hiding = self.vvp.tokens.hiding
        writer = StatusWriter(self.cluster, snapshot, owner_id, self.clock(), hiding)
        return writer.publish(results, side_by_side)


def _after(planned: Result, outcomes: Mapping[Subject, Outcome]) -> Result:
    """A planned result with what came of it; the same where nothing was to be done."""
    if not isinstance(planned.decision, Change):
        return planned
    return concluded(planned.decision, outcomes.get(subject(planned.decision)))


def _moved_meanwhile(results: Sequence[Result]) -> tuple[str, ...]:
    """The resources that changed between the plan and their turn, a line each."""
    return tuple(
        f"{result.manifest.key}: {result.outcome.message}"
        for result in results
        if isinstance(result.outcome, Skipped) and result.outcome.moved
    )


def _list_errors(snapshot: Snapshot, kind: type[PlatformError] = PlatformError) -> list[str]:
    """The lists that failed so, in words; a Platform list that nobody needed is none."""
    return sorted({str(error) for error in snapshot.failed.values() if isinstance(error, kind)})
