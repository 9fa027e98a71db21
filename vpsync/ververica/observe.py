"""Observes VVP: the lists of a pass, in parallel, as a :class:`Snapshot`.

A list that fails is noted as failed. It never reads as empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from vpsync.errors import PlatformError, PlatformFault, PlatformForbidden, PlatformNotFound
from vpsync.kinds import BY_NAME
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.json import JsonObject, value_at
from vpsync.model.observed import NAMESPACE_KIND, Location, Observed, PlatformKey, Snapshot
from vpsync.planning.queries import DetailQuery, InitialQuery
from vpsync.ververica.client import Client
from vpsync.ververica.contents import contents

NO_PLATFORM_API = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED})
"""How a server without Platform API answers, as that of the Community Edition."""

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def observe_lists(client: Client, wanted: InitialQuery, edition: str, concurrency: int) -> Snapshot:
    """Lists what a pass starts with; the VVP namespaces first, for they prove absence."""
    namespaces, community, failure = _namespaces(client, edition)
    present = None if namespaces is None else frozenset(item.id for item in namespaces)
    asked = sorted(
        location for location in wanted.collections if present is None or location[0] in present
    )
    answers = _side_by_side(lambda location: _listed(client, location), asked, concurrency)
    objects = {item.key: item for item in namespaces or ()}
    failed, doubled = {}, set()
    for (namespace, kind), answer in zip(asked, answers, strict=True):
        if isinstance(answer, PlatformError):
            failed[kind, namespace] = answer
            continue
        for item in answer:
            if objects.setdefault(item.key, item) is not item:
                doubled.add(item.key)
    held = {name: contents(client, name) for name in sorted(wanted.contents)}
    words = {name: content.words for name, content in held.items()}
    markers = {name: content.markers for name, content in held.items()}
    listed = frozenset((kind, namespace) for namespace, kind in asked) - frozenset(failed)
    return Snapshot(
        objects, listed, frozenset(doubled), failed, present, contents=words, content_markers=markers,
        community=community, namespaces_failure=failure,
    )  # fmt: skip


def observe_details(
    client: Client, snapshot: Snapshot, wanted: DetailQuery, concurrency: int
) -> Snapshot:
    """The snapshot with the savepoints, jobs and events that its lists made necessary."""
    savepoints, failed = _savepoints_by_deployment(client, wanted, concurrency)
    doubtful = _doubtful(client, sorted(wanted.vanished), concurrency)
    # What follows is shown, not decided on: where VVP does not answer, it is left out this time.
    policies = _side_by_side(
        lambda location: _autopilot(client, location), sorted(wanted.autopilot), concurrency
    )
    jobs = _gathered(lambda location: client.job(*location), wanted.jobs, concurrency)
    histories = _gathered(lambda location: _jobs(client, location), wanted.histories, concurrency)
    newest = _gathered(lambda location: _jobs(client, location), wanted.newest_jobs, concurrency)
    events = _gathered(lambda location: _events(client, location), wanted.events, concurrency)
    return replace(
        snapshot, savepoints=savepoints, failed_savepoints=failed, jobs=jobs, events=events,
        newest_jobs={identity: max(known, key=_created) for identity, known in newest.items() if known},
        never_ran=frozenset(identity for identity, known in histories.items() if not known),
        autopilot=dict(zip(sorted(wanted.autopilot), policies, strict=True)),
        listed=snapshot.listed - frozenset(doubtful), failed={**snapshot.failed, **doubtful},
        namespaces_failure=_first(doubtful, NAMESPACE_KIND) or snapshot.namespaces_failure,
    )  # fmt: skip


def _savepoints_by_deployment(
    client: Client, wanted: DetailQuery, concurrency: int
) -> tuple[dict[Location, list[Observed]], dict[Location, PlatformError]]:
    """The savepoints by VVP namespace and deployment id, and why those of the others are not known."""
    locations = sorted(wanted.savepoints)
    answers = _side_by_side(lambda location: _savepoints(client, location), locations, concurrency)
    savepoints: dict[Location, list[Observed]] = {}
    failed: dict[Location, PlatformError] = {}
    for location, answer in zip(locations, answers, strict=True):
        if isinstance(answer, PlatformError):
            failed[location] = answer
        else:
            savepoints[location] = answer
    unlisted = [
        (location, PlatformKey(SAVEPOINT.name, location[0], ""), identity)
        for location, identity in sorted(wanted.going)
        if location in savepoints and all(seen.id != identity for seen in savepoints[location])
    ]
    doubts = _side_by_side(lambda one: _doubt(client, one[1], one[2]), unlisted, concurrency)
    for (location, *_), doubt in zip(unlisted, doubts, strict=True):
        if doubt is not None:
            savepoints.pop(location, None)
            failed[location] = doubt
    return savepoints, failed


def _doubtful(
    client: Client, vanished: Sequence[tuple[PlatformKey, str]], concurrency: int
) -> dict[tuple[str, str], PlatformError]:
    """The lists (kind, VVP namespace) that lack an object which VVP has all the same, or may have."""
    answers = _side_by_side(lambda location: _doubt(client, *location), vanished, concurrency)
    return {
        (key.kind, key.namespace): error
        for (key, _), error in zip(vanished, answers, strict=True)
        if error is not None
    }


def _doubt(client: Client, key: PlatformKey, identity: str) -> PlatformError | None:
    """Why a list that lacks an object is no proof that VVP has it no more, if so."""
    try:
        there = client.has(key, identity)
    except PlatformError as error:
        return error
    if not there:
        return None
    name = f"{key} with id {identity}" if key.name else f"the savepoint {identity}"
    return PlatformFault(f"VVP has {name}, but its list does not: the list is stale")


def _first(doubtful: Mapping[tuple[str, str], PlatformError], wanted: str) -> PlatformError | None:
    return next((error for (kind, _), error in doubtful.items() if kind == wanted), None)


def _namespaces(
    client: Client, edition: str
) -> tuple[list[Observed] | None, bool, PlatformError | None]:
    """The VVP namespaces, whether there can be but one, and why they could not be listed.

    What the Community Edition answers is not documented; a 404 or 501 is taken as a hint that this
    is it, and never as a proof that a namespace is absent.
    """
    if edition == "community":
        return None, True, None
    try:
        return client.namespaces(), False, None
    except PlatformError as error:
        absent = error.status in NO_PLATFORM_API
        return (None, True, None) if absent and edition == "auto" else (None, False, error)


def _listed(client: Client, location: tuple[str, str]) -> list[Observed] | PlatformError:
    namespace, kind = location
    try:
        return client.list_kind(BY_NAME[kind], namespace)
    except PlatformError as error:
        return error


def _savepoints(client: Client, location: tuple[str, str]) -> list[Observed] | PlatformError:
    namespace, identity = location
    try:
        savepoints = client.list_kind(SAVEPOINT, namespace, {"deploymentId": identity})
    except PlatformError as error:
        return error
    # The filter is VVP's; that it worked is checked, for a foreign savepoint must never be taken.
    return [s for s in savepoints if value_at(s.body, ("metadata", "deploymentId")) == identity]


def _autopilot(client: Client, namespace: str) -> frozenset[str] | None:
    """The deployments with an active policy; None where that cannot be told.

    Servers and editions without Autopilot, and roles that may not see it, have none to respect.
    """
    try:
        return client.autopiloted(namespace)
    except (PlatformForbidden, PlatformNotFound):
        return frozenset()
    except PlatformError as error:
        return frozenset() if error.status == HTTPStatus.NOT_IMPLEMENTED else None


def _events(client: Client, location: tuple[str, str]) -> list[dict[str, object]]:
    namespace, identity = location
    items = client.raw_list("events", namespace, {"deploymentId": identity})
    return [dict(item) for item in items]


def _jobs(client: Client, location: tuple[str, str]) -> Sequence[JsonObject]:
    """All jobs that a deployment ever had: VVP keeps them."""
    namespace, identity = location
    return client.raw_list("jobs", namespace, {"deploymentId": identity})


def _created(job: JsonObject) -> str:
    """When VVP made a job, as a time that sorts as text."""
    return str(value_at(job, ("metadata", "createdAt")) or "")


def _gathered(
    read: Callable[[tuple[str, str]], Result],
    locations: Iterable[tuple[str, str]],
    concurrency: int,
) -> dict[str, Result]:
    def attempt(location: tuple[str, str]) -> Result | None:
        try:
            return read(location)
        except PlatformError:
            return None

    ordered = sorted(locations)
    answers = _side_by_side(attempt, ordered, concurrency)
    return {
        location[1]: got for location, got in zip(ordered, answers, strict=True) if got is not None
    }


def _side_by_side(
    work: Callable[[Argument], Result], arguments: Sequence[Argument], concurrency: int
) -> list[Result]:
    if len(arguments) < 2:
        return [work(argument) for argument in arguments]
    with ThreadPoolExecutor(max_workers=min(concurrency, len(arguments))) as pool:
        return list(pool.map(work, arguments))
