"""Faults: what each action does to the answer, and to the platform."""

import contextlib
import time
from collections.abc import Callable

import pytest
import requests

from vpsync.sandbox import (
    CloseAfterAnswer,
    CloseConnection,
    CutBody,
    Drip,
    Fault,
    Garbage,
    Hang,
    HtmlPage,
    Redirect,
    Reshape,
    Respond,
    on,
)

from .api import Api, target

TARGETS = on("POST", r"/deployment-targets$")


def post(api: Api, name: str = "jobs") -> requests.Response:
    return api.post("deployment-targets", target(name))


def made(api: Api) -> bool:
    return api.sandbox.target("default", "jobs") is not None


def test_a_status_replaces_the_answer_and_spares_the_platform(api: Api) -> None:
    again = (("Retry-After", "7"),)
    api.sandbox.faults.add(Fault(TARGETS, Respond(503, {"message": "busy"}, again)))
    answer = post(api)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json() == {"message": "busy"}
    assert not made(api)
    assert post(api).status_code == 201


def test_a_status_may_come_after_the_platform_did_its_work(api: Api) -> None:
    api.sandbox.faults.add(Fault(TARGETS, Respond(504, "timeout", deliver=True)))
    answer = post(api)
    assert (answer.status_code, answer.text) == (504, "timeout")
    assert made(api)


def test_an_html_page_comes_with_status_200(api: Api) -> None:
    api.sandbox.faults.add(Fault(on("GET", ""), HtmlPage()))
    answer = api.get("deployments")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_cut_body_is_shorter_than_it_promised(api: Api) -> None:
    api.sandbox.faults.add(Fault(TARGETS, CutBody(keep=10)))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        post(api)
    assert made(api)


@pytest.mark.parametrize("deliver", [True, False])
def test_a_connection_may_end_without_an_answer(api: Api, deliver: bool) -> None:
    api.sandbox.faults.add(Fault(TARGETS, CloseConnection(deliver=deliver)))
    with pytest.raises(requests.ConnectionError):
        post(api)
    assert made(api) is deliver
    entry = api.sandbox.requests[-1]
    assert entry.status == 0
    assert entry.platform_status == (201 if deliver else 0)
    assert entry.applied is deliver


def test_a_connection_may_end_after_its_answer(api: Api) -> None:
    api.sandbox.faults.add(Fault(on("GET", ""), CloseAfterAnswer()))
    answer = api.get("deployments")
    assert answer.status_code == 200
    assert "Connection" not in answer.headers
    with contextlib.suppress(requests.ConnectionError):  # the client may notice in time
        post(api, "lost")
    assert post(api).status_code == 201


def test_garbage_is_not_json(api: Api) -> None:
    api.sandbox.faults.add(Fault(on("GET", ""), Garbage()))
    answer = api.get("deployments")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


@pytest.mark.parametrize("deliver", [True, False])
def test_a_hanging_answer_outlasts_the_clients_patience(api: Api, deliver: bool) -> None:
    api.sandbox.faults.add(Fault(TARGETS, Hang(30, deliver=deliver)))
    with pytest.raises(requests.Timeout):
        api.request("POST", "deployment-targets", target(), timeout=0.1)
    assert made(api) is deliver


def test_a_hang_ends_with_the_sandbox(api: Api) -> None:
    api.sandbox.faults.add(Fault(TARGETS, Hang(30)))
    with pytest.raises(requests.Timeout):
        api.request("POST", "deployment-targets", target(), timeout=0.05)
    before = time.monotonic()
    api.sandbox.stop()
    assert time.monotonic() - before < 5


def test_a_short_hang_only_delays(api: Api) -> None:
    api.sandbox.faults.add(Fault(TARGETS, Hang(0.05)))
    answer = post(api)
    assert answer.status_code == 201
    assert answer.elapsed.total_seconds() >= 0.05


def test_a_redirect_names_another_place(api: Api) -> None:
    there = "http://127.0.0.1:1/elsewhere"
    api.sandbox.faults.add(Fault(TARGETS, Redirect(there, 307)))
    answer = post(api)
    assert (answer.status_code, answer.headers["Location"]) == (307, there)
    assert not made(api)


def test_a_dripping_answer_is_whole_in_the_end(api: Api) -> None:
    api.sandbox.faults.add(Fault(on("GET", ""), Drip(pause=0.005, size=32)))
    answer = api.get("deployments")
    assert answer.json()["items"] == []
    assert answer.elapsed.total_seconds() > 0


@pytest.mark.parametrize("value", [[], {}, "text", 5, None, {"items": {}}, {"items": [{}]}])
def test_an_answer_may_have_another_shape(api: Api, value: object) -> None:
    api.sandbox.faults.add(Fault(on("GET", ""), Reshape(value)))
    answer = api.get("deployments")
    assert (answer.status_code, answer.json()) == (200, value)


def test_a_fault_meets_as_many_requests_as_it_says(api: Api) -> None:
    fault = api.sandbox.faults.add(Fault(on("GET", ""), Respond(500), times=2, skip=1))
    statuses = [api.get("deployments").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert api.sandbox.faults.hits(fault) == 2


def test_a_fault_without_times_stays_until_it_is_removed(api: Api) -> None:
    fault = api.sandbox.faults.add(Fault(on("*", "deployments"), Respond(500), times=None))
    assert [api.get("deployments").status_code for _ in range(3)] == [500] * 3
    assert api.sandbox.faults.hits(fault) == 3
    api.sandbox.faults.remove(fault)
    assert api.get("deployments").status_code == 200


def test_clear_removes_all_faults(api: Api) -> None:
    for _ in range(2):
        api.sandbox.faults.add(Fault(on("*", ""), Respond(500), times=None))
    api.sandbox.faults.clear()
    assert api.get("deployments").status_code == 200


def test_one_request_meets_one_fault(api: Api) -> None:
    for status in (500, 502):
        api.sandbox.faults.add(Fault(on("GET", ""), Respond(status)))
    assert [api.get("deployments").status_code for _ in range(3)] == [500, 502, 200]


def test_a_fault_may_look_at_the_whole_request(api: Api) -> None:
    def second_job(request: object) -> bool:
        return "second" in str(request)

    api.sandbox.faults.add(Fault(second_job, Respond(429)))
    assert post(api, "first").status_code == 201
    assert post(api, "second").status_code == 429


def test_a_rejection_says_what_vvp_says(api: Api) -> None:
    def big(request: object) -> bool:
        return "huge" in str(request)

    fault = api.sandbox.reject(big, "quota exceeded")
    for _ in range(2):
        answer = post(api, "huge")
        assert (answer.status_code, answer.json()) == (400, {"message": "quota exceeded"})
    assert post(api, "small").status_code == 201
    api.sandbox.faults.remove(fault)
    assert post(api, "huge").status_code == 201


def test_a_person_meets_no_fault(open_api: Callable[..., Api]) -> None:
    api = open_api()
    api.sandbox.faults.add(Fault(on("*", ""), Respond(500), times=None))
    assert api.sandbox.call("GET", "/api/v1/status")[0] == 200
