"""What VVP made of a value is learnt from its answer to the write, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from builders import changed as planned_change
from builders import manifest, observed, snapshot, status
from vpsync.kinds.job import SPEC_VERSION
from vpsync.kinds.kind import Kind
from vpsync.model.change import Cause, Change
from vpsync.model.json import path_from_pointer
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied
from vpsync.planning.ownership.forms import form
from vpsync.planning.ownership.managed_fields import MANAGED, read_managed
from vpsync.reconcile.learn import learn
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import WRITES, HttpOptions, Transport

SECRET = "/spec/template/spec/flinkConfiguration/s3.secret-key"
PATH = path_from_pointer(SECRET)
HELD = {"/metadata/resourceVersion": 7}


class Reading(Client):
    """A VVP whose reads show something else than its answers to writes."""

    shows: Callable[[Observed], Observed]
    reads: int
    records: list[Any]

    def read(self, kind: Kind, observed: Observed) -> Observed:
        self.reads += 1
        return self.shows(observed)

    def change(
        self, kind: Kind, observed: Observed, method: str, body: Any, query: Any = None
    ) -> Observed:
        self.records.append(body)
        return observed


def reading(shows: Callable[[Observed], Observed]) -> Reading:
    transport = Transport(HttpOptions(), WRITES)
    client = Reading(transport, "http://vvp.example.com/api", "http://vvp.example.com", Tokens({}))
    client.shows, client.reads, client.records = shows, 0, []
    return client


def changing(pointer: str, before: Any, after: Any) -> Change:
    return planned_change(
        manifest(edits={pointer: after}), snapshot(observed(manifest(edits={pointer: before})))
    )


def shown(pointer: str, value: Any, version: int = 7) -> Observed:
    return observed(manifest(edits={pointer: value}), {"/metadata/resourceVersion": version})


def learnt(client: Client, change: Change, answer: Observed) -> dict[Any, str]:
    """The forms that the write of the record has; none where there is none."""
    learn(client, Applied(change, answer), {})
    records = getattr(client, "records", [])
    texts = [body["metadata"]["annotations"][MANAGED] for body in records]
    record = read_managed(texts[-1]) if texts else None
    return dict(record.kept) if record else {}


PARALLELISM = "/spec/template/spec/parallelism"


def test_what_the_answer_shows_is_recorded_without_a_read() -> None:
    client = reading(lambda answer: answer)
    path = path_from_pointer(PARALLELISM)
    kept = learnt(client, changing(PARALLELISM, 1, 3), shown(PARALLELISM, 2))
    assert kept == {path: form("id-of-orders", path, 3, 2)}
    assert client.reads == 0


def test_an_answer_as_it_was_sent_is_nothing_to_record() -> None:
    client = reading(lambda answer: answer)
    assert learnt(client, changing(PARALLELISM, 1, 3), shown(PARALLELISM, 3)) == {}
    assert (client.records, client.reads) == ([], 0)


def test_a_secret_that_only_reads_hide_is_learnt_from_a_read_of_the_same_version() -> None:
    client = reading(lambda answer: shown(SECRET, "*****"))
    kept = learnt(client, changing(SECRET, "one", "two"), shown(SECRET, "two"))
    assert kept == {PATH: form("id-of-orders", PATH, "two", "*****")}


def test_what_somebody_changed_after_the_write_is_not_vvps_form() -> None:
    client = reading(lambda answer: shown(SECRET, "theirs", version=8))
    assert learnt(client, changing(SECRET, "one", "two"), shown(SECRET, "two")) == {}
    assert client.records == []


def test_vvps_own_work_on_the_job_does_not_count_as_somebodys_change() -> None:
    version = {"/metadata/annotations/" + SPEC_VERSION: "4"}
    changed_spec = {"/metadata/annotations/" + SPEC_VERSION: "5"}
    change, kept = changing(SECRET, "one", "two"), form("id-of-orders", PATH, "two", "*****")
    answer = observed(manifest(edits={SECRET: "two"}), {**HELD, **version})
    later = {"/metadata/resourceVersion": 9, "/metadata/labels/team": "theirs"}
    read = observed(manifest(edits={SECRET: "*****"}), {**later, **version})
    assert learnt(reading(lambda answer: read), change, answer) == {PATH: kept}
    theirs = observed(manifest(edits={SECRET: "*****"}), {**later, **changed_spec})
    assert learnt(reading(lambda answer: theirs), change, answer) == {}


def test_what_no_answer_shows_is_learnt_when_it_seems_to_be_drift() -> None:
    before, after = shown(PARALLELISM, 2), shown(PARALLELISM, 3)
    change = changing(PARALLELISM, 2, 3)
    drift = replace(change, cause=Cause.DRIFT)
    path = path_from_pointer(PARALLELISM)
    assert learnt(reading(lambda answer: before), drift, after) == {
        path: form("id-of-orders", path, 3, 2)
    }
    assert learnt(reading(lambda answer: after), drift, after) == {}


@pytest.mark.parametrize("pointer", ["/spec/state", "/spec/deploymentTargetId"])
def test_what_a_job_is_about_is_never_learnt(pointer: str) -> None:
    resource = manifest(edits={PARALLELISM: 3})
    change = planned_change(resource, snapshot(observed(manifest())))
    answer = observed(resource, {pointer: "CANCELLED", **HELD})
    assert learnt(reading(lambda answer: answer), change, answer) == {}


def test_what_was_not_sent_is_not_learnt() -> None:
    change = changing(PARALLELISM, 1, 3)
    answer = observed(manifest(edits={PARALLELISM: 3}), {"/metadata/labels/team": "theirs", **HELD})
    assert learnt(reading(lambda answer: answer), change, answer) == {}


def test_ignored_fields_are_not_learnt() -> None:
    resource = manifest(edits={PARALLELISM: 3}, notes={"ignore-fields": "/metadata/labels"})
    change = planned_change(resource, snapshot(observed(manifest())))
    answer = observed(resource, {"/metadata/labels/team": "theirs", **HELD})
    assert learnt(reading(lambda answer: answer), change, answer) == {}


def test_a_vvp_namespace_is_not_read_again() -> None:
    resource = manifest("VpNamespace", status=status(id="analytics"))
    theirs = observed(resource, {"/roleBindings": []})
    change = replace(planned_change(resource, snapshot(theirs)), cause=Cause.DRIFT)
    client = reading(lambda answer: answer)
    assert learnt(client, change, observed(resource)) == {}
    assert client.reads == 0
