"""HTTP to VVP: time limits, retries, and nothing but the expected JSON."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vpsync.errors import (
    PlatformConflict,
    PlatformError,
    PlatformFault,
    PlatformNotFound,
    PlatformRejected,
    PlatformUnauthorized,
    PlatformUnreachable,
)
from vpsync.net.deadline import Deadline
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
    Respond,
    Sandbox,
    fingerprint,
    on,
)
from vpsync.sandbox.actions import Action
from vpsync.ververica.transport import READS, WRITES, HttpOptions, Transport

from .conftest import OpenTransport

TOKEN = "CANARY-token"
ANY = on("*", ".")


def deployments(sandbox: Sandbox) -> str:
    return f"{sandbox.url}/api/v1/namespaces/default/deployments"


def bad_day(sandbox: Sandbox, action: Action, times: int | None = None) -> None:
    sandbox.faults.add(Fault(ANY, action, times))


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


class TestTimeLimits:
    def test_an_answer_that_does_not_come_is_given_up(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        bad_day(sandbox, Hang(5))
        with at_most(1.5), pytest.raises(PlatformUnreachable, match="within the time limit"):
            open_transport(attempts=1).send("GET", deployments(sandbox))

    @pytest.mark.parametrize(
        "drip",
        [Drip(pause=0.05, size=16), Drip(pause=0.02, size=1)],
        ids=["in the body", "in the headers"],
    )
    def test_an_answer_that_drips_is_given_up_after_the_whole_time(
        self, sandbox: Sandbox, open_transport: OpenTransport, drip: Drip
    ) -> None:
        for number in range(8):
            path = "/api/v1/namespaces/default/deployment-targets"
            body = {"metadata": {"name": f"t{number}"}, "spec": {"kubernetes": {"namespace": "x"}}}
            sandbox.call("POST", path, body)
        bad_day(sandbox, drip)
        target = deployments(sandbox).replace("deployments", "deployment-targets")
        with at_most(1.5), pytest.raises(PlatformUnreachable, match="within"):
            open_transport(attempts=1).send("GET", target)

    def test_a_connection_that_is_not_taken_is_given_up(
        self, open_transport: OpenTransport
    ) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            address = listener.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            with at_most(2), pytest.raises(PlatformUnreachable):
                open_transport(attempts=1).send("GET", f"http://127.0.0.1:{address[1]}/")
            for one in waiting:
                one.close()

    def test_a_late_answer_to_a_write_leaves_its_result_unknown(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        bad_day(sandbox, Hang(1), times=1)
        path = deployments(sandbox).replace("deployments", "deployment-targets")
        body = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "flink"}}}
        with pytest.raises(PlatformUnreachable):
            open_transport().send("POST", path, body=body)
        assert len(sandbox.mutations()) == 1


class TestRetries:
    @pytest.mark.parametrize(
        "action",
        [
            CloseConnection(deliver=False), CutBody(10), Respond(500), Respond(502), Respond(503),
            Respond(504), Respond(429),
        ],
    )  # fmt: skip
    def test_a_read_is_tried_three_times(
        self, sandbox: Sandbox, open_transport: OpenTransport, action: Action
    ) -> None:
        bad_day(sandbox, action, times=2)
        answer = open_transport().send("GET", deployments(sandbox))
        assert answer["items"] == []
        assert len(sandbox.requests) == 3

    def test_and_no_more(self, sandbox: Sandbox, open_transport: OpenTransport) -> None:
        bad_day(sandbox, Respond(500))
        with pytest.raises(PlatformFault):
            open_transport().send("GET", deployments(sandbox))
        assert len(sandbox.requests) == 3

    @pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
    @pytest.mark.parametrize("action", [CloseConnection(), Respond(500), Respond(503), CutBody(5)])
    def test_a_write_is_sent_once(
        self, sandbox: Sandbox, open_transport: OpenTransport, method: str, action: Action
    ) -> None:
        bad_day(sandbox, action)
        with pytest.raises(PlatformError):
            open_transport().send(method, deployments(sandbox), body={})
        assert [request.method for request in sandbox.requests] == [method]

    @pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
    @pytest.mark.parametrize(
        "refused",
        [
            Respond(429), Respond(429, None, (("Retry-After", "1"),)),
            Respond(503, None, (("Retry-After", "1"),)),
        ],
    )  # fmt: skip
    def test_a_write_that_was_refused_before_it_was_done_is_sent_again(
        self, sandbox: Sandbox, open_transport: OpenTransport, method: str, refused: Action
    ) -> None:
        bad_day(sandbox, refused, times=2)
        bad_day(sandbox, Respond(204))
        open_transport().send(method, deployments(sandbox), body={})
        assert [request.method for request in sandbox.requests] == [method] * 3

    def test_a_server_that_says_when_is_asked_until_the_time_of_the_pass_is_over(
        self, sandbox: Sandbox
    ) -> None:
        now, pauses = [100.0], list[float]()

        def pause(seconds: float) -> None:
            now[0] += seconds
            pauses.append(seconds)

        deadline = Deadline(clock=lambda: now[0])
        deadline.begin(8)
        options = HttpOptions(attempts=3, request_timeout=60)
        transport = Transport(options, WRITES, pause=pause, deadline=deadline)
        bad_day(sandbox, Respond(429, None, (("Retry-After", "2"),)))
        with pytest.raises(PlatformFault):
            transport.send("POST", deployments(sandbox), body={})
        transport.close()
        assert len(pauses) == 3
        assert all(2 <= seconds <= 2.4 for seconds in pauses), "never earlier than asked"

    def test_a_write_on_a_connection_that_was_closed_meanwhile_is_sent_once(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        transport = open_transport()
        bad_day(sandbox, CloseAfterAnswer(), times=1)
        transport.send("GET", deployments(sandbox))
        with pytest.raises(PlatformError):
            transport.send("POST", deployments(sandbox), body={"metadata": {"name": "UPPER"}})
        assert len(sandbox.mutations()) <= 1

    @pytest.mark.parametrize("action", [HtmlPage(), Garbage(), Redirect("/elsewhere")])
    def test_what_would_be_answered_the_same_again_is_not_asked_again(
        self, sandbox: Sandbox, open_transport: OpenTransport, action: Action
    ) -> None:
        bad_day(sandbox, action)
        with pytest.raises(PlatformFault):
            open_transport().send("GET", deployments(sandbox))
        assert len(sandbox.requests) == 1

    def test_pauses_grow_and_follow_retry_after_up_to_five_seconds(self, sandbox: Sandbox) -> None:
        pauses: list[float] = []
        transport = Transport(HttpOptions(attempts=3), READS, pause=pauses.append)
        bad_day(sandbox, Respond(503), times=3)
        with pytest.raises(PlatformFault):
            transport.send("GET", deployments(sandbox))
        assert 0.1 < pauses[0] < 0.3
        assert 0.4 < pauses[1] < 0.8
        pauses.clear()
        bad_day(sandbox, Respond(429, None, (("Retry-After", "3600"),)), times=1)
        bad_day(sandbox, Respond(429, None, (("Retry-After", "soon"),)), times=1)
        transport.send("GET", deployments(sandbox))
        assert 3.9 < pauses[0] < 6.1
        assert pauses[1] < 1
        transport.close()

    def test_a_run_that_is_to_end_does_not_wait_for_another_try(self, sandbox: Sandbox) -> None:
        transport = Transport(HttpOptions(), READS, pause=lambda seconds: True)
        bad_day(sandbox, Respond(503))
        with pytest.raises(PlatformFault):
            transport.send("GET", deployments(sandbox))
        transport.close()
        assert len(sandbox.requests) == 1


class TestReadOnly:
    @pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
    def test_a_preview_has_no_verb_that_writes(
        self, sandbox: Sandbox, open_transport: OpenTransport, method: str
    ) -> None:
        transport = open_transport(READS)
        with pytest.raises(PlatformRejected, match="cannot write"):
            transport.send(method, deployments(sandbox), body={})
        assert sandbox.requests == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, PlatformRejected), (401, PlatformUnauthorized), (403, PlatformUnauthorized),
            (404, PlatformNotFound), (405, PlatformRejected), (409, PlatformConflict),
            (422, PlatformRejected), (429, PlatformFault), (500, PlatformFault),
            (599, PlatformFault),
        ],
    )  # fmt: skip
    def test_each_status_has_its_error(
        self,
        sandbox: Sandbox,
        open_transport: OpenTransport,
        status: int,
        error: type[PlatformError],
    ) -> None:
        bad_day(sandbox, Respond(status, {"message": "VVP's own words"}))
        with pytest.raises(error) as raised:
            open_transport().send("GET", deployments(sandbox))
        assert f"{status}: VVP's own words" in str(raised.value)
        assert raised.value.status == status
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize(
        "body",
        ["<html>CANARY</html>", "CANARY", {"error": "CANARY"}, ["CANARY"], {"message": ["CANARY"]}],
    )
    def test_a_body_of_unknown_origin_is_never_shown(
        self, sandbox: Sandbox, open_transport: OpenTransport, body: Any
    ) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        bad_day(sandbox, Respond(400, body, content_type=kind))
        with pytest.raises(PlatformRejected) as raised:
            open_transport().send("GET", deployments(sandbox))
        assert "CANARY" not in str(raised.value)

    def test_a_token_is_hidden_before_vvps_words_are_cut(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        token = "CANARY-of-some-length"
        for room in range(470, 500):
            sandbox.faults.clear()
            bad_day(sandbox, Respond(400, {"message": f"{'x' * room} {token}"}))
            with pytest.raises(PlatformRejected) as raised:
                open_transport().send("GET", deployments(sandbox), token)
            assert "CAN" not in str(raised.value)

    def test_vvps_words_are_one_line_of_bounded_length_without_control_characters(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        bad_day(sandbox, Respond(400, {"message": "a\r\nb\x1b[31mc\t" + "x" * 5000}))
        with pytest.raises(PlatformRejected) as raised:
            open_transport().send("GET", deployments(sandbox))
        text = str(raised.value)
        assert "400: a b [31mc xxx" in text
        assert len(text) < 600
        assert text.isprintable()


class TestShape:
    @pytest.mark.parametrize(
        ("action", "words"),
        [
            (HtmlPage(), "text/html"),
            (Garbage(), "broken JSON"),
            (Respond(200, '{"a": NaN}'), "broken JSON"),
            (Respond(200, '{"a": Infinity}'), "broken JSON"),
            (Respond(200, "[" * 100_000), "broken JSON"),
            (Respond(200, '{"a":' * 100_000), "broken JSON"),
            (Respond(200, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")), "broken"),
            (Respond(200, "{} {}"), "broken JSON"),
            (Respond(200, "items: []", content_type="application/yaml"), "application/yaml"),
            (Redirect("http://127.0.0.1:1/"), "a redirect, status 302"),
            (Redirect("http://127.0.0.1:1/", 301), "a redirect, status 301"),
            (Redirect("http://127.0.0.1:1/", 307), "a redirect, status 307"),
            (Redirect("http://127.0.0.1:1/", 308), "a redirect, status 308"),
        ],
        ids=repr,
    )
    def test_anything_but_the_expected_json_is_an_error(
        self, sandbox: Sandbox, open_transport: OpenTransport, action: Action, words: str
    ) -> None:
        bad_day(sandbox, action)
        with pytest.raises(PlatformFault, match=words) as raised:
            open_transport(attempts=1).send("GET", deployments(sandbox))
        assert "Sign in" not in str(raised.value)

    @pytest.mark.parametrize("text", [None, "", "  \n"])
    def test_an_empty_body_is_nothing_and_no_empty_list(
        self, sandbox: Sandbox, open_transport: OpenTransport, text: str | None
    ) -> None:
        bad_day(sandbox, Respond(200, text))
        assert open_transport().send("GET", deployments(sandbox)) is None

    def test_a_cut_answer_is_an_error(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        bad_day(sandbox, CutBody(30))
        with pytest.raises(PlatformUnreachable, match="broke in the middle"):
            open_transport().send("GET", deployments(sandbox))

    def test_a_body_is_sent_as_json_in_utf_8(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        body = {"metadata": {"name": "jobs", "labels": {"team": "Aufträge"}},
                "spec": {"kubernetes": {"namespace": "flink"}}}  # fmt: skip
        path = deployments(sandbox).replace("deployments", "deployment-targets")
        open_transport().send("POST", path, body=body)
        [sent] = sandbox.requests
        assert sent.body == body
        assert sent.headers["content-type"] == "application/json"


@contextmanager
def trap() -> Iterator[tuple[int, list[bytes]]]:
    """A port that takes connections and keeps what it is told."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(0.2)
                    heard.append(connection.recv(65536))

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], heard
        done.set()
        thread.join()


class TestTokens:
    def test_a_token_goes_where_it_was_given_for(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        open_transport().send("GET", deployments(sandbox), TOKEN)
        [sent] = sandbox.requests
        assert sent.headers["authorization"] == fingerprint(f"Bearer {TOKEN}")

    def test_without_a_token_no_header_is_sent(
        self, sandbox: Sandbox, open_transport: OpenTransport
    ) -> None:
        open_transport().send("GET", deployments(sandbox))
        assert "authorization" not in sandbox.requests[0].headers

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_is_followed(
        self, sandbox: Sandbox, open_transport: OpenTransport, status: int
    ) -> None:
        with trap() as (port, heard):
            bad_day(sandbox, Redirect(f"http://127.0.0.1:{port}/", status))
            for method in ("GET", "POST"):
                with pytest.raises(PlatformFault):
                    open_transport().send(method, deployments(sandbox), TOKEN, {})
        assert heard == []

    def test_nothing_of_the_environment_carries_a_token_elsewhere(
        self,
        sandbox: Sandbox,
        open_transport: OpenTransport,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password netrc-password")
        (tmp_path / ".netrc").chmod(0o600)
        with trap() as (port, heard):
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("HOME", str(tmp_path))
            monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
            monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
            transport = open_transport()
            transport.send("GET", deployments(sandbox), TOKEN)
            transport.send("GET", deployments(sandbox))
        assert heard == []
        with_token, without = sandbox.requests
        assert with_token.headers["authorization"] == fingerprint(f"Bearer {TOKEN}")
        assert "authorization" not in without.headers

    def test_the_given_proxy_is_used(self, open_transport: OpenTransport) -> None:
        with trap() as (port, heard):
            transport = open_transport(proxy=f"http://127.0.0.1:{port}", attempts=1)
            with pytest.raises(PlatformUnreachable):
                transport.send("GET", "http://vvp.test/api/v1/x")
        assert heard
        assert heard[0].startswith(b"GET http://vvp.test/api/v1/x ")

    def test_no_error_and_no_log_line_holds_a_token_or_a_query(
        self, sandbox: Sandbox, open_transport: OpenTransport, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for action in (Respond(500), Respond(403), CloseConnection(), HtmlPage(), CutBody(5)):
            bad_day(sandbox, action, times=3)
            with pytest.raises(PlatformError) as raised:
                open_transport().send("GET", f"{deployments(sandbox)}?secret=CANARY", TOKEN)
            assert "CANARY" not in str(raised.value)
            sandbox.faults.clear()
        ours = [record for record in caplog.records if record.name.startswith("vpsync")]
        assert ours
        assert not [record for record in ours if "CANARY" in record.getMessage()]


def test_connections_are_kept_and_shared(sandbox: Sandbox, open_transport: OpenTransport) -> None:
    transport = open_transport(pool=2)
    threads = [
        threading.Thread(target=transport.send, args=("GET", deployments(sandbox)))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.requests) == 10


def test_a_host_that_nobody_knows_is_unreachable(open_transport: OpenTransport) -> None:
    with pytest.raises(PlatformUnreachable, match="no connection"):
        open_transport(attempts=1).send("GET", "http://vvp.invalid/api")
