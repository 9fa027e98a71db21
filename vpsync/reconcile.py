"""One pass: list the resources, validate them, plan the difference with VVP, apply it, write statuses
and events.

It reads in the order of that sentence. This is the only module that joins both edges.
"""

from __future__ import annotations

import gc
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from vpsync.cluster.client import Reader, Writer
from vpsync.cluster.connection import connect
from vpsync.cluster.finalizers import add_finalizer
from vpsync.errors import ClusterConflict, VpsyncError
from vpsync.kinds import BY_NAME
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, Invalid, Released, Unseen
from vpsync.model.json import value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Failed, Outcome, Result, Skipped
from vpsync.model.problem import Problem
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.plan import Plan, declare, plan
from vpsync.planning.policy import Policy
from vpsync.planning.questions import details, lists
from vpsync.planning.savepoints import intent_annotation, intent_for, intent_text
from vpsync.report.summary import Report
from vpsync.schema import SchemaSet
from vpsync.settings import Settings
from vpsync.source.cluster import read_cluster
from vpsync.source.files import Sourced, read_files
from vpsync.source.manifest import document_of
from vpsync.tell import Teller
from vpsync.ververica.apply import apply_change
from vpsync.ververica.client import Client
from vpsync.ververica.observe import observe_details, observe_lists
from vpsync.ververica.tokens import RunTokens, Tokens
from vpsync.ververica.transport import READS, WRITES, HttpOptions, Transport

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Got = TypeVar("Got")


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
    _deadline: float = field(init=False, default=0.0)

    def run(self, *, apply: bool = True) -> Report:
        """Runs all stages, or with ``apply=False`` the ones before the first write."""
        # A pass builds large trees and no cycles worth a search; measured, the collector costs a
        # fifth of a quiet pass.
        gc.disable()
        try:
            return self._run(apply=apply)
        finally:
            gc.enable()

    def _run(self, *, apply: bool) -> Report:
        started = self.clock()
        self._deadline = self.monotonic() + self.settings.timeout
        self.progress("reading manifests")
        sourced = self.source()
        desired, deleted, invalid = declare(self.validate(sourced))
        self.progress(f"reading VVP for {len(desired) + len(deleted)} resources")
        snapshot = self.observe(desired, deleted)
        planned = plan(desired, deleted, invalid, snapshot, self.policy(started))
        results = [Result(decision) for decision in planned.decisions]
        unwritten: list[str] = []
        if apply:
            outcomes = self.apply(planned, snapshot)
            results = [Result(r.decision, outcomes.get(id(r.decision))) for r in results]
            self.progress("writing statuses")
            unwritten = self.tell(results, snapshot)
        return Report(
            results=tuple(results),
            errors=(*sourced.errors, *_list_errors(snapshot), *unwritten),
            skipped=sourced.skipped,
            applied=apply,
            started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            vvp_url=self.settings.vvp.platform_url,
            interrupted=self.stop.is_set(),
            decided=_decided(planned.decisions),
            tripped=planned.tripped,
            passed=planned.passed,
        )

    # source ► validate ► observe --------------------------------------------------------------

    def source(self) -> Sourced:
        """The manifests, from a cluster or from files."""
        scope = self.settings.scope
        if self.cluster is None:
            sourced = read_files(scope.files, (*scope.namespaces, "default")[0])
        else:
            sourced = read_cluster(self.cluster.list_kind, scope.kinds, scope.namespaces)
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

    def observe(self, desired: Sequence[Desired], deleted: Sequence[Manifest]) -> Snapshot:
        """What VVP holds, as far as these resources are concerned."""
        edition, side_by_side = self.settings.vvp.edition, self.settings.concurrency
        if not desired and not deleted:
            return Snapshot()
        snapshot = observe_lists(self.vvp, lists(desired, deleted), edition, side_by_side)
        return observe_details(
            self.vvp, snapshot, details(desired, snapshot, deleted), side_by_side
        )

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
            max_restarts=settings.max_restarts,
            transition_timeout=settings.transition_timeout,
            confirm_state_loss=settings.confirm_state_loss,
            savepoint_retries=settings.savepoint_retries,
            is_known=self.schemas.is_known,
            intent_grace=4 * settings.vvp.request_timeout,
        )

    # apply ------------------------------------------------------------------------------------

    def apply(self, planned: Plan, snapshot: Snapshot) -> dict[int, Outcome]:
        """Carries out the changes, level by level; outcomes by the identity of their decision."""
        outcomes: dict[int, Outcome] = {}
        ids: dict[tuple[str, str, str], str] = {}
        failed_namespaces: set[str] = set()
        for level in planned.levels():
            self.progress(f"{len(level)} × {level[0].action.value} {level[0].key.kind}")

            def step(change: Change) -> Outcome:
                return self.change(change, ids, failed_namespaces, snapshot)

            for change, outcome in zip(
                level, side_by_side(step, level, self.settings.concurrency), strict=True
            ):
                outcomes[id(change)] = outcome
                key = change.platform
                if isinstance(outcome, Applied) and outcome.observed is not None:
                    ids[key.kind, key.namespace, key.name] = outcome.observed.id
                elif change.action is Action.CREATE and key.kind == "VpNamespace":
                    failed_namespaces.add(key.name)
        return outcomes

    def change(
        self,
        change: Change,
        ids: dict[tuple[str, str, str], str],
        failed_namespaces: set[str],
        snapshot: Snapshot,
    ) -> Outcome:
        """One change with what has to stand in the cluster before it: the finalizer, the intent."""
        if self.stop.is_set():
            return Skipped(
                change, Reason.RetryNextPass, "the run was interrupted before this change"
            )
        if self.monotonic() > self._deadline:
            return Skipped(change, Reason.RetryNextPass, "the pass took longer than --timeout")
        if change.platform.namespace in failed_namespaces:
            message = f"the VVP namespace {change.platform.namespace!r} could not be created"
            return Skipped(change, Reason.DependencyNotReady, message)
        try:
            self.claim(change)
            if change.key.kind == SAVEPOINT.name:
                return self.savepoint(change, ids, snapshot)
            return apply_change(self.vvp, change, ids)
        except ClusterConflict:
            text = "the resource changed while the pass ran; the next pass reads it anew"
            return Skipped(change, Reason.RetryNextPass, text)
        except VpsyncError as error:
            return Failed(change, error)

    def claim(self, change: Change) -> None:
        """Sets the finalizer before VVP holds anything for the resource."""
        if not isinstance(self.cluster, Writer) or change.action is Action.DELETE:
            return
        if BY_NAME[change.key.kind].has_finalizer:
            add_finalizer(self.cluster, change.manifest)

    def savepoint(
        self, change: Change, ids: dict[tuple[str, str, str], str], snapshot: Snapshot
    ) -> Outcome:
        """Records the intent, asks for the savepoint, and records what came of it."""
        deployment_id = str(value_at(change.patch(), ("metadata", "deploymentId")))
        requested = self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        intent = intent_for(change, snapshot.savepoints.get(deployment_id, ()), requested)
        if isinstance(self.cluster, Writer):
            attempt = int(intent.nonce.rpartition("-")[2] or 1)
            status = {"intent": intent.as_json(), "attempts": attempt, "id": None}
            self.cluster.patch_status(change.manifest, status, guarded=True)
            outcome = apply_change(self.vvp, change, ids)
            if isinstance(outcome, Failed) and not outcome.error.retryable:
                # VVP read the request and refused it, so nothing came of the intent.
                self.cluster.patch_status(change.manifest, {"intent": None})
            return outcome
        deployment = snapshot.by_id(SAVEPOINT.refers_to, change.platform.namespace, deployment_id)
        assert deployment is not None
        key = intent_annotation(change.manifest)
        self._remember(deployment, key, intent_text(change.manifest, intent))
        outcome = apply_change(self.vvp, change, ids)
        if isinstance(outcome, Applied) and outcome.observed is not None:
            known = replace(intent, id=outcome.observed.id)
            self._remember(deployment, key, intent_text(change.manifest, known))
        elif isinstance(outcome, Failed) and not outcome.error.retryable:
            self._remember(deployment, key, None)
        return outcome

    def _remember(self, deployment: Observed, key: str, text: str | None) -> None:
        """Keeps an intent on the deployment: a file has no status to keep it in."""
        body = {"metadata": {"annotations": {key: text}}}
        self.vvp.change(BY_NAME[SAVEPOINT.refers_to], deployment, "PATCH", body)

    # tell -------------------------------------------------------------------------------------

    def tell(self, results: Sequence[Result], snapshot: Snapshot) -> list[str]:
        """Writes statuses and events; returns what could not be written, in words."""
        if not isinstance(self.cluster, Writer):
            return []
        owner_id, side_by_side = self.settings.scope.owner_id, self.settings.concurrency
        return Teller(self.cluster, snapshot, owner_id, self.clock()).tell(results, side_by_side)


@contextmanager
def opened(
    settings: Settings,
    *,
    writable: bool,
    stop: threading.Event | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Iterator[Pass]:
    """A pass with both edges open; without ``writable`` neither edge has a verb that writes.

    At the end the connections are closed and the tokens that the run created are removed.
    """
    stop = stop or threading.Event()
    client = _vvp(settings, writable=writable, stop=stop)
    cluster = None
    if settings.scope.in_cluster:
        scope, pool = settings.scope, settings.concurrency
        api = connect(scope.kubeconfig, scope.context, settings.user_agent, pool)
        edge = Writer if writable else Reader
        cluster = edge(api, pause=stop.wait, selector=scope.selector)
    schemas = SchemaSet(kind.name for kind in settings.scope.kinds)
    try:
        yield Pass(settings, schemas, client, cluster, stop, progress=progress)
    finally:
        for left in client.run_tokens.remove_all() if client.run_tokens else ():
            log.warning("left behind in VVP: %s", left)
        client.transport.close()


def _vvp(settings: Settings, *, writable: bool, stop: threading.Event) -> Client:
    vvp = settings.vvp
    cert = (vvp.client_cert_file, vvp.client_key_file)
    options = HttpOptions(
        request_timeout=vvp.request_timeout,
        read_timeout=min(15.0, vvp.request_timeout),
        pool=settings.concurrency,
        ca_file=vvp.ca_file,
        client_cert=(cert[0], cert[1]) if cert[0] and cert[1] else None,
        verify=vvp.verify,
        proxy=vvp.proxy,
        user_agent=settings.user_agent,
    )
    transport = Transport(options, WRITES if writable else READS, pause=stop.wait)
    tokens = Tokens(
        vvp.tokens,
        Path(vvp.token_dir) if vvp.token_dir else None,
        Path(vvp.token_file) if vvp.token_file else None,
    )
    client = Client(transport, vvp.app_manager_url, vvp.platform_url, tokens)
    if writable and vvp.create_tokens and vvp.edition != "community":
        run = secrets.token_hex(4)
        owner_id = settings.scope.owner_id
        client.run_tokens = RunTokens(
            tokens, client.create_token, client.delete_token, owner_id, run
        )
    return client


def side_by_side(work: Callable[[Item], Got], items: Sequence[Item], concurrency: int) -> list[Got]:
    """The results in the order of the items."""
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(concurrency, len(items))) as pool:
        return list(pool.map(work, items))


def _list_errors(snapshot: Snapshot) -> list[str]:
    """The lists that failed, in words; a Platform list that nobody needed is none."""
    return sorted({str(error) for error in snapshot.failed.values()})


def _decided(decisions: Sequence[Decision]) -> bool:
    """Whether VVP told anything about what there is to decide."""
    asked = [decision for decision in decisions if not isinstance(decision, (Invalid, Released))]
    return not asked or any(not _is_undecided(decision) for decision in asked)


def _is_undecided(decision: Decision) -> bool:
    if isinstance(decision, Blocked):
        return decision.reason is Reason.Unauthorized
    return isinstance(decision, Unseen)
