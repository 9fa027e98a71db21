"""One pass: list the resources, validate them, plan the difference with VVP, apply it, write statuses
and events.

It reads in the order of that sentence. This is the only module that joins both edges.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vpsync.cluster.claims import ClusterWriteAhead
from vpsync.cluster.client import Reader, Writer
from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, Finalized, Invalid, Unreadable
from vpsync.model.json import Json
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Outcome, Result, Subject, subject
from vpsync.model.phrases import counted
from vpsync.model.problem import Problem
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.plan import Plan, declare, plan
from vpsync.planning.policy import Policy
from vpsync.planning.queries import detail_query, initial_query
from vpsync.planning.removal import prune
from vpsync.reconcile.apply import Application, WriteAhead
from vpsync.reconcile.publish import StatusWriter
from vpsync.render.json import report_as_json
from vpsync.render.report import Report, hushed
from vpsync.render.reviewed import moved
from vpsync.schema.load import SchemaSet
from vpsync.settings import Settings
from vpsync.source.cluster import ListKind, read_cluster
from vpsync.source.files import Sourced, read_files
from vpsync.source.manifest import document_of
from vpsync.status.conditions import concluded
from vpsync.ververica.claims import PlatformWriteAhead
from vpsync.ververica.client import Client
from vpsync.ververica.observe import observe_details, observe_lists

log = logging.getLogger(__name__)


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
    monotonic: Callable[[], float] = time.monotonic
    progress: Callable[[str], None] = lambda text: None
    """Told what the pass is doing, for a live display."""
    reviewed: Mapping[str, Json] | None = None
    """A plan that was reviewed: exactly that is carried out, or nothing."""
    list_kind: ListKind | None = None
    """Lists the resources, where that is not for ``cluster`` to do."""
    _deadline: float = field(init=False, default=0.0)

    def run(self, *, apply: bool = True) -> Report:
        """Runs all stages, or with ``apply=False`` the ones before the first write."""
        # A pass builds large trees and no cycles worth a search; measured, the collector costs a
        # fifth of a quiet pass.
        gc.disable()
        try:
            return hushed(self._run(apply=apply), self.vvp.tokens.hiding)
        except Exception as error:
            self.vvp.tokens.hiding.chain(error)
            raise
        finally:
            gc.enable()

    def _run(self, *, apply: bool) -> Report:
        started = self.clock()
        self._deadline = self.monotonic() + self.settings.timeout
        if self.vvp.run_tokens is not None:
            self.vvp.run_tokens.begin_pass()
        self.progress("reading manifests")
        sourced = self.source()
        desired, deleted, invalid = declare(self.validate(sourced))
        self.progress(f"reading VVP for {counted(len(desired) + len(deleted), 'resource')}")
        listed = self.look(desired, deleted)
        gone, unpruned = self.gone(sourced, desired, invalid, listed)
        deleted += gone
        snapshot = self.look_closer(listed, desired, deleted)
        planned = plan(desired, deleted, invalid, snapshot, self.policy(started))
        report = Report(
            results=tuple(map(concluded, planned.decisions)),
            errors=(*sourced.errors, *unpruned, *_list_errors(snapshot)),
            skipped=sourced.skipped,
            applied=False,
            started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            vvp_url=self.settings.vvp.platform_url,
            interrupted=self.stop.is_set(),
            decided=_decided(planned.decisions),
            tripped=planned.tripped,
            passed=tuple(f"{text}: {self.settings.passes_brakes}" for text in planned.passed),
            owner_id=self.settings.scope.owner_id,
        )
        if self.reviewed is not None:
            # The reviewed plan was written without the secrets that this run knows, too.
            present = report_as_json(hushed(report, self.vvp.tokens.hiding))
            report = replace(report, moved=moved(self.reviewed, present))
        return self.carry_out(planned, snapshot, report) if apply and not report.moved else report

    def carry_out(self, planned: Plan, snapshot: Snapshot, preview: Report) -> Report:
        """Applies the plan, tells what came of it, and reports it."""
        applying = self.applying(snapshot)
        outcomes = applying.run(planned)
        results = [_after(result, outcomes) for result in preview.results]
        self.progress("writing statuses")
        unwritten = self.tell(results, snapshot)
        return replace(
            preview,
            results=tuple(results),
            errors=(*preview.errors, *unwritten),
            applied=True,
            interrupted=self.stop.is_set(),
            tripped=(*preview.tripped, *applying.tripped),
        )

    # source ► validate ► observe --------------------------------------------------------------

    def source(self) -> Sourced:
        """The manifests, from a cluster or from files."""
        scope = self.settings.scope
        if self.cluster is None:
            sourced = read_files(scope.files, (*scope.namespaces, "default")[0])
        else:
            list_kind = self.list_kind or self.cluster.list_kind
            sourced = read_cluster(list_kind, scope.kinds, scope.namespaces)
        wanted = {kind.name for kind in scope.kinds}
        sourced.manifests = [entry for entry in sourced.manifests if entry[0].key.kind in wanted]
        return sourced

    def validate(self, sourced: Sourced) -> Iterable[tuple[Manifest, Sequence[Problem]]]:
        """Each manifest with all that its schema finds wrong."""
        for manifest, known in sourced.manifests:
            if known or manifest.deleting:
                yield manifest, known
            else:
                yield manifest, self.schemas.problems(manifest.key.kind, document_of(manifest))

    def look(self, desired: Sequence[Desired], deleted: Sequence[Manifest]) -> Snapshot:
        """The initial_query of all that these resources are about."""
        pruned_in = self._pruned_in(desired)
        if not desired and not deleted and not pruned_in:
            return Snapshot()
        edition, side_by_side = self.settings.vvp.edition, self.settings.concurrency
        return observe_lists(
            self.vvp, initial_query(desired, deleted, pruned_in), edition, side_by_side
        )

    def gone(
        self,
        sourced: Sourced,
        desired: Sequence[Desired],
        invalid: Sequence[Invalid],
        listed: Snapshot,
    ) -> tuple[Sequence[Manifest], Sequence[str]]:
        """What is to be pruned, and why nothing is, in words."""
        if not self.settings.scope.prune:
            return (), ()
        if sourced.errors or invalid:
            return (), ["nothing is pruned: not every manifest could be read and is valid"]
        found = prune.pruned_manifests(
            desired, listed, self._pruned_in(desired), self.settings.scope.owner_id
        )
        for key in found.of_clusters:
            log.info("not pruned, for a resource in a cluster stands for it: %s %s", key.kind, key)
        return found.manifests, ()

    def _pruned_in(self, desired: Sequence[Desired]) -> frozenset[str]:
        scope = self.settings.scope
        return (
            prune.pruned_namespaces(desired, scope.vvp_namespaces) if scope.prune else frozenset()
        )

    def look_closer(
        self, listed: Snapshot, desired: Sequence[Desired], deleted: Sequence[Manifest]
    ) -> Snapshot:
        """The initial_query with the savepoints, jobs and events that they made necessary."""
        asked = detail_query(desired, listed, deleted)
        return observe_details(self.vvp, listed, asked, self.settings.concurrency)

    def policy(self, now: datetime) -> Policy:
        """The part of the settings that the planner needs."""
        settings = self.settings
        return Policy(
            owner_id=settings.scope.owner_id,
            now=now.timestamp(),
            adopt=settings.adopt,
            drift=settings.drift,
            brakes=settings.brakes,
            tenancy=settings.tenancy,
            prune=settings.scope.prune,
            max_restarts=settings.max_restarts,
            transition_timeout=settings.transition_timeout,
            confirm_state_loss=settings.confirm_state_loss,
            savepoint_retries=settings.savepoint_retries,
            is_known=self.schemas.is_known,
            intent_grace=4 * settings.vvp.request_timeout,
        )

    # apply ► tell -----------------------------------------------------------------------------

    def applying(self, snapshot: Snapshot) -> Application:
        """What carries out the changes."""
        claims: WriteAhead = PlatformWriteAhead(self.vvp, snapshot)
        if isinstance(self.cluster, Writer):
            claims = ClusterWriteAhead(self.cluster)
        return Application(
            self.vvp,
            claims,
            snapshot,
            self.settings.concurrency,
            self._halt,
            self.clock,
            self.progress,
            self.settings.brakes.force,
        )

    def _halt(self) -> str | None:
        """Why no further change is begun, if so."""
        if self.stop.is_set():
            return "the run was interrupted before this change"
        if self.monotonic() > self._deadline:
            return "the pass took longer than --timeout"
        return None

    def tell(self, results: Sequence[Result], snapshot: Snapshot) -> list[str]:
        """Writes statuses and events; returns what could not be written, in words."""
        if not isinstance(self.cluster, Writer):
            return []
        owner_id, side_by_side = self.settings.scope.owner_id, self.settings.concurrency
        hiding = self.vvp.tokens.hiding
        teller = StatusWriter(self.cluster, snapshot, owner_id, self.clock(), hiding)
        return teller.tell(results, side_by_side)


def _after(planned: Result, outcomes: Mapping[Subject, Outcome]) -> Result:
    """A planned result with what came of it; the same where nothing was to be done."""
    if not isinstance(planned.decision, Change):
        return planned
    return concluded(planned.decision, outcomes.get(subject(planned.decision)))


def _list_errors(snapshot: Snapshot) -> list[str]:
    """The initial_query that failed, in words; a Platform list that nobody needed is none."""
    return sorted({str(error) for error in snapshot.failed.values()})


def _decided(decisions: Sequence[Decision]) -> bool:
    """Whether VVP told anything about what there is to decide."""
    asked = [decision for decision in decisions if not isinstance(decision, (Invalid, Finalized))]
    return not asked or any(not _is_undecided(decision) for decision in asked)


def _is_undecided(decision: Decision) -> bool:
    if isinstance(decision, Blocked):
        return decision.reason is Reason.Unauthorized
    return isinstance(decision, Unreadable)
