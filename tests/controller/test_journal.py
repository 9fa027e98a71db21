"""What a loop logs: each thing once, when it begins, changes and ends."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from builders import applied, blocked, decided, going, manifest, observed, snapshot
from vpsync.controller.journal import HEARTBEAT, Journal
from vpsync.controller.start_line import source_named
from vpsync.errors import ClusterUnreachable, VpsyncError
from vpsync.model.decision import Blocked, Unreadable
from vpsync.model.outcome import Result
from vpsync.model.reasons import Reason
from vpsync.model.resource import ResourceKey
from vpsync.render.report import Report
from vpsync.settings import Scope, Settings
from vpsync.status.conditions import concluded

FAILED_JOB = observed(manifest(), {"/status/state": "FAILED"})
IN_SYNC = concluded(decided(manifest(), snapshot(observed(manifest()))))
FAILED = concluded(decided(manifest(), snapshot(FAILED_JOB)))
WAITING = concluded(blocked(manifest(edits={"/deploymentTargetName": "gone"})))
CREATED = applied(manifest(), observed(manifest()))
RELEASED = concluded(decided(going()))
AWAY = ClusterUnreachable("no connection to https://cluster.example.com")


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(clock: Clock) -> Journal:
    return Journal(clock)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "vpsync")
    return caplog


def lines(
    journal: Journal, told: pytest.LogCaptureFixture, *outcomes: Report | VpsyncError
) -> list[str]:
    """The lines of each outcome."""
    told.clear()
    for outcome in outcomes:
        journal.note(outcome)
    return [f"{record.levelname} {record.getMessage()}" for record in told.records]


def report(*results: Result, errors: tuple[str, ...] = ()) -> Report:
    return Report(results, errors=errors)


def test_it_says_that_it_began(journal: Journal, told: pytest.LogCaptureFixture) -> None:
    scope = Scope(context="prod", owner_id="eu-1")
    journal.begin(Settings(scope=scope), source_named(scope, "prod"))
    [line] = told.messages
    assert line.startswith("started: a pass every 60 s; from cluster context prod to VVP at http")
    assert line.endswith(", as owner id eu-1")
    scope = Scope(files=("manifests",))
    journal.begin(Settings(scope=scope), source_named(scope, ""))
    assert "from manifests of manifests to VVP" in told.messages[-1]


def test_a_quiet_pass_is_no_line_and_an_hour_of_them_is_one(
    journal: Journal, clock: Clock, told: pytest.LogCaptureFixture
) -> None:
    assert lines(journal, told, *[report(IN_SYNC)] * 50) == []
    clock.seconds = HEARTBEAT
    assert lines(journal, told, *[report(IN_SYNC)] * 50) == [
        "INFO alive after 51 passes: 1 resource in sync"
    ]


def test_the_line_of_an_hour_tells_what_waits(
    journal: Journal, clock: Clock, told: pytest.LogCaptureFixture
) -> None:
    clock.seconds = HEARTBEAT
    assert lines(journal, told, report(IN_SYNC, WAITING)) == [
        "INFO alive after 1 pass: 1 resource in sync, 1 waiting"
    ]


def test_a_pass_that_did_something_is_one_line_with_the_resources(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    assert lines(journal, told, report(CREATED)) == [
        "INFO Applied: 1 created, 0 changed, 0 adopted, 0 deleted, 0 in sync. "
        "created VpDeployment team/orders"
    ]
    [line] = lines(journal, told, report(RELEASED))
    assert line.endswith("released VpDeployment team/orders")


def test_trouble_is_told_when_it_begins_changes_and_ends_and_not_in_every_pass(
    journal: Journal, clock: Clock, told: pytest.LogCaptureFixture
) -> None:
    [begun] = lines(journal, told, *[report(FAILED)] * 20)
    assert begun.startswith("WARNING VpDeployment team/orders: stalled: JobFailed: ")
    invalid = concluded(decided(manifest(notes={"drift": "sometimes"})))
    [changed] = lines(journal, told, *[report(invalid)] * 20)
    assert changed.startswith("WARNING VpDeployment team/orders: stalled: InvalidAnnotation: ")
    [over] = lines(journal, told, *[report(IN_SYNC)] * 20)
    assert over == "INFO over: VpDeployment team/orders"
    clock.seconds = HEARTBEAT
    lines(journal, told, report(FAILED))
    clock.seconds = 2 * HEARTBEAT
    assert lines(journal, told, report(FAILED)) == [
        "INFO alive after 62 passes: 1 resource in sync, 1 not in order"
    ]


def test_a_brake_that_holds_one_more_is_no_news_and_not_over(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    def of(number: int) -> Report:
        brake = f"{number} updates of 40 objects are more than --max-update-percent 30"
        return Report((IN_SYNC,), applied=True, tripped=(brake,))

    assert len(lines(journal, told, of(13))) == 1
    assert lines(journal, told, of(14), of(15)) == []
    [over] = lines(journal, told, Report((IN_SYNC,), applied=True))
    assert over.startswith("INFO over: held back: 15 updates")


def test_a_number_in_what_stalls_a_resource_is_news(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    def of(number: int) -> Report:
        text = f"VVP refused it: parallelism {number} is above the quota of 10"
        return Report((concluded(Blocked(manifest(), Reason.Rejected, text)),), applied=True)

    assert len(lines(journal, told, of(12), of(11))) == 2
    assert lines(journal, told, of(11)) == []


def test_an_error_whose_words_count_milliseconds_is_told_once(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    def of(number: int) -> Report:
        text = f"GET /api: 500: timed out after {number}ms"
        return Report((IN_SYNC,), applied=True, errors=(text,))

    assert len(lines(journal, told, of(30001), of(30004), of(30002))) == 1


def test_an_error_of_the_pass_is_told_once_and_so_is_its_end(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    broken = report(IN_SYNC, errors=("orders.yaml: cannot be read",))
    assert lines(journal, told, broken, broken, broken) == ["WARNING orders.yaml: cannot be read"]
    assert lines(journal, told, report(IN_SYNC)) == ["INFO over: orders.yaml: cannot be read"]


def unread(name: str, message: str) -> Result:
    one = manifest(name=name)
    return Result(Unreadable(one, observed(one).key, message))


@pytest.mark.parametrize("errors", [(), ("GET /deployments: 503",)])
def test_a_list_that_cannot_be_read_is_one_line_however_many_resources_are_in_it(
    journal: Journal, told: pytest.LogCaptureFixture, errors: tuple[str, ...]
) -> None:
    away = [unread(name, "GET /deployments: 503") for name in ("one", "two", "three")]
    broken = report(IN_SYNC, *away, errors=errors)
    assert lines(journal, told, broken, broken) == ["WARNING GET /deployments: 503"]
    assert lines(journal, told, report(IN_SYNC)) == ["INFO over: GET /deployments: 503"]


def test_an_object_that_alone_cannot_be_read_is_named(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    [line] = lines(journal, told, report(IN_SYNC, unread("one", "GET /jobs: 503")))
    assert line.startswith("WARNING VpDeployment ")
    assert line.endswith("one: unknown: GET /jobs: 503")


def test_an_outage_is_one_line_and_its_end_another_and_troubles_are_not_told_anew(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    lines(journal, told, report(FAILED))
    assert lines(journal, told, *[AWAY] * 90) == [f"ERROR {AWAY}"]
    assert lines(journal, told, report(FAILED)) == ["INFO VVP and the manifests can be read again"]


def test_what_waits_is_no_trouble(journal: Journal, told: pytest.LogCaptureFixture) -> None:
    assert lines(journal, told, report(WAITING)) == []


def test_many_resources_are_counted_and_not_all_named(
    journal: Journal, told: pytest.LogCaptureFixture
) -> None:
    many = [
        applied(replace(manifest(), key=ResourceKey("VpDeployment", "team", f"o{n}")), None)
        for n in range(9)
    ]
    [line] = lines(journal, told, report(*many))
    assert line.endswith("and 4 more")


class TestForPrograms:
    """Beside its text, each line has facts."""

    def facts(
        self, journal: Journal, told: pytest.LogCaptureFixture, *outcomes: Report | VpsyncError
    ) -> list[dict[str, object]]:
        told.clear()
        for outcome in outcomes:
            journal.start()
            journal.note(outcome)
        return [dict(record.facts) for record in told.records]  # type: ignore[attr-defined]

    def test_a_pass_has_an_id_a_duration_and_what_it_did(
        self, journal: Journal, clock: Clock, told: pytest.LogCaptureFixture
    ) -> None:
        assert self.facts(journal, told, report(IN_SYNC)) == []
        told.clear()
        journal.start()
        clock.seconds += 1.25
        journal.note(report(IN_SYNC, CREATED))
        [record] = told.records
        assert record.facts == {  # type: ignore[attr-defined]
            "pass": f"{journal.run}-2",
            "duration": 1.25,
            "changed": 1,
            "changes": [
                {"what": "created", "kind": "VpDeployment", "namespace": "team", "name": "orders",
                 "reason": "Progressing"},
            ],
        }  # fmt: skip

    def test_a_trouble_names_its_resource_and_its_reason_also_when_it_is_over(
        self, journal: Journal, told: pytest.LogCaptureFixture
    ) -> None:
        began, over = self.facts(journal, told, report(FAILED), report(FAILED), report(IN_SYNC))
        of = {"kind": "VpDeployment", "namespace": "team", "name": "orders"}
        assert began == {"pass": f"{journal.run}-1", "duration": 0.0, **of, "reason": "JobFailed"}
        assert over == {"pass": f"{journal.run}-3", "duration": 0.0, **of, "reason": ""}

    def test_what_is_of_no_resource_has_its_pass(
        self, journal: Journal, told: pytest.LogCaptureFixture
    ) -> None:
        [away] = self.facts(journal, told, AWAY)
        assert set(away) == {"pass", "duration"}

    def test_what_is_of_no_pass_has_none(
        self, journal: Journal, told: pytest.LogCaptureFixture
    ) -> None:
        journal.begin(Settings(), "a")
        journal.lead("team/lease")
        assert [record.facts for record in told.records] == [{}, {}]  # type: ignore[attr-defined]

    def test_no_two_runs_have_a_pass_of_the_same_id(self, clock: Clock) -> None:
        assert Journal(clock).run != Journal(clock).run
