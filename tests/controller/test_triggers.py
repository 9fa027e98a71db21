"""Which changes start a pass, and that a watch which ends, expires or may not be had is no trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from vpsync.cluster.answers import Expired
from vpsync.cluster.watching import WatchEvent
from vpsync.controller import triggers
from vpsync.controller.triggers import Watch, fingerprint
from vpsync.errors import ClusterError, ClusterForbidden, ClusterUnreachable
from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.kinds.kind import Kind
from vpsync.model.json import JsonObject
from vpsync.model.resource import GROUP
from vpsync.status.events import OWN_ANNOTATIONS

HEAD: dict[str, Any] = {
    "namespace": "team", "name": "orders", "uid": "u", "generation": 1, "resourceVersion": "10",
    "labels": {"a": "b"}, "annotations": {"note": "x", f"{GROUP}/id": "one"},
    "managedFields": [{"manager": "kubectl"}], "finalizers": [],
}  # fmt: skip


def edited(**members: Any) -> JsonObject:
    return {**HEAD, "resourceVersion": "11", **members}


PEOPLE = {
    "a spec": edited(generation=2),
    "a label": edited(labels={"a": "c"}),
    "a label that goes": edited(labels={}),
    "an annotation": edited(annotations={"note": "y", f"{GROUP}/id": "one"}),
    "a request": edited(annotations={**HEAD["annotations"], f"{GROUP}/restart-requested-at": "1"}),
    "a deletion": edited(deletionTimestamp="2025-01-01T00:00:00Z"),
    "another of that name": edited(uid="v"),
}
VPSYNC = {
    "a status": edited(managedFields=[{"manager": "vpsync", "subresource": "status"}]),
    "a finalizer": edited(finalizers=["finalizers.fintechstudios.com"]),
    "its annotations": edited(
        annotations={"note": "x", **dict.fromkeys(OWN_ANNOTATIONS, "written by vpsync")}
    ),
    "none of them": edited(annotations={"note": "x"}),
}


@dataclass
class Server:
    """Lists and watches that are given out in turn; then it ends the watch that asks for more."""

    lists: list[tuple[list[JsonObject], str]] = field(default_factory=list)
    watched: list[list[WatchEvent | ClusterError]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The versions at which watches began."""
    ended: threading.Event = field(default_factory=threading.Event)

    def listed(self, kind: Kind, namespace: str) -> tuple[list[JsonObject], str]:
        heads, version = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        return [{"metadata": head} for head in heads], version

    def watch(self, kind: Kind, namespace: str, version: str) -> Iterator[WatchEvent]:
        self.asked.append(version)
        if not self.watched:
            self.ended.set()
            return iter(())
        events = self.watched.pop(0)
        if events and isinstance(events[0], ClusterError):
            raise events[0]
        return self._events(events)

    def _events(self, events: list[WatchEvent | ClusterError]) -> Iterator[WatchEvent]:
        for one in events:
            if isinstance(one, ClusterError):
                raise one
            yield one


@dataclass
class Followed:
    """What came of following a server to its end."""

    rings: int
    asked: list[str]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE", "WITHOUT_RIGHTS"):
        monkeypatch.setattr(triggers, name, 0.0)


def followed(server: Server) -> Followed:
    rings: list[int] = []
    one = Watch(server, DEPLOYMENT, "", lambda: rings.append(1), server.ended)  # type: ignore[arg-type]
    one.run()
    assert one.listed.is_set()
    return Followed(len(rings), server.asked)


def seen(metadata: JsonObject, *, gone: bool = False) -> WatchEvent:
    return WatchEvent(gone, bookmark=False, metadata=metadata)


@pytest.mark.parametrize("change", PEOPLE.values(), ids=PEOPLE)
def test_what_people_change_starts_a_pass(change: JsonObject) -> None:
    done = followed(Server([([HEAD], "10")], [[seen(change)]]))
    assert done.rings == 2, "one for the list, one for the change"


@pytest.mark.parametrize("write", VPSYNC.values(), ids=VPSYNC)
def test_what_vpsync_writes_starts_none(write: JsonObject) -> None:
    assert fingerprint(write) == fingerprint(HEAD)
    assert followed(Server([([HEAD], "10")], [[seen(write)]])).rings == 1


def test_a_new_resource_starts_a_pass_and_one_that_vanishes_untold_too() -> None:
    other = {**HEAD, "name": "other"}
    done = followed(Server([([], "10")], [[seen(other), seen(other, gone=True)]]))
    assert done.rings == 2


def test_the_end_of_a_deletion_is_for_vpsync_to_make_and_starts_none() -> None:
    going = edited(deletionTimestamp="2025-01-01T00:00:00Z")
    done = followed(Server([([HEAD], "10")], [[seen(going), seen(going, gone=True)]]))
    assert done.rings == 2, "one for the list, one for the deletion"


def test_a_watch_that_ends_is_resumed_where_it_came_to() -> None:
    bookmark = WatchEvent(gone=False, bookmark=True, metadata={"resourceVersion": "40"})
    broken = ClusterUnreachable("the connection was reset")
    server = Server([([HEAD], "10")], [[seen(edited())], [bookmark, broken], []])
    assert followed(server) == Followed(1, ["10", "11", "40", "40"])


def test_a_version_that_expired_begins_with_a_list_and_misses_nothing() -> None:
    lists: list[tuple[list[JsonObject], str]] = [
        ([HEAD], "10"),
        ([edited(generation=2)], "90"),
        ([], "95"),
    ]
    server = Server(lists, [[Expired("too old", status=410)], [Expired("too old", status=410)]])
    assert followed(server) == Followed(3, ["10", "90", "95"])


def test_a_missing_right_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    refused = ClusterForbidden("vpdeployments is forbidden: cannot watch", status=403)
    server = Server([([HEAD], "10")], [[refused] for _ in range(9)])
    with caplog.at_level("INFO", "vpsync"):
        followed(server)
    told, over = [record.message for record in caplog.records]
    assert told.startswith("changes of vpdeployments are noticed at the next pass only: ")
    assert told.endswith("cannot watch; --events needs the verb watch")
    assert over == "changes of vpdeployments are noticed at once again"


def test_an_outage_of_a_moment_is_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    away = ClusterUnreachable("no connection")
    with caplog.at_level("INFO", "vpsync"):
        followed(Server([([HEAD], "10")], [[away], [away]]))
        # Each of these ends a watch that had begun.
        followed(Server([([HEAD], "10")], [[seen(HEAD), away] for _ in range(9)]))
        assert caplog.records == []
        followed(Server([([HEAD], "10")], [[away] for _ in range(9)]))
    assert len(caplog.records) == 2


def test_an_api_server_that_is_back_is_a_reason_for_a_pass() -> None:
    away: list[WatchEvent | ClusterError] = [ClusterUnreachable("no connection")]
    assert followed(Server([([HEAD], "10")], [away] * 2)).rings == 1
    assert followed(Server([([HEAD], "10")], [away] * 3)).rings == 2


def test_an_outage_that_turns_out_to_be_a_missing_right_is_told_as_that(
    caplog: pytest.LogCaptureFixture,
) -> None:
    away: list[WatchEvent | ClusterError] = [ClusterUnreachable("no connection")]
    refused: list[WatchEvent | ClusterError] = [ClusterForbidden("may not watch", status=403)]
    followed(Server([([HEAD], "10")], [*[away] * 4, *[refused] * 4, *[away] * 4]))
    told = [record.getMessage().partition("only: ")[2] for record in caplog.records]
    assert [text for text in told if text] == [
        "no connection", "may not watch; --events needs the verb watch",
    ]  # fmt: skip
