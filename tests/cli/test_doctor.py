"""``doctor`` without a cluster: what it finds out about a VVP by reading alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vpsync.sandbox import Fault, HtmlPage, PresetToken, Respond, Sandbox, SandboxOptions, on

from .conftest import Done, Vpsync

ROLES = ("viewer", "editor", "owner")
TOKENS = [PresetToken("default", role, role, f"CANARY-{role}") for role in ROLES]


def told(done: Done) -> dict[str, tuple[str, str, str]]:
    assert "CANARY" not in done.out + done.err
    return {
        one["check"]: (one["level"], one["message"], one["next"]) for one in done.report["checks"]
    }


def test_a_vvp_that_is_in_order_and_no_cluster(vpsync: Vpsync, vvp: Sandbox) -> None:
    done = vpsync("doctor", "--vvp-url", vvp.url)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"ok       VVP                 2.8.1, enterprise edition, at {vvp.url}"
    assert "none is configured" in next(line for line in lines if "cluster" in line)
    assert lines[-1] == "6 checks: 5 ok, 1 warning, 0 failures."
    assert vvp.mutations() == []


def test_with_a_sandbox_of_its_own(vpsync: Vpsync) -> None:
    assert vpsync("doctor", "--sandbox").code == 0


@pytest.mark.parametrize(
    ("token", "level", "words", "code"),
    [
        ("CANARY-owner", "ok", "owner", 0),
        ("CANARY-editor", "warning", "not for targets", 0),
        ("CANARY-viewer", "failure", "may only read", 3),
        ("CANARY-nobody", "failure", "the token is missing or not valid", 3),
        ("", "failure", "no token is set", 3),
    ],
)
def test_the_role_of_a_token_is_found_by_what_it_may_read(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch, token: str, level: str, words: str, code: int
) -> None:
    monkeypatch.setenv("APPMANAGER_API_TOKEN_DEFAULT", token)
    with Sandbox(SandboxOptions(auth=True), tokens=TOKENS) as sandbox:
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
        assert sandbox.mutations() == []
    found = told(done)["token of default"]
    assert found[0] == level
    assert words in found[1]
    assert done.code == code


@pytest.mark.parametrize(
    ("flags", "level"), [((), "warning"), (("--no-create-tokens",), "failure")]
)
def test_a_platform_token_makes_up_for_tokens_unless_that_is_switched_off(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], level: str
) -> None:
    monkeypatch.setenv("PLATFORM_API_TOKEN", "CANARY-admin")
    options = SandboxOptions(auth=True, namespaces=("a", "b-c"))
    with Sandbox(options, admin_token="CANARY-admin") as sandbox:
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json", *flags)
    checks = told(done)
    assert checks["Platform API"][:2] == ("ok", "lists 2 VVP namespaces")
    assert checks["token of a"][0] == checks["token of b-c"][0] == level
    assert "APPMANAGER_API_TOKEN_B_C" in checks["token of b-c"][2]


def test_a_platform_token_that_is_refused_is_a_failure(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPMANAGER_API_TOKEN", "CANARY-owner")
    with Sandbox(SandboxOptions(auth=True), tokens=TOKENS) as sandbox:
        call = ("doctor", "--vvp-url", sandbox.url, "-o", "json")
        assert told(vpsync(*call))["Platform API"][0] == "warning"
        monkeypatch.setenv("PLATFORM_API_TOKEN", "CANARY-wrong")
        done = vpsync(*call)
    assert (done.code, told(done)["Platform API"][0]) == (3, "failure")


def test_a_token_file_that_cannot_be_used_is_told(vpsync: Vpsync, tmp_path: Path) -> None:
    (tmp_path / "default").write_text("")
    with Sandbox(SandboxOptions(auth=True), tokens=TOKENS) as sandbox:
        done = vpsync(
            "doctor", "--vvp-url", sandbox.url, "--vvp-token-dir", str(tmp_path), "-o", "json"
        )
    assert done.code == 3
    assert "holds no token" in told(done)["token of default"][1]


def test_a_fault_that_quotes_another_status_makes_no_community_edition(vpsync: Vpsync) -> None:
    with Sandbox() as sandbox:
        fault = Respond(500, {"message": "upstream said: 501 Not Implemented"})
        sandbox.faults.add(Fault(on("GET", "^/namespaces/"), fault, times=None))
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
    checks = told(done)
    assert "edition unknown" in checks["VVP"][1]
    assert checks["Platform API"][0] == "failure"


def test_the_community_edition_has_neither_platform_api_nor_tokens(vpsync: Vpsync) -> None:
    with Sandbox(SandboxOptions(edition="community")) as sandbox:
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
    checks = told(done)
    assert done.code == 0
    assert "community edition" in checks["VVP"][1]
    assert checks["Platform API"][1] == "none, as in the Community Edition"
    assert checks["token of default"][0] == "ok"


@pytest.mark.parametrize(
    ("version", "level"), [("2.3.9", "warning"), ("2.4.0", "ok"), ("2.15.1", "ok")]
)
def test_an_old_server_is_told(vpsync: Vpsync, version: str, level: str) -> None:
    with Sandbox(SandboxOptions(version=version)) as sandbox:
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
    assert told(done)["VVP"][0] == level


def test_a_clock_that_is_off_is_told(vpsync: Vpsync) -> None:
    with Sandbox(clock=lambda: datetime.now(UTC) - timedelta(hours=1)) as sandbox:
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
    assert done.code == 3
    assert "behind this machine's clock" in told(done)["clock of VVP"][1]


def test_tokens_that_crashed_runs_left_are_told(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is as old as the sandbox's clock was when it was made."""
    monkeypatch.setenv("APPMANAGER_API_TOKEN", "CANARY-owner")
    now = [datetime.now(UTC) - timedelta(days=1)]
    dead = PresetToken("default", "vpsync-default-0123abcd", "owner", "CANARY-dead")
    with Sandbox(SandboxOptions(auth=True), lambda: now[0], tokens=[*TOKENS, dead]) as sandbox:
        now[0] = datetime.now(UTC)
        done = vpsync("doctor", "--vvp-url", sandbox.url, "-o", "json")
    level, text, step = told(done)["tokens of old runs"]
    assert (done.code, level) == (0, "warning")
    assert "default/vpsync-default-0123abcd" in text
    assert step


class TestNotVvp:
    def test_5_where_neither_side_answers(self, vpsync: Vpsync) -> None:
        done = vpsync("doctor", "--vvp-url", "http://127.0.0.1:9")
        assert done.code == 5
        assert done.out.startswith("failure  VVP")
        assert "--vvp-url" in done.out

    def test_a_page_of_something_else_is_not_vvp(self, vpsync: Vpsync, vvp: Sandbox) -> None:
        vvp.faults.add(Fault(on("GET", "system-info"), HtmlPage(), times=None))
        done = vpsync("doctor", "--vvp-url", vvp.url)
        assert done.code == 5
        assert "does not answer as VVP does" in done.out

    def test_a_list_that_fails_is_a_failure_and_the_other_checks_go_on(
        self, vpsync: Vpsync, vvp: Sandbox
    ) -> None:
        vvp.faults.add(
            Fault(on("GET", "/deployments$"), Respond(500, {"message": "no"}), times=None)
        )
        done = vpsync("doctor", "--vvp-url", vvp.url, "-o", "json")
        checks = told(done)
        assert (done.code, checks["token of default"][0], checks["VVP"][0]) == (3, "failure", "ok")

    def test_a_token_that_vvp_quotes_is_not_shown(
        self, vpsync: Vpsync, vvp: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPMANAGER_API_TOKEN", "CANARYtoken")
        quoting = Respond(500, {"message": "no to CANARYtoken"})
        vvp.faults.add(Fault(on("GET", "/deployments$"), quoting, times=None))
        done = vpsync("doctor", "--vvp-url", vvp.url)
        assert "no to ***" in done.out
        assert "CANARY" not in done.out + done.err

    def test_2_for_a_kubeconfig_that_was_named_and_is_none(
        self, vpsync: Vpsync, vvp: Sandbox
    ) -> None:
        assert vpsync("doctor", "--vvp-url", vvp.url, "--kubeconfig", "nowhere").code == 2
