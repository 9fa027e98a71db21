"""Raw JSON to and from an API server: paging, retries, patches, and errors of our own."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import urllib3

from fakes.faults import Action, Answer, CutBody, Fail, on
from fakes.kubernetes import FakeKubernetes
from passes.world import CLUSTER_TOKEN
from vpsync.cluster import client as module
from vpsync.cluster.client import PAGE, Reader, Writer
from vpsync.errors import ClusterConflict, ClusterError, ClusterNotFound, ClusterUnreachable
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.model.resource import GROUP, Manifest
from vpsync.net.deadline import Deadline

from .conftest import Make

EVENT = {
    "metadata": {"name": "x", "namespace": "team"}, "reason": "R", "action": "A",
    "eventTime": "2025-01-01T00:00:00.000000Z", "reportingComponent": "c",
    "reportingInstance": "i", "type": "Normal", "involvedObject": {"namespace": "team"},
}  # fmt: skip

LISTS = on("GET", "/vpdeploymenttargets$")


def names(reader: Reader, namespace: str = "") -> list[str]:
    return [item["metadata"]["name"] for item in reader.list_kind(DEPLOYMENT_TARGET, namespace)]


class TestLists:
    def test_all_namespaces_or_one(self, reader: Reader, make: Make) -> None:
        make("one")
        make("two", namespace="other")
        assert sorted(names(reader)) == ["one", "two"]
        assert names(reader, "other") == ["two"]

    def test_come_in_the_storage_version_so_that_nothing_is_converted(
        self, kubernetes: FakeKubernetes, reader: Reader
    ) -> None:
        names(reader)
        assert kubernetes.calls[-1].path == f"/apis/{GROUP}/v1beta1/vpdeploymenttargets"

    def test_page_by_page(self, kubernetes: FakeKubernetes, reader: Reader, make: Make) -> None:
        for number in range(2 * PAGE + 1):
            make(f"jobs-{number:04}")
        assert len(names(reader)) == 2 * PAGE + 1
        assert [call.query["limit"] for call in kubernetes.calls] == [str(PAGE)] * 3
        assert ["continue" in call.query for call in kubernetes.calls] == [False, True, True]

    def test_hold_what_was_there_when_the_first_page_was_read(
        self, kubernetes: FakeKubernetes, reader: Reader, make: Make
    ) -> None:
        for number in range(PAGE + 1):
            make(f"jobs-{number:04}")

        def meddle(call: Any) -> bool:
            if "continue" in call.query:
                kubernetes.delete("VpDeploymentTarget", "team", f"jobs-{PAGE:04}")
            return False

        kubernetes.fault(meddle, Answer(500))
        assert len(names(reader)) == PAGE + 1

    def test_begin_again_when_their_token_expires(
        self, kubernetes: FakeKubernetes, reader: Reader, make: Make
    ) -> None:
        for number in range(PAGE + 1):
            make(f"jobs-{number:04}")
        expired = [False]

        def expire(call: Any) -> bool:
            if "continue" in call.query and not expired[0]:
                expired[0] = True
                kubernetes.expire_tokens()
            return False

        kubernetes.fault(expire, Answer(500))
        found = names(reader)
        assert len(found) == len(set(found)) == PAGE + 1
        assert [call.status for call in kubernetes.calls] == [200, 410, 200, 200]

    def test_that_expire_again_and_again_are_an_error_and_not_half_a_list(
        self, kubernetes: FakeKubernetes, reader: Reader, make: Make
    ) -> None:
        for number in range(PAGE + 1):
            make(f"jobs-{number:04}")
        kubernetes.fault(lambda call: "continue" in call.query, Answer(410), times=None)
        with pytest.raises(ClusterError, match="expired 3 times"):
            names(reader)

    def test_whose_second_page_is_lost_are_an_error_and_not_half_a_list(
        self, kubernetes: FakeKubernetes, reader: Reader, make: Make
    ) -> None:
        for number in range(PAGE + 1):
            make(f"jobs-{number:04}")
        kubernetes.fault(lambda call: "continue" in call.query, Answer(500), times=None)
        with pytest.raises(ClusterError):
            names(reader)

    def test_that_go_round_in_circles_are_an_error(
        self, kubernetes: FakeKubernetes, reader: Reader
    ) -> None:
        page = {"items": [], "metadata": {"continue": "again"}}
        kubernetes.fault(LISTS, Answer(200, data=json.dumps(page).encode()), times=None)
        with pytest.raises(ClusterError, match="circles"):
            names(reader)

    def test_that_do_not_end_are_an_error(self, kubernetes: FakeKubernetes, reader: Reader) -> None:
        def endless(call: Any) -> bool:
            page = {"items": [], "metadata": {"continue": f"page {call.number}"}}
            kubernetes.faults[0].action = Answer(200, data=json.dumps(page).encode())
            return True

        kubernetes.fault(endless, Answer(200), times=None)
        with pytest.raises(ClusterError, match="does not end after 1000 pages"):
            names(reader)

    def test_are_narrowed_by_the_selector(self, kubernetes: FakeKubernetes, make: Make) -> None:
        make("one", labels={"team": "orders"})
        make("two")
        assert names(Reader(kubernetes, selector="team in (orders,payments)")) == ["one"]

    def test_of_a_kind_without_its_crd_say_how_to_install_it(
        self, kubernetes: FakeKubernetes, reader: Reader
    ) -> None:
        kubernetes.installed.clear()
        with pytest.raises(ClusterNotFound, match=r"vpsync crds \| kubectl apply -f -"):
            names(reader)


FOREIGN: dict[str, Exception] = {
    "SSLError of urllib3": urllib3.exceptions.SSLError("SSLError"),
    "MaxRetryError": urllib3.exceptions.MaxRetryError(
        urllib3.HTTPConnectionPool("x"), "/", Exception()
    ),
    "ReadTimeoutError": urllib3.exceptions.ReadTimeoutError(
        urllib3.HTTPConnectionPool("x"), "/", "timed out"
    ),
    "ProtocolError": urllib3.exceptions.ProtocolError("aborted"),
    "NewConnectionError": urllib3.exceptions.NameResolutionError(
        "x", urllib3.connection.HTTPConnection("x"), socket.gaierror()
    ),
    "LocationParseError": urllib3.exceptions.LocationParseError("x"),
    "ConnectionRefusedError": ConnectionRefusedError(111, "Connection refused"),
    "TimeoutError": TimeoutError("timed out"),
    "SSLError": ssl.SSLError(1, "CERTIFICATE_VERIFY_FAILED"),
    "RemoteDisconnected": http.client.RemoteDisconnected("gone"),
    "OSError": OSError("no route to host"),
}


class TestErrors:
    @pytest.mark.parametrize("error", FOREIGN.values(), ids=FOREIGN)
    @pytest.mark.parametrize("where", ["connect", "body"])
    def test_no_foreign_exception_leaks(
        self, kubernetes: FakeKubernetes, reader: Reader, error: Exception, where: str
    ) -> None:
        action: Action = Fail(error) if where == "connect" else CutBody(error)
        kubernetes.fault(LISTS, action, times=None)
        with pytest.raises(ClusterUnreachable, match="API server does not answer") as raised:
            names(reader)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, ClusterError), (401, ClusterUnreachable), (403, ClusterError),
            (404, ClusterNotFound), (405, ClusterError), (409, ClusterConflict),
            (422, ClusterError), (429, ClusterError), (500, ClusterError), (503, ClusterError),
        ],
    )  # fmt: skip
    def test_each_status_has_its_error_with_the_servers_words(
        self,
        kubernetes: FakeKubernetes,
        reader: Reader,
        status: int,
        expected: type[ClusterError],
    ) -> None:
        kubernetes.fault(LISTS, Answer(status, "the server's\nown words"), times=None)
        with pytest.raises(expected) as raised:
            names(reader)
        assert "the server's own words" in str(raised.value)
        assert raised.value.status == status
        assert isinstance(raised.value, ClusterConflict) is (status == 409)

    @pytest.mark.parametrize("data", [b"<html>CANARY</html>", b"[1]", b'"CANARY"', b"", b"\xff"])
    def test_a_body_of_unknown_origin_is_not_shown(
        self, kubernetes: FakeKubernetes, reader: Reader, data: bytes
    ) -> None:
        kubernetes.fault(LISTS, Answer(403, data=data), times=None)
        with pytest.raises(ClusterError, match="no reason given") as raised:
            names(reader)
        assert "CANARY" not in str(raised.value)

    @pytest.mark.parametrize(
        "data", [b"<html>", b"", b"[" * 100_000, b'{"items": [}', b"\xff\xfe"], ids=repr
    )
    def test_anything_but_json_is_an_error(
        self, kubernetes: FakeKubernetes, reader: Reader, data: bytes
    ) -> None:
        kubernetes.fault(LISTS, Answer(200, data=data), times=None)
        with pytest.raises(ClusterError, match="is no JSON"):
            names(reader)

    @pytest.mark.parametrize(
        ("action", "words"),
        [
            (Fail(ConnectionRefusedError("Connection refused")), "connection refused"),
            (Fail(ssl.SSLError("CERTIFICATE_VERIFY_FAILED")), "TLS failed"),
            (Fail(TimeoutError("read timed out")), "no answer within the time limit"),
            (Fail(socket.gaierror(-2, "Name or service not known")), "the host is unknown"),
        ],
    )
    def test_the_usual_causes_are_told_in_plain_words(
        self, kubernetes: FakeKubernetes, reader: Reader, action: Action, words: str
    ) -> None:
        kubernetes.fault(LISTS, action, times=None)
        with pytest.raises(ClusterUnreachable, match=words):
            names(reader)

    def test_no_error_and_no_log_line_holds_the_token(
        self, kubernetes: FakeKubernetes, reader: Reader, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        kubernetes.fault(LISTS, Answer(401), times=1)
        with pytest.raises(ClusterError) as raised:
            names(reader)
        assert kubernetes.calls[-1].headers["authorization"] == f"Bearer {CLUSTER_TOKEN}"
        assert CLUSTER_TOKEN not in str(raised.value) + caplog.text


class TestRetries:
    @pytest.mark.parametrize(
        "action", [Answer(429), Answer(500), Answer(503), Fail(ConnectionResetError("reset"))]
    )
    def test_a_read_is_tried_three_times(
        self,
        kubernetes: FakeKubernetes,
        reader: Reader,
        make: Make,
        pauses: list[float],
        action: Action,
    ) -> None:
        make()
        kubernetes.fault(LISTS, action, times=2)
        assert names(reader) == ["jobs"]
        assert len(pauses) == 2
        assert pauses[0] < pauses[1] < 1

    def test_and_no_more(self, kubernetes: FakeKubernetes, reader: Reader) -> None:
        kubernetes.fault(LISTS, Answer(500), times=None)
        with pytest.raises(ClusterError):
            names(reader)
        assert len(kubernetes.calls) == 3

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_what_would_be_refused_again_is_not_asked_again(
        self, kubernetes: FakeKubernetes, reader: Reader, status: int
    ) -> None:
        kubernetes.fault(LISTS, Answer(status), times=None)
        with pytest.raises(ClusterError):
            names(reader)
        assert len(kubernetes.calls) == 1

    @pytest.mark.parametrize(
        ("header", "least", "most"), [("2", 1.5, 2.5), ("3600", 3.9, 6.1), ("soon", 0.1, 0.3)]
    )
    def test_retry_after_is_kept_up_to_five_seconds(
        self,
        kubernetes: FakeKubernetes,
        reader: Reader,
        pauses: list[float],
        header: str,
        least: float,
        most: float,
    ) -> None:
        kubernetes.fault(LISTS, Answer(429, headers={"Retry-After": header}))
        names(reader)
        assert least < pauses[0] < most

    def test_a_run_that_is_to_end_does_not_wait(self, kubernetes: FakeKubernetes) -> None:
        kubernetes.fault(LISTS, Answer(503), times=None)
        with pytest.raises(ClusterError):
            names(Reader(kubernetes, pause=lambda seconds: True))
        assert len(kubernetes.calls) == 1

    def test_a_run_that_is_to_end_does_not_blame_the_api_server(
        self, kubernetes: FakeKubernetes
    ) -> None:
        stop = threading.Event()
        stop.set()
        with pytest.raises(ClusterUnreachable) as raised:
            names(Reader(kubernetes, deadline=Deadline(stop)))
        assert str(raised.value) == "the run was interrupted"

    @pytest.mark.parametrize(
        "action",
        [
            Answer(429, headers={"Retry-After": "1"}), Answer(429), Answer(503), Answer(500),
            Fail(ConnectionResetError(104, "reset")),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize(
        "write",
        [
            lambda writer, jobs: writer.patch_status(jobs, {"id": "1"}),
            lambda writer, jobs: writer.patch_annotations(jobs, {"a": "b"}),
            lambda writer, jobs: writer.patch_json(jobs, []),
            lambda writer, jobs: writer.create_event("team", EVENT),
        ],
        ids=["status", "annotations", "finalizer", "event"],
    )
    def test_a_write_is_sent_again_for_it_names_what_it_changes_as_a_whole(
        self,
        kubernetes: FakeKubernetes,
        writer: Writer,
        make: Make,
        pauses: list[float],
        write: Callable[[Writer, Manifest], Any],
        action: Action,
    ) -> None:
        jobs = make()
        kubernetes.fault(lambda call: call.mutating, action, times=2)
        write(writer, jobs)
        assert len(kubernetes.mutations()) == 3
        assert len(pauses) == 2

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
    def test_a_write_that_would_be_refused_again_is_not_sent_again(
        self, kubernetes: FakeKubernetes, writer: Writer, make: Make, status: int
    ) -> None:
        jobs = make()
        kubernetes.fault(lambda call: call.mutating, Answer(status), times=None)
        with pytest.raises(ClusterError):
            writer.patch_status(jobs, {"id": "1"})
        assert len(kubernetes.mutations()) == 1

    def test_a_guarded_write_whose_answer_was_lost_conflicts_with_itself(
        self, kubernetes: FakeKubernetes, writer: Writer, make: Make
    ) -> None:
        """It is done once; that it was done is for the next pass to read."""
        jobs = make()
        lost = Fail(ConnectionResetError(104, "reset"), deliver=True)
        kubernetes.fault(lambda call: call.mutating, lost)
        with pytest.raises(ClusterConflict):
            writer.patch_status(jobs, {"id": "1"}, guarded=True)
        found = kubernetes.find("VpDeploymentTarget", "team", "jobs")
        assert found is not None
        assert found["status"]["id"] == "1"

    def test_an_event_whose_answer_was_lost_is_posted_once(
        self, kubernetes: FakeKubernetes, writer: Writer
    ) -> None:
        lost = Fail(ConnectionResetError(104, "reset"), deliver=True)
        kubernetes.fault(lambda call: call.mutating, lost)
        writer.create_event("team", EVENT)
        assert len(kubernetes.events) == 1


class TestWrites:
    def test_a_reader_has_no_way_to_write(self, reader: Reader) -> None:
        public = {name for name in dir(reader) if not name.startswith("_")}
        assert not {name for name in public if name.startswith(("patch", "create", "post", "put"))}
        assert not isinstance(reader, Writer)

    def test_a_status_patch_leaves_spec_generation_and_the_rest_of_the_status(
        self, kubernetes: FakeKubernetes, writer: Writer, make: Make
    ) -> None:
        jobs = make()
        writer.patch_status(jobs, {"id": "1"})
        writer.patch_status(jobs, {"observedGeneration": 1})
        found = kubernetes.find("VpDeploymentTarget", "team", "jobs")
        assert found is not None
        assert found["status"] == {"id": "1", "observedGeneration": 1}
        assert found["metadata"]["generation"] == 1
        assert found["spec"] == jobs.spec

    def test_a_guarded_status_patch_conflicts_with_any_change_since(
        self, kubernetes: FakeKubernetes, writer: Writer, make: Make
    ) -> None:
        jobs = make()
        edit = {"metadata": {"labels": {"a": "b"}}}
        kubernetes.edit("VpDeploymentTarget", "team", "jobs", edit)
        with pytest.raises(ClusterConflict):
            writer.patch_status(jobs, {"id": "1"}, guarded=True)
        writer.patch_status(jobs, {"id": "1"})

    def test_an_event_that_is_there_is_no_error(
        self, kubernetes: FakeKubernetes, writer: Writer
    ) -> None:
        for _ in range(2):
            writer.create_event("team", EVENT)
        assert [call.status for call in kubernetes.calls] == [201, 409]
        assert len(kubernetes.events) == 1

    @pytest.mark.parametrize("name", ["a/b", "../x", "a%2fb", "a?b", "ä"])
    def test_a_name_never_becomes_another_path(
        self, kubernetes: FakeKubernetes, writer: Writer, make: Make, name: str
    ) -> None:
        jobs = make()
        strange = replace(jobs, key=replace(jobs.key, name=name))
        with pytest.raises(ClusterError):
            writer.patch_annotations(strange, {"a": "b"})
        [call] = kubernetes.calls
        assert call.path.endswith(f"/vpdeploymenttargets/{name}")
        assert module.resource_path(strange).count("/") == module.resource_path(jobs).count("/")


def test_every_request_has_time_limits_and_says_who_asks(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    jobs = make()
    names(writer)
    writer.patch_annotations(jobs, {"a": "b"})
    assert {call.headers["user-agent"] for call in kubernetes.calls} == {"vpsync-test"}
    assert {call.headers["accept"] for call in kubernetes.calls} == {"application/json"}
