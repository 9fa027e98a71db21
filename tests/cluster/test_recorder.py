"""Events within the limits of the API, the same one posted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.faults import Answer, Fail, on
from fakes.kubernetes import FakeKubernetes
from vpsync.cluster.client import Writer
from vpsync.cluster.recorder import NOTE_LIMIT, document, post
from vpsync.model.event import Event
from vpsync.model.resource import GROUP, Manifest

from .conftest import Make

NOW = datetime(2025, 6, 15, 12, 0, tzinfo=UTC)


def event(manifest: Manifest, **members: Any) -> Event:
    ordinary = Event(manifest, False, "Created", "it was created", "Create", "stamp")
    return replace(ordinary, **members)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"note": "x" * 5000},
        {"note": "ä" * 5000},
        {"note": "𝄞" * 5000},
        {"note": ""},
        {"reason": "R" * 500},
        {"action": "A" * 500},
        {"warning": True},
        {"at": "2022-01-23T18:51:47.845773Z"},
        {"at": "2022-01-23T18:51:47Z"},
        {"at": "yesterday"},
    ],
    ids=lambda members: f"{next(iter(members), 'plain')}",
)
def test_the_api_takes_every_event(
    kubernetes: FakeKubernetes, writer: Writer, make: Make, members: dict[str, Any]
) -> None:
    post(writer, event(make(), **members), "vpsync-default", NOW)
    assert [call.status for call in kubernetes.calls] == [201]


@pytest.mark.parametrize("name", ["a" * 253, "a." * 120 + "a", "jobs"])
def test_the_name_of_any_resource_makes_the_name_of_an_event(
    kubernetes: FakeKubernetes, writer: Writer, make: Make, name: str
) -> None:
    post(writer, event(make(name)), "vpsync", NOW)
    [posted] = kubernetes.events
    assert len(posted["metadata"]["name"]) <= 253
    assert posted["regarding"]["name"] == name


def test_an_instance_of_any_length_is_taken(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    for instance in ("", "x" * 500):
        post(writer, event(make(f"jobs{len(instance)}")), instance, NOW)
    assert [call.status for call in kubernetes.calls] == [201, 201]


def test_a_long_note_ends_in_an_ellipsis_and_in_a_whole_character(make: Make) -> None:
    for text in ("x" * 5000, "ä" * 5000, "x" + "𝄞" * 5000):
        note = document(event(make(f"j{len(text)}{ord(text[0])}"), note=text), "i", NOW)["message"]
        assert note.endswith("…")
        assert len(note.encode()) <= NOTE_LIMIT


def test_the_same_event_is_posted_once_and_another_one_too(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    jobs = make()
    for stamp in ("one", "one", "two"):
        post(writer, event(jobs, stamp=stamp), "vpsync", NOW)
    assert len(kubernetes.events) == 2


def test_the_same_stamp_about_another_resource_is_another_event(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    first = make()
    again = replace(first, uid="another")
    post(writer, event(first), "vpsync", NOW)
    post(writer, event(again), "vpsync", NOW)
    assert len(kubernetes.events) == 2


def test_the_time_is_that_of_the_event_or_now(make: Make) -> None:
    jobs = make()
    for at, shown in (
        ("2022-01-23T19:51:47.845773+01:00", "2022-01-23T18:51:47.845773Z"),
        ("", "2025-06-15T12:00:00.000000Z"),
        ("yesterday", "2025-06-15T12:00:00.000000Z"),
    ):
        assert document(event(jobs, at=at), "i", NOW)["eventTime"] == shown


@pytest.mark.parametrize(
    "action", [Answer(403), Answer(422), Answer(500), Answer(429), Fail(ConnectionError("reset"))]
)
def test_a_refused_event_is_a_line_in_the_log_and_no_error(
    kubernetes: FakeKubernetes,
    writer: Writer,
    make: Make,
    action: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    kubernetes.fault(on("POST", "/events$"), action, times=None)
    post(writer, event(make()), "vpsync", NOW)
    assert kubernetes.events == []
    assert "the event Created about VpDeploymentTarget team/jobs was not posted" in caplog.text


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
def test_an_event_is_about_the_version_that_kubectl_asks_for_whatever_the_manifest_has(
    make: Make, version: str
) -> None:
    jobs = replace(make(), api_version=f"{GROUP}/{version}")
    about = document(event(jobs), "i", NOW)["involvedObject"]
    assert about["apiVersion"] == f"{GROUP}/v1beta2"


def test_an_event_that_is_counted_says_what_was_so_the_last_time(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    held = replace(event(make()), recurs=True)
    for note in ("13 updates are held", "14 updates are held"):
        post(writer, replace(held, note=note), "vpsync", NOW)
    [posted] = kubernetes.events
    assert (posted["deprecatedCount"], posted["note"]) == (2, "14 updates are held")


def test_people_may_sort_by_the_last_time(make: Make) -> None:
    made = document(event(make(), at="2022-01-23T18:51:47.845773Z"), "i", NOW)
    assert made["firstTimestamp"] == made["lastTimestamp"] == "2022-01-23T18:51:47Z"
    assert made["count"] == 1
