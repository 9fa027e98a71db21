"""Reads from VVP what is to be exported, and what it refers to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from vpsync.errors import PlatformError, PlatformFault, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import DEFAULT_VVP_NAMESPACE, Kind
from vpsync.kinds.savepoint import DEPLOYMENT_ID
from vpsync.kinds.values import text_at
from vpsync.model.observed import Location, Observed, Snapshot
from vpsync.planning.diff.references import referenced
from vpsync.planning.queries import InitialQuery
from vpsync.redact.redactor import NOTHING, Redactor
from vpsync.ververica.client import Client
from vpsync.ververica.observe import observe_lists

_USERS_OWN = ("USER_REQUEST", "COPIED", "")
"""Origins of savepoints that somebody asked for (Application Manager API, "Savepoint")."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export."""

    kinds: tuple[Kind, ...]
    namespaces: tuple[str, ...] = ()
    """VVP namespaces; empty for all that the Platform lists."""
    patterns: tuple[str, ...] = ()
    """Shell patterns of VVP names; empty for all. A savepoint goes by its deployment's name."""

    def names(self, name: str) -> bool:
        """Whether an object of that VVP name is wanted."""
        return not self.patterns or any(fnmatchcase(name, pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class ExportSnapshot:
    """What VVP was seen to hold."""

    objects: tuple[Observed, ...]
    """Those that are wanted, in no particular order."""
    snapshot: Snapshot
    errors: tuple[str, ...] = ()
    """What could not be read, in words."""
    hiding: Redactor = NOTHING
    """Hides the tokens of the run, wherever somebody put them."""


def collect(
    client: Client, wanted: ExportRequest, edition: str, concurrency: int
) -> ExportSnapshot:
    """Everything that is wanted; raises PlatformError where nothing at all can be read."""
    first = observe_lists(client, InitialQuery(frozenset(), frozenset()), edition, concurrency)
    names = _namespaces(wanted, first)
    missing = [name for name in names if first.namespaces and name not in first.namespaces]
    errors = [f"VVP has no namespace {name!r}" for name in missing]
    if any(kind.holds_contents for kind in wanted.kinds) and first.namespaces_failure is not None:
        errors.append(f"VpNamespaces are left out: {first.namespaces_failure}")
    asked = [name for name in names if name not in missing]
    collections = frozenset((name, kind) for name in asked for kind in _listed(wanted.kinds))
    snapshot = observe_lists(client, InitialQuery(collections, frozenset()), edition, concurrency)
    if snapshot.failed and not snapshot.objects and not snapshot.listed:
        raise next(iter(snapshot.failed.values()))
    errors += [str(error) for error in snapshot.failed.values()]
    for kind in wanted.kinds:
        if kind.listed_by_reference:
            snapshot, problems = _with_savepoints(client, kind, asked, snapshot)
            errors += problems
    messages, hiding = tuple(sorted(set(errors))), client.tokens.hiding
    return ExportSnapshot(
        tuple(_wanted(wanted, names, snapshot)), snapshot, hiding.value(messages), hiding
    )


def _namespaces(wanted: ExportRequest, first: Snapshot) -> tuple[str, ...]:
    if wanted.namespaces:
        return wanted.namespaces
    if first.namespaces is not None:
        return tuple(sorted(first.namespaces))
    if first.community:
        return (DEFAULT_VVP_NAMESPACE,)
    failure = first.namespaces_failure or PlatformFault("VVP does not list its namespaces")
    if isinstance(failure, PlatformUnauthorized):
        advice = "set PLATFORM_API_TOKEN, or name the VVP namespaces by --vvp-namespace"
        raise PlatformUnauthorized(f"{failure}; {advice}") from failure
    raise failure


def _listed(kinds: tuple[Kind, ...]) -> set[str]:
    """The kinds to list: those that are wanted, and what they refer to and are named by."""
    listed = {kind.name for kind in kinds} | {kind.refers_to for kind in kinds if kind.refers_to}
    return {
        name
        for name in listed
        if not BY_NAME[name].holds_contents and not BY_NAME[name].listed_by_reference
    }


def _with_savepoints(
    client: Client, kind: Kind, namespaces: Iterable[str], snapshot: Snapshot
) -> tuple[Snapshot, list[str]]:
    """The snapshot with all savepoints by their deployment, and what could not be listed."""
    by_location: dict[Location, list[Observed]] = {}
    problems = []
    for namespace in namespaces:
        try:
            for savepoint in client.list_kind(kind, namespace):
                location = (namespace, text_at(savepoint.body, DEPLOYMENT_ID))
                by_location.setdefault(location, []).append(savepoint)
        except PlatformError as error:
            problems.append(str(error))
    return replace(snapshot, savepoints=by_location), problems


def _wanted(
    wanted: ExportRequest, names: tuple[str, ...], snapshot: Snapshot
) -> Iterable[Observed]:
    kinds = {kind.name for kind in wanted.kinds}
    for key, observed in snapshot.objects.items():
        if key.kind in kinds and key.namespace in names and wanted.names(key.name):
            yield observed
    for savepoints in snapshot.savepoints.values():
        for savepoint in savepoints:
            reference = BY_NAME[savepoint.key.kind].observed_reference(savepoint)
            deployment = referenced(reference, snapshot) if reference else None
            if deployment is None or not wanted.names(deployment.key.name):
                continue
            origin = text_at(savepoint.body, ("metadata", "origin"))
            if savepoint.state == "COMPLETED" and origin in _USERS_OWN:
                yield savepoint
