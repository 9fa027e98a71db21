"""The tokens that a run creates for itself, and those that crashed runs left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from passes.scenario import manifest
from passes.world import Clock
from vpsync.controller.connect import opened
from vpsync.controller.wait import wait_until_settled
from vpsync.errors import PlatformUnauthorized
from vpsync.reconcile.run import Pass
from vpsync.redact.text import printable
from vpsync.sandbox import (
    CloseConnection,
    Fault,
    PresetToken,
    Reshape,
    Respond,
    Sandbox,
    SandboxOptions,
    fingerprint,
    on,
)
from vpsync.settings import Scope, Settings, VvpSettings
from vpsync.ververica.api_tokens import ApiTokens
from vpsync.ververica.run_tokens import RunTokens
from vpsync.ververica.tokens import Tokens

ADMIN = "admin-secret"
Run = Callable[..., Any]


@pytest.fixture
def clock() -> Clock:
    """VVP's clock: years from the one of this machine."""
    return Clock()


@pytest.fixture
def locked(clock: Clock) -> Iterator[Sandbox]:
    """A VVP that checks tokens, and in which ``people`` have one of their own."""
    tokens = [PresetToken("default", "people", "owner", "owner-secret")]
    with Sandbox(SandboxOptions(auth=True), clock, admin_token=ADMIN, tokens=tokens) as sandbox:
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


OTHERS = (
    "people-of-blue",
    "vpsync-blue",
    "vpsync-blue-",
    "vpsync-blue-nightly",
    "vpsync-blue-0123456",
    "vpsync-blue-012345678",
    "vpsync-blue-0123456G",
    "vpsync-blue-2-01234567",
    "vpsync-blue-01234567-89abcdef",
    "vpsync-green-01234567",
    "vpsync-blu-01234567",
    "Vpsync-blue-01234567",
)
"""Tokens of people, and of owner-ids that look like ``blue``."""

CRASHED = ("vpsync-blue-01234567", "vpsync-blue-89abcdef")


def left_by(sandbox: Sandbox, *names: str) -> None:
    """Tokens that are in VVP since now."""
    for name in names:
        body = {"name": f"namespaces/default/apitokens/{name}", "role": "owner"}
        status, _ = sandbox.call("POST", "/apitokens/v1/namespaces/default/apitokens", body)
        assert status == 200


def deletions(sandbox: Sandbox) -> list[str]:
    return [r.path.rpartition("/")[2] for r in sandbox.mutations() if r.method == "DELETE"]


class TestLeftovers:
    def test_of_crashed_runs_go_and_those_of_others_stay(
        self, locked: Sandbox, settings: Settings, clock: Clock
    ) -> None:
        left_by(locked, *CRASHED, *OTHERS)
        clock.advance(2 * settings.timeout + 1)
        with opened(settings, writable=True) as one:
            assert one.run().exit_code == 0
        assert set(tokens_of(locked)) == {"people", *OTHERS}

    def test_no_older_than_two_passes_may_be_of_a_run_that_lives(
        self, locked: Sandbox, settings: Settings, clock: Clock
    ) -> None:
        left_by(locked, CRASHED[0])
        clock.advance(2 * settings.timeout)
        left_by(locked, CRASHED[1])
        with opened(settings, writable=True) as one:
            one.run()
        assert set(tokens_of(locked)) == {"people", *CRASHED}

    def test_age_is_counted_in_pass_limits(
        self, locked: Sandbox, settings: Settings, clock: Clock
    ) -> None:
        left_by(locked, *CRASHED)
        clock.advance(130)
        with opened(replace(settings, timeout=60.0), writable=True) as one:
            one.run()
        assert set(tokens_of(locked)) == {"people"}

    def test_of_unknown_age_stay(self, locked: Sandbox, settings: Settings, clock: Clock) -> None:
        left_by(locked, CRASHED[0])
        clock.advance(10_000)
        listed = {"apiTokens": [{"name": f"namespaces/default/apitokens/{CRASHED[0]}"}]}
        locked.faults.add(Fault(on("GET", "/apitokens$"), Reshape(listed)))
        with opened(settings, writable=True) as one:
            one.run()
        assert set(tokens_of(locked)) == {"people", CRASHED[0]}

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_that_cannot_be_removed_do_not_disturb_the_run(
        self, locked: Sandbox, settings: Settings, clock: Clock, method: str
    ) -> None:
        left_by(locked, *CRASHED)
        clock.advance(10_000)
        place = r"/apitokens$" if method == "GET" else CRASHED[0]
        locked.faults.add(Fault(on(method, place), Respond(500), times=None))
        with opened(settings, writable=True) as one:
            assert one.run().exit_code == 0
        left = set(CRASHED) if method == "GET" else {CRASHED[0]}
        assert set(tokens_of(locked)) == {"people", *left}

    def test_are_left_alone_by_a_preview_and_by_a_run_that_has_a_token(
        self, locked: Sandbox, settings: Settings, clock: Clock
    ) -> None:
        left_by(locked, *CRASHED)
        clock.advance(10_000)
        with opened(settings, writable=False) as one:
            one.run(apply=False)
        with_token = replace(settings.vvp, tokens={"APPMANAGER_API_TOKEN": "owner-secret"})
        with opened(replace(settings, vvp=with_token), writable=True) as one:
            assert one.run().exit_code == 0
        assert set(tokens_of(locked)) == {"people", *CRASHED}
        assert not [r for r in locked.requests if "/apitokens" in r.path]


class Elapsed:
    """Our own clock, and VVP's with it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __call__(self) -> float:
        return self.clock.now.timestamp()


def looping(one: Pass, settings: Settings, clock: Clock) -> RunTokens:
    """The pass of a loop whose clock is that of the test."""
    one.vvp.run_tokens = RunTokens(
        one.vvp.tokens, ApiTokens(one.vvp), "blue", settings.timeout, monotonic=Elapsed(clock)
    )
    return one.vvp.run_tokens


class TestOfALoop:
    def test_are_renewed_before_another_run_may_take_them_for_leftovers(
        self, locked: Sandbox, settings: Settings, clock: Clock
    ) -> None:
        seen: dict[str, float] = {}
        with opened(settings, writable=True) as one:
            mine = looping(one, settings, clock)
            for _ in range(40):
                assert one.run().exit_code == 0
                [name] = set(tokens_of(locked)) - {"people"}
                made = seen.setdefault(name, clock.now.timestamp())
                assert clock.now.timestamp() - made <= settings.timeout / 2
                clock.advance(60)
            mine.remove_all()
        assert 5 < len(seen) < 10
        assert set(tokens_of(locked)) == {"people"}

    def test_that_another_run_removed_are_made_anew(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        with opened(settings, writable=True) as one:
            assert one.run().exit_code == 0
            [name] = set(tokens_of(locked)) - {"people"}
            locked.call("DELETE", f"/apitokens/v1/namespaces/default/apitokens/{name}")
            assert one.run().exit_code == 0
            [other] = set(tokens_of(locked)) - {"people"}
        assert other != name
        assert set(tokens_of(locked)) == {"people"}

    def test_whose_role_does_not_suffice_are_not_made_again_and_again(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        with opened(settings, writable=True) as one:
            one.run()
            locked.faults.add(Fault(on("GET", "/deployment-targets$"), Respond(403), times=None))
            mark = len(locked.mutations())
            for _ in range(3):
                one.run()
            assert len(locked.mutations()) == mark

    def test_are_asked_for_once_a_pass_until_vvp_gives_one(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        refused = locked.faults.add(Fault(on("POST", "/apitokens$"), Respond(403), times=3))
        with opened(settings, writable=True) as one:
            for number in range(1, 4):
                report = one.run()
                assert locked.faults.hits(refused) == number
                assert report.exit_code == 5
                [error] = {error for error in report.errors if "deployment-targets" in error}
                assert "none could be created: 403" in printable(error)
            assert one.run().exit_code == 0

    def test_of_a_lost_answer_go_in_the_next_pass(
        self, locked: Sandbox, settings: Settings
    ) -> None:
        locked.faults.add(Fault(on("POST", "/apitokens$"), CloseConnection()))
        with opened(settings, writable=True) as one:
            assert one.run().exit_code == 5
            [lost] = set(tokens_of(locked)) - {"people"}
            assert one.run().exit_code == 0
            assert lost not in tokens_of(locked)
            assert len(tokens_of(locked)) == 2


def test_are_removed_when_waiting_takes_too_long(locked: Sandbox, settings: Settings) -> None:
    file = Path(settings.scope.files[0]) / "job.yaml"
    file.write_text(yaml.safe_dump(manifest("deployment")))
    with opened(settings, writable=True) as one:
        times = iter(range(0, 10_000, 400))
        waited = wait_until_settled(
            lambda limit: one.run(), settings.timeout, one.stop, lambda: float(next(times))
        )
        assert not waited.arrived
        assert len(tokens_of(locked)) == 2
    assert set(tokens_of(locked)) == {"people"}


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_is_gone_already_is_no_trouble(
    clock: Clock, settings: Settings, caplog: pytest.LogCaptureFixture, status: Any
) -> None:
    options = SandboxOptions(auth=True, absent_token_status=status)
    tokens = [PresetToken("default", "people", "owner", "owner-secret")]
    with Sandbox(options, clock, tokens=tokens) as sandbox:
        vvp = replace(settings.vvp, app_manager_url=f"{sandbox.url}/api", platform_url=sandbox.url)
        with opened(replace(settings, vvp=vvp), writable=True) as one:
            one.run()
            [name] = set(tokens_of(sandbox)) - {"people"}
            sandbox.call("DELETE", f"/apitokens/v1/namespaces/default/apitokens/{name}")
    assert "left behind" not in caplog.text


def test_a_namespace_of_this_pass_has_its_token_made_as_soon_as_it_is_there(
    locked: Sandbox, settings: Settings
) -> None:
    """The sandbox's admin may not make tokens; an open Platform API, as the Go operator wants, may."""
    directory = Path(settings.scope.files[0])
    for name, document in {
        "fresh": manifest({"namespace": {"metadata": {"name": "fresh"}}}),
        "jobs": manifest({"target": {"spec": {"metadata": {"namespace": "fresh"}}}}),
    }.items():
        (directory / f"{name}.yaml").write_text(yaml.safe_dump(document))
    vvp = replace(settings.vvp, tokens={"PLATFORM_API_TOKEN": ADMIN})
    with opened(replace(settings, vvp=vvp), writable=True) as one:
        report = one.run()
    assert "fresh" in locked.snapshot()
    [error] = [row.why for row in report.rows() if row.what in ("failed", "stalled")]
    assert "none could be created: 403: " in error
    assert "(POST /apitokens/v1/namespaces/fresh/apitokens)" in printable(error)
    assert report.exit_code == 3


class TestRotation:
    def test_of_a_file_reaches_the_platform_too(
        self, locked: Sandbox, settings: Settings, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        file.write_text("old")
        tokens = Tokens({}, None, file)
        with opened(settings, writable=True) as one:
            one.vvp.tokens = tokens

            def rotate(request: Any) -> bool:
                file.write_text("owner-secret")
                return False

            locked.faults.add(Fault(rotate, Respond(500)))
            assert [token.name for token in ApiTokens(one.vvp).list_tokens("default")] == ["people"]
        assert [r.status for r in locked.requests] == [401, 200]

    def test_that_brings_another_wrong_token_is_followed_once(
        self, locked: Sandbox, settings: Settings, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        names = iter(range(100))

        def rotate(request: Any) -> bool:
            file.write_text(f"wrong-{next(names)}")
            return False

        file.write_text("wrong")
        locked.faults.add(Fault(rotate, Respond(500)))
        with opened(settings, writable=True) as one:
            one.vvp.tokens = Tokens({}, None, file)
            with pytest.raises(PlatformUnauthorized):
                one.vvp.raw_list("deployments", "default")
        assert [r.status for r in locked.requests] == [401, 401]
