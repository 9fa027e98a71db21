"""Which token belongs to a request, and the tokens that a run creates for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from passes.scenario import manifest
from vpsync.errors import PlatformUnauthorized
from vpsync.reconcile import opened
from vpsync.sandbox import (
    CloseConnection,
    Fault,
    PresetToken,
    Respond,
    Sandbox,
    SandboxOptions,
    fingerprint,
    on,
)
from vpsync.settings import Scope, Settings, VvpSettings
from vpsync.ververica.tokens import Tokens


class TestNames:
    @pytest.mark.parametrize(
        ("environment", "namespace", "token"),
        [
            ({}, "default", None),
            ({"APPMANAGER_API_TOKEN": "all"}, "default", "all"),
            ({"APPMANAGER_API_TOKEN": "all", "APPMANAGER_API_TOKEN_DEFAULT": "own"}, "default", "own"),
            ({"APPMANAGER_API_TOKEN_TEAM-A": "dash"}, "team-a", "dash"),
            ({"APPMANAGER_API_TOKEN_TEAM_A": "underscore"}, "team-a", "underscore"),
            (
                {"APPMANAGER_API_TOKEN_TEAM_A": "underscore", "APPMANAGER_API_TOKEN_TEAM-A": "dash"},
                "team-a",
                "dash",
            ),
            ({"APPMANAGER_API_TOKEN_OTHER": "other"}, "default", None),
            ({"PLATFORM_API_TOKEN": "platform"}, "default", None),
            ({"APPMANAGER_API_TOKEN_DEFAULT": "", "APPMANAGER_API_TOKEN": "all"}, "default", "all"),
        ],
    )  # fmt: skip
    def test_the_most_specific_variable_that_is_not_empty_wins(
        self, environment: dict[str, str], namespace: str, token: str | None
    ) -> None:
        assert Tokens(environment).for_namespace(namespace) == token

    @pytest.mark.parametrize(
        ("environment", "namespace", "token"),
        [
            ({"PLATFORM_API_TOKEN": "platform", "APPMANAGER_API_TOKEN": "all"}, None, "platform"),
            ({"APPMANAGER_API_TOKEN": "all"}, None, "all"),
            ({"APPMANAGER_API_TOKEN_TEAM": "own", "APPMANAGER_API_TOKEN": "all"}, "team", "own"),
            ({"APPMANAGER_API_TOKEN_TEAM": "own"}, None, None),
        ],
    )
    def test_the_platform_has_its_own_token_or_that_of_the_namespace(
        self, environment: dict[str, str], namespace: str | None, token: str | None
    ) -> None:
        assert Tokens(environment).for_platform(namespace) == token


class TestFiles:
    def test_a_file_of_the_namespace_comes_first_then_the_common_one(self, tmp_path: Path) -> None:
        (tmp_path / "default").write_text("own\n")
        common = tmp_path / "common"
        common.write_text(" common \n")
        tokens = Tokens({"APPMANAGER_API_TOKEN": "environment"}, tmp_path, common)
        assert tokens.for_namespace("default") == "own"
        assert tokens.for_namespace("other") == "common"

    def test_without_a_file_the_environment_is_asked(self, tmp_path: Path) -> None:
        tokens = Tokens({"APPMANAGER_API_TOKEN": "environment"}, tmp_path)
        assert tokens.for_namespace("default") == "environment"

    def test_a_file_is_read_anew_for_every_request(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        tokens = Tokens({}, None, file)
        for text in ("one", "two"):
            file.write_text(text)
            assert tokens.for_namespace("default") == text

    @pytest.mark.parametrize("content", [b"", b" \n", b"a\nb", b"\xff\xfe"])
    def test_a_file_without_a_token_is_an_error_and_no_request_without_one(
        self, tmp_path: Path, content: bytes
    ) -> None:
        file = tmp_path / "token"
        file.write_bytes(content)
        with pytest.raises(PlatformUnauthorized, match="token file"):
            Tokens({"APPMANAGER_API_TOKEN": "environment"}, None, file).for_namespace("default")


ADMIN = "admin-secret"
Run = Callable[..., Any]


@pytest.fixture
def locked() -> Iterator[Sandbox]:
    """A VVP that checks tokens, and whose system lets anybody with the admin token create some."""
    tokens = [PresetToken("default", "people", "owner", "owner-secret")]
    with Sandbox(SandboxOptions(auth=True), admin_token=ADMIN, tokens=tokens) as sandbox:
        yield sandbox
        assert sandbox.failures == []


@pytest.fixture
def settings(locked: Sandbox, tmp_path: Path) -> Settings:
    """Of a run over one target, that has only the token of the platform."""
    (tmp_path / "jobs.yaml").write_text(yaml.safe_dump(manifest("target")))
    return Settings(
        vvp=VvpSettings(
            app_manager_url=f"{locked.url}/api",
            platform_url=locked.url,
            tokens={"PLATFORM_API_TOKEN": "owner-secret"},
        ),
        scope=Scope(files=(str(tmp_path),), owner_id="blue"),
    )


def tokens_of(sandbox: Sandbox) -> dict[str, str]:
    found: dict[str, str] = sandbox.snapshot()["default"]["apiTokens"]
    return found


class TestOfARun:
    def test_are_created_used_and_removed(self, locked: Sandbox, settings: Settings) -> None:
        with opened(settings, writable=True) as one:
            report = one.run()
            [name] = set(tokens_of(locked)) - {"people"}
            assert name.startswith("vpsync-blue-")
            assert tokens_of(locked)[name] == "owner"
        assert report.exit_code == 0
        assert locked.target("default", "jobs") is not None
        assert tokens_of(locked) == {"people": "owner"}
        assert [r.body["role"] for r in locked.mutations() if "apitokens" in r.path and r.body] == [
            "owner"
        ]

    def test_are_removed_when_the_pass_breaks(self, locked: Sandbox, settings: Settings) -> None:
        def broken() -> None:
            with opened(settings, writable=True) as one:
                one.run()
                assert len(tokens_of(locked)) == 2
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            broken()
        assert tokens_of(locked) == {"people": "owner"}

    def test_are_removed_when_the_answer_to_their_creation_is_lost(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        locked.faults.add(Fault(on("POST", "/apitokens$"), CloseConnection()))
        with opened(settings, writable=True) as one:
            one.run()
            assert len(tokens_of(locked)) == 2
        assert tokens_of(locked) == {"people": "owner"}

    def test_that_could_not_be_removed_are_told(
        self, locked: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        locked.faults.add(Fault(on("DELETE", "/apitokens/"), Respond(500)))
        with opened(settings, writable=True) as one:
            one.run()
        [left] = set(tokens_of(locked)) - {"people"}
        assert f"token {left} in VVP namespace default" in caplog.text

    def test_are_created_once_a_run(self, locked: Sandbox, settings: Settings) -> None:
        with opened(settings, writable=True) as one:
            for _ in range(3):
                one.run()
        creations = [r for r in locked.mutations() if r.method == "POST" and "apitoken" in r.path]
        assert len(creations) == 1

    def test_are_not_created_by_a_preview(self, locked: Sandbox, settings: Settings) -> None:
        with opened(settings, writable=False) as one:
            report = one.run(apply=False)
        assert report.exit_code == 5
        assert locked.mutations() == []

    def test_are_not_created_when_that_is_switched_off(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        off = replace(settings, vvp=replace(settings.vvp, create_tokens=False))
        with opened(off, writable=True) as one:
            report = one.run()
        assert report.exit_code == 5
        assert locked.mutations() == []

    def test_are_not_created_where_there_is_a_token(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        tokens = {"APPMANAGER_API_TOKEN_DEFAULT": "owner-secret"}
        with opened(
            replace(settings, vvp=replace(settings.vvp, tokens=tokens)), writable=True
        ) as one:
            assert one.run().exit_code == 0
        assert not [r for r in locked.requests if "apitokens" in r.path]

    def test_are_not_created_in_the_place_of_one_that_is_wrong(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        tokens = {"APPMANAGER_API_TOKEN": "wrong", "PLATFORM_API_TOKEN": "owner-secret"}
        with opened(
            replace(settings, vvp=replace(settings.vvp, tokens=tokens)), writable=True
        ) as one:
            assert one.run().exit_code == 5
        assert locked.mutations() == []

    def test_a_refusal_says_which_variable_is_missing(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        with opened(replace(settings, vvp=replace(settings.vvp, tokens={})), writable=True) as one:
            report = one.run()
        [error] = {error for error in report.errors if "deployment-targets" in error}
        assert "APPMANAGER_API_TOKEN_DEFAULT or APPMANAGER_API_TOKEN" in error

    def test_requests_carry_the_created_token(self, locked: Sandbox, settings: Settings) -> None:
        with opened(settings, writable=True) as one:
            one.run()
        seen = {
            r.headers.get("authorization") for r in locked.requests if r.path.startswith("/api/")
        }
        assert None in seen, "the first request had none"
        assert fingerprint("Bearer owner-secret") not in seen
        assert len(seen) == 2


def test_a_token_that_is_rotated_while_a_pass_runs_is_read_again(
    locked: Sandbox, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    vvp = replace(settings.vvp, tokens={}, create_tokens=False)
    with opened(replace(settings, vvp=vvp), writable=True) as one:
        one.vvp.tokens = Tokens({}, None, file)

        def rotate(request: Any) -> bool:
            file.write_text("owner-secret")
            return False

        locked.faults.add(Fault(rotate, Respond(500)))
        assert one.run().exit_code == 0
    assert locked.target("default", "jobs") is not None
