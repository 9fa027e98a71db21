"""What has to be asked of VVP so that a pass can be planned: lists, never one GET per object.

The exceptions are what VVP keeps for ever: savepoints are listed by deployment where an open
VpSavepoint needs them or one that is history may have gone, a job is read when it is a new one, and
events are read for deployments that moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import FAILED, FINISHED, RUNNING_JOB
from vpsync.kinds.kind import Kind
from vpsync.model.condition import find_condition, without_times
from vpsync.model.json import value_at
from vpsync.model.observed import Location, Observed, PlatformKey, Snapshot
from vpsync.model.options import DeletionPolicy
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Desired, Manifest
from vpsync.planning.diff.references import referenced
from vpsync.planning.ownership.history import is_changed
from vpsync.planning.ownership.marker import marked_object, place_in_status
from vpsync.planning.removal.prune import PRUNED
from vpsync.planning.removal.relocation import old_namespace, old_object
from vpsync.planning.savepoints.delete import source_of
from vpsync.planning.savepoints.triggers import requested_savepoint
from vpsync.planning.savepoints.write_ahead import known_request
from vpsync.planning.upsert.autopilot import may_have_scaled


@dataclass(frozen=True, slots=True)
class InitialQuery:
    """The lists that a pass starts with."""

    collections: frozenset[Location]
    """VVP namespace and kind."""
    contents: frozenset[str]
    """VVP namespaces that are to be deleted: all that they hold must be known."""


@dataclass(frozen=True, slots=True)
class DetailQuery:
    """What the lists made necessary."""

    savepoints: frozenset[Location] = frozenset()
    """VVP namespace and deployment id."""
    jobs: frozenset[Location] = frozenset()
    """VVP namespace and job id."""
    events: frozenset[Location] = frozenset()
    """VVP namespace and deployment id."""
    autopilot: frozenset[str] = frozenset()
    """VVP namespaces whose Autopilot policies decide about a difference."""
    vanished: frozenset[tuple[PlatformKey, str]] = frozenset()
    """What a finalizer waits for and no list has, with its id."""
    going: frozenset[tuple[Location, str]] = frozenset()
    """Savepoints that are to go with their data: VVP namespace and deployment id, and their own id."""
    histories: frozenset[Location] = frozenset()
    """VVP namespace and id of deployments of which it matters whether they ever ran."""
    newest_jobs: frozenset[Location] = frozenset()
    """VVP namespace and id of deployments whose job ended since it was last looked at."""


def initial_query(
    desired: Iterable[Desired],
    deleted: Iterable[Manifest],
    pruned_in: Iterable[str] = (),
    invalid: Iterable[Manifest] = (),
) -> InitialQuery:
    """Which kinds to list in which VVP namespaces; ``pruned_in`` are those in which is pruned.

    Of ``invalid`` resources, about which nothing is decided, the status shows how their objects are.
    """
    collections: set[Location] = {
        (vvp_namespace, kind) for vvp_namespace in pruned_in for kind in PRUNED
    }
    contents: set[str] = set()
    for item in desired:
        kind, vvp_namespace = BY_NAME[item.platform.kind], item.platform.namespace
        if _is_listed(kind):
            collections.add((vvp_namespace, kind.name))
            collections |= _where_it_was(item.manifest, item.platform)
        if item.reference is not None and kind.settled(item.manifest) is None:
            collections.add((vvp_namespace, item.reference.kind))
    for manifest in deleted:
        kind = BY_NAME[manifest.key.kind]
        key = kind.platform_key(manifest)
        if not kind.needs_finalizer(manifest) or kind.name_findings(manifest, key):
            continue
        if kind.holds_contents:
            contents.add(key.name)
            continue
        collections |= {(key.namespace, name) for name in _lists_of(kind)}
        if _is_listed(kind):
            collections |= _where_it_was(manifest, key)
    collections.update(_shown(invalid))
    return InitialQuery(frozenset(collections), frozenset(contents))


def _is_listed(kind: Kind) -> bool:
    """Whether one list has all objects of a kind in a VVP namespace."""
    return not kind.holds_contents and not kind.listed_by_reference


def _lists_of(kind: Kind) -> set[str]:
    """What a deletion needs to know: the object, what uses it, and what it is compared by."""
    own = {kind.name} if _is_listed(kind) else set()
    return own | {*kind.blocked_by, *((kind.refers_to,) if kind.refers_to else ())}


def _where_it_was(manifest: Manifest, key: PlatformKey) -> set[Location]:
    """What to list in the VVP namespace that the resource is leaving."""
    vvp_namespace, kind = old_namespace(manifest, key), BY_NAME[key.kind]
    return (
        {(vvp_namespace, name) for name in (kind.name, *kind.blocked_by)}
        if vvp_namespace
        else set()
    )


def detail_query(
    desired: Iterable[Desired],
    snapshot: Snapshot,
    deleted: Iterable[Manifest] = (),
    *,
    invalid: Iterable[Manifest] = (),
    looks_again: bool = False,
) -> DetailQuery:
    """Which savepoints, jobs and events to read, now that the lists are known.

    ``looks_again`` says that it is time to see whether VVP still has the savepoints that are history;
    else that is asked only where something about them may have changed.
    """
    desired, deleted = tuple(desired), tuple(deleted)
    leaving = [*deleted, *(item.manifest for item in desired)]
    removed = tuple(_removed(deleted, snapshot))
    savepoints: set[Location] = {
        *_suspended(leaving, snapshot),
        *(location for location, _ in removed),
    }
    jobs: set[Location] = set()
    events: set[Location] = set()
    autopilot: set[str] = set()
    requests = (asked for item in desired if (asked := requested_savepoint(item)) is not None)
    for item in (*desired, *requests):
        kind, vvp_namespace = BY_NAME[item.platform.kind], item.platform.namespace
        if kind.listed_by_reference:
            savepoints |= {(vvp_namespace, identity) for identity in _sources(item, snapshot)}
        elif kind.runs_jobs:
            observed = snapshot.find(item.platform)
            if observed is None or _is_refused(item.manifest):
                continue
            if not snapshot.community and may_have_scaled(item, observed):
                autopilot.add(vvp_namespace)
            if item.manifest.in_cluster:
                jobs |= {(vvp_namespace, identity) for identity in _jobs(item.manifest, observed)}
                if _moved(item.manifest, observed):
                    events.add((vvp_namespace, observed.id))
    return DetailQuery(
        frozenset(savepoints | _history(desired, snapshot, events, looks_again=looks_again)),
        frozenset(jobs),
        frozenset(events),
        frozenset(autopilot),
        frozenset(_vanished(leaving, snapshot)),
        frozenset((vvp_namespace, identity) for vvp_namespace, identity in removed if identity),
        frozenset(_suspended((m for m in leaving if not m.status.get("job")), snapshot)),
        frozenset((*_ended(desired, snapshot), *_ended_undecided(invalid, snapshot))),
    )


def _vanished(leaving: Iterable[Manifest], snapshot: Snapshot) -> Iterator[tuple[PlatformKey, str]]:
    """What is to go from VVP and seems to be gone: a list may be old, so VVP is asked by id."""
    for manifest in leaving:
        kind, identity = BY_NAME[manifest.key.kind], str(manifest.status.get("id") or "")
        has_finalizer = FINALIZER in manifest.finalizers and not kind.listed_by_reference
        if not has_finalizer or not identity:
            continue
        key = kind.platform_key(manifest)
        vvp_namespace = old_namespace(manifest, key)
        if not (vvp_namespace or manifest.deleting) or kind.name_findings(manifest, key):
            continue
        was = (
            replace(key, namespace=vvp_namespace)
            if vvp_namespace and not kind.holds_contents
            else key
        )
        absent = snapshot.by_id(kind.name, was.namespace, identity) is None
        if absent and _was_listed(kind, was, snapshot):
            yield was, identity


def _was_listed(kind: Kind, key: PlatformKey, snapshot: Snapshot) -> bool:
    """Whether a list arrived that would have the object."""
    if kind.holds_contents:
        listed = snapshot.namespaces is not None
    else:
        listed = (kind.name, key.namespace) in snapshot.listed
    return listed and snapshot.failure(kind.name, key.namespace) is None


def _suspended(deleted: Iterable[Manifest], snapshot: Snapshot) -> Iterator[Location]:
    """Deployments whose deletion waits for the savepoint of their suspension."""
    for manifest in deleted:
        kind = BY_NAME[manifest.key.kind]
        if not kind.runs_jobs or manifest.note("deletion-policy") != DeletionPolicy.SUSPEND:
            continue
        key = kind.platform_key(manifest)
        here = snapshot.find(key) if manifest.deleting else None
        for observed in (old_object(manifest, key, snapshot), here):
            if observed is not None and observed.state == "SUSPENDED":
                yield observed.key.namespace, observed.id


def _removed(deleted: Iterable[Manifest], snapshot: Snapshot) -> Iterator[tuple[Location, str]]:
    """Deployments with a savepoint that is to go from VVP, and its id where that is known."""
    for manifest in deleted:
        kind = BY_NAME[manifest.key.kind]
        if not kind.listed_by_reference or not kind.needs_finalizer(manifest):
            continue
        vvp_namespace = kind.platform_key(manifest).namespace
        there = snapshot.namespaces is None or vvp_namespace in snapshot.namespaces
        if there and (source := source_of(manifest, snapshot)):
            yield (vvp_namespace, source), str(manifest.status.get("id") or "")


def _sources(item: Desired, snapshot: Snapshot) -> set[str]:
    """The ids of the objects by which an open savepoint is listed."""
    if item.reference is None or BY_NAME[item.key.kind].settled(item.manifest) is not None:
        return set()
    deployment = referenced(item.reference, snapshot)
    request = known_request(item.manifest, deployment)
    if request is not None and request.deployment_id:
        return {request.deployment_id}
    return {deployment.id} if deployment else set()


def _history(
    desired: Iterable[Desired], snapshot: Snapshot, moved: Set[Location], *, looks_again: bool
) -> set[Location]:
    """Where to look for savepoints that are history and may have gone.

    That is everywhere when it is time to, else where the resource changed or its deployment moved.
    """
    locations: set[Location] = set()
    for item in desired:
        if BY_NAME[item.platform.kind].listed_by_reference:
            remembered = _remembered(item, snapshot)
            locations |= (
                remembered if looks_again or is_changed(item.manifest) else remembered & moved
            )
    return locations


def _remembered(item: Desired, snapshot: Snapshot) -> set[Location]:
    """Where VVP would list a savepoint that is history for us; nothing where there can be none."""
    vvp_namespace, status = item.platform.namespace, item.manifest.status
    there = snapshot.namespaces is None or vvp_namespace in snapshot.namespaces
    source = status.get("deploymentId")
    if BY_NAME[item.platform.kind].settled(item.manifest) is None or not (source and there):
        return set()
    return {(vvp_namespace, str(source))}


def _is_refused(manifest: Manifest) -> bool:
    """Whether the last pass found the VVP object to be another's: nothing of it is shown."""
    stalled = find_condition(manifest.status, "Stalled") or {}
    refused = stalled.get("reason") == Reason.NotOwned.name
    return refused and stalled.get("observedGeneration") == manifest.generation


def _jobs(manifest: Manifest, observed: Observed) -> set[str]:
    job_id = value_at(manifest.status, ("job", "id"))
    running = value_at(observed.body, RUNNING_JOB)
    if running and running != job_id:
        return {str(running)}
    return {str(job_id)} if job_id and _has_ended(manifest, observed) else set()


def _ended(desired: Iterable[Desired], snapshot: Snapshot) -> Iterator[Location]:
    """Deployments whose job just ended: it may be another than the last one that was seen to run."""
    for item in desired:
        manifest, observed = item.manifest, snapshot.find(item.platform)
        if observed is None or not manifest.in_cluster or _is_refused(manifest):
            continue
        if _has_ended(manifest, observed):
            yield observed.key.namespace, observed.id


def _shown(invalid: Iterable[Manifest]) -> Iterator[Location]:
    """VVP namespaces and kinds of the deployments that statuses of resources in a cluster name."""
    for manifest in invalid:
        kind, vvp_namespace, identity = place_in_status(manifest)
        if BY_NAME[kind].runs_jobs and manifest.in_cluster and vvp_namespace and identity:
            yield vvp_namespace, kind


def _ended_undecided(invalid: Iterable[Manifest], snapshot: Snapshot) -> Iterator[Location]:
    """Deployments of invalid resources whose job just ended."""
    for manifest in invalid:
        observed = marked_object(manifest, snapshot)
        if observed is not None and _has_ended(manifest, observed):
            yield observed.key.namespace, observed.id


def _has_ended(manifest: Manifest, observed: Observed) -> bool:
    """Whether the job came to its end since the status was written."""
    ended = observed.state in (FAILED, FINISHED)
    # What became of the job could not be read in the pass that saw the state.
    is_behind = value_at(manifest.status, ("job", "state")) == "STARTED"
    return ended and (manifest.status.get("state") != observed.state or is_behind)


def _moved(manifest: Manifest, observed: Observed) -> bool:
    mirrored, status = BY_NAME[observed.key.kind].status(observed), manifest.status
    kept = ("resourceVersion", "state", "running")
    differing = [key for key in kept if status.get(key) != mirrored[key]]
    return any(without_times(status.get(key)) != without_times(mirrored[key]) for key in differing)
