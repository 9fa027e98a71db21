"""Whatever one VVP object holds, a pass decides and tells something about it, and about the others.

Every member of every kind of object is replaced by values that VVP's API does not promise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from builders import (
    NOW,
    at,
    desired,
    going,
    manifest,
    observed,
    planned,
    savepoint,
    snapshot,
    status,
)
from vpsync.model.decision import Invalid
from vpsync.model.json import Path
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Result
from vpsync.model.resource import Manifest
from vpsync.planning.queries import detail_query
from vpsync.render.json import report_as_json
from vpsync.render.report import Report
from vpsync.schema.load import load_schema
from vpsync.status.conditions import concluded
from vpsync.status.events import mirrored_events, own_events
from vpsync.status.patches import status_patch

ODD: list[Any] = [None, True, "odd", ["odd"], {"odd": {"odd": 1}}]

RUNNING = observed(
    manifest(),
    {
        "/status/running/conditions": [{"type": "JobFailing", "status": "True", "message": "OOM"}],
        "/metadata/annotations/theirs": "x",
    },
)
TIME = at()
EVENT: dict[str, Any] = {
    "metadata": {"id": "e-1", "name": "JOB_FAILED", "createdAt": at(-60), "jobId": "job-1"},
    "spec": {"message": "the job failed"},
}
JOB: dict[str, Any] = {
    "metadata": {"id": "job-1"},
    "status": {
        "state": "FAILED",
        "started": {"flinkJobId": "f-1", "startedAt": at(-60)},
        "failure": {"message": "OOM", "reason": "R", "failedAt": at(-30)},
    },
}


def places(document: Any, prefix: Path = ()) -> Iterator[Path]:
    """Every place in a document but the document itself; lists count as one."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield (*prefix, key)
            yield from places(value, (*prefix, key))


def replaced(document: Any, path: Path, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


def with_object(vvp: Snapshot, seen: Observed, body: dict[str, Any]) -> Snapshot:
    """The view with the body of one object replaced."""
    return replace(vvp, objects={**vvp.objects, seen.key: replace(seen, body=body)})


def odd_ones(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (replaced(body, path, value) for path in places(body) for value in ODD)


def tell(vvp: Snapshot, *resources: Manifest) -> None:
    """Plans, applies in thought and tells; every status must be one that the schema lets in."""
    detail_query([desired(item) for item in resources if not item.deleting], vvp)
    results = [concluded(decision) for decision in planned(*resources, vvp=vvp).decisions]
    assert len(results) == len(resources)
    assert not any(isinstance(result.decision, Invalid) for result in results)
    report = Report(tuple(results), applied=False)
    json.dumps(report_as_json(report))
    assert report.summary()
    report.rows()
    for result in results:
        own_events(result)
        assert_lawful(result, vvp)


def assert_lawful(result: Result, vvp: Snapshot) -> None:
    kind = result.manifest.key.kind
    if kind not in VALIDATORS:
        VALIDATORS[kind] = Draft202012Validator(load_schema(kind)["properties"]["status"])
    patch = status_patch(result, vvp, TIME)
    assert [error.message for error in VALIDATORS[kind].iter_errors(patch)] == []


VALIDATORS: dict[str, Draft202012Validator] = {}


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_an_odd_deployment_stops_no_pass(known: bool) -> None:
    resource = manifest(status=status(id=RUNNING.id)) if known else manifest()
    fleet = [resource, manifest("VpSavepoint"), manifest(name="another")]
    vvp = snapshot(RUNNING, jobs={"job-1": JOB}, savepoints={RUNNING.id: ()})
    for body in odd_ones(RUNNING.body):
        tell(with_object(vvp, RUNNING, body), *fleet)


def test_an_odd_deployment_stops_no_deletion() -> None:
    vvp, fleet = snapshot(RUNNING), [going(), going("VpDeploymentTarget")]
    for body in odd_ones(RUNNING.body):
        tell(with_object(vvp, RUNNING, body), *fleet)


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpNamespace"])
def test_an_odd_object_of_another_kind_stops_no_pass(kind: str, deleting: bool) -> None:
    seen = observed(manifest(kind))
    resource = going(kind) if deleting else manifest(kind, status=status(id=seen.id))
    vvp = snapshot(seen, contents={seen.key.name: ()})
    for body in odd_ones(seen.body):
        tell(with_object(vvp, seen, body), resource)


def test_an_odd_savepoint_stops_no_pass() -> None:
    intent = {"nonce": "n", "deploymentId": RUNNING.id, "requested": at(-999)}
    statuses = [{"id": "sp-1"}, {"intent": intent}]
    points = [manifest("VpSavepoint", status=known) for known in statuses]
    vvp = snapshot(RUNNING)
    for state in ("COMPLETED", "FAILED"):
        seen = savepoint(state=state, edits={"/status/failure": {"message": "no", "reason": "R"}})
        for body in odd_ones(seen.body):
            there = replace(vvp, savepoints={("default", RUNNING.id): (replace(seen, body=body),)})
            for point in points:
                tell(there, point)


def test_an_odd_job_stops_no_pass() -> None:
    failed = observed(manifest(), {"/status": {"state": "FAILED"}})
    resource = manifest(status=status(id=failed.id, job={"id": "job-1"}))
    for vvp in (snapshot(RUNNING), snapshot(failed)):
        for body in odd_ones(JOB):
            tell(replace(vvp, jobs={"job-1": body}), resource)


def test_an_odd_answer_to_a_write_stops_no_pass() -> None:
    resource = manifest()
    [change] = planned(resource).changes
    for body in odd_ones(RUNNING.body):
        result = concluded(change, Applied(change, replace(RUNNING, body=body)))
        own_events(result)
        assert_lawful(result, snapshot())
        json.dumps(report_as_json(Report((result,))))


def test_an_odd_event_stops_no_pass() -> None:
    for body in [*odd_ones(EVENT), {}]:
        for notes in ({}, {"last-event-timestamp": at(-90)}, {"last-event-timestamp": "odd"}):
            mirrored = mirrored_events(manifest(notes=notes), [body, EVENT], NOW)
            assert all(event.reason and event.note for event in mirrored.events)


def test_an_odd_status_of_ours_stops_no_pass() -> None:
    whole = status(
        id=RUNNING.id,
        hasRun=True,
        job={"id": "job-1"},
        lastHandled={"reconcile-requested-at": "x"},
        lastEventIds=["e-1"],
    )
    lawful = Draft202012Validator(load_schema("VpDeployment")["properties"]["status"])
    notes = {"reconcile-requested-at": "now", "last-event-timestamp": at(-60)}
    views = (snapshot(RUNNING), snapshot())
    for known in filter(lawful.is_valid, odd_ones(whole)):
        resource = manifest(status=known, notes=notes)
        for vvp in views:
            tell(vvp, resource)
        mirrored_events(resource, [EVENT], NOW)


def test_a_view_of_nothing_but_odd_objects_is_one_plan() -> None:
    bodies = list(odd_ones(RUNNING.body))[:200]
    fleet = [manifest(name=f"job-{number}") for number in range(len(bodies))]
    held = [
        Observed(observed(item).key, f"id-of-{item.key.name}", body)
        for item, body in zip(fleet, bodies, strict=True)
    ]
    tell(snapshot(*held), *fleet)
