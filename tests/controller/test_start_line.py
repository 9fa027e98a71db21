"""The first line of a run: whom it talks to, told once and before anything is changed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from builders import desired, manifest, observed, snapshot
from passes.scenario import manifest as document
from vpsync.controller.connect import opened
from vpsync.controller.start_line import StartLine, source_named, strange
from vpsync.errors import PlatformUnreachable
from vpsync.model.observed import Snapshot
from vpsync.model.resource import Desired
from vpsync.sandbox import Sandbox, SandboxOptions, on
from vpsync.settings import Scope, Settings, VvpSettings


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "vpsync")
    return caplog


@pytest.fixture
def vvp() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(version="2.6.3")) as sandbox:
        yield sandbox


@pytest.fixture
def settings(vvp: Sandbox, tmp_path: Path) -> Settings:
    for name in ("target", "deployment"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document(name)), encoding="utf-8")
    reached = VvpSettings(f"{vvp.url}/api", vvp.url, create_tokens=False)
    return Settings(vvp=reached, scope=Scope(files=(str(tmp_path),), owner_id="eu-1"))


def test_it_is_one_line_however_many_passes_there_are(
    vvp: Sandbox, settings: Settings, told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with opened(settings, writable=True) as one:
        for _ in range(3):
            one.run()
    assert told.messages == [
        f"VVP 2.6.3, enterprise edition, at {vvp.url}; manifests of {tmp_path}; owner id eu-1; "
        "2 resources"
    ]


def test_it_is_told_before_the_first_change(vvp: Sandbox, settings: Settings) -> None:
    with opened(settings, writable=True) as one:
        one.run()
    asked = [request.number for request in vvp.requests if "system-info" in request.path]
    assert len(asked) == 1
    assert asked[0] < vvp.mutations()[0].number


def test_a_quiet_run_asks_for_nothing_more(
    vvp: Sandbox, settings: Settings, told: pytest.LogCaptureFixture
) -> None:
    with opened(settings, writable=True) as one:
        one.run()
    told.clear()
    mark = len(vvp.requests)
    with opened(settings, writable=False, quiet=True) as one:
        one.run(apply=False)
    assert not [request for request in vvp.requests[mark:] if "system-info" in request.path]
    assert told.messages == []


def test_a_version_that_is_not_told_keeps_nothing_from_being_done(
    vvp: Sandbox, settings: Settings, told: pytest.LogCaptureFixture
) -> None:
    vvp.reject(on("GET", "system-info"), "no")
    with opened(settings, writable=True) as one:
        assert one.run().counts["create"] == 2
    assert told.messages[0].startswith("VVP of unknown version, enterprise edition, at ")


def test_the_community_edition_is_named(told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(edition="community")) as vvp:
        (tmp_path / "target.yaml").write_text(yaml.safe_dump(document("target")), encoding="utf-8")
        reached = VvpSettings(f"{vvp.url}/api", vvp.url)
        with opened(Settings(reached, Scope(files=(str(tmp_path),))), writable=False) as one:
            one.run(apply=False)
    assert ", community edition, at " in told.messages[0]


def test_of_a_vvp_that_was_not_asked_only_the_address_is_known(
    vvp: Sandbox, settings: Settings, told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    scope = replace(settings.scope, files=(str(tmp_path / "none"),))
    with opened(replace(settings, scope=scope), writable=False) as one:
        one.run(apply=False)
    assert told.messages[0].startswith(f"VVP at {vvp.url}, not asked; manifests of ")
    assert vvp.requests == []


def test_of_a_vvp_that_cannot_be_read_nothing_is_told_until_it_can(
    vvp: Sandbox, settings: Settings, told: pytest.LogCaptureFixture
) -> None:
    with opened(settings, writable=False) as one:
        beginning = StartLine(settings, one.vvp)
        away = PlatformUnreachable("no connection")
        beginning.tell(Snapshot(failed={("VpDeployment", "default"): away}), (), 2)
        assert told.messages == []
        beginning.tell(snapshot(), (), 2)
    assert len(told.messages) == 1


@pytest.mark.parametrize(
    ("scope", "context", "words"),
    [
        (Scope(files=("a", "b")), "", "manifests of a, b"),
        (Scope(), "prod", "cluster context prod"),
        (Scope(), "", "the cluster of this pod"),
    ],
)
def test_it_names_where_the_manifests_come_from(scope: Scope, context: str, words: str) -> None:
    assert source_named(scope, context) == words


class TestAnotherVvp:
    """The statuses remember ids, and another VVP has none of them."""

    def remembered(self, *names: str, kind: str = "VpDeployment") -> list[Desired]:
        status = {"id": "6f3a0c1e-0000-4000-8000-000000000001"}
        return [desired(manifest(kind, name=name, status=status)) for name in names]

    def test_is_told_by_count(self, told: pytest.LogCaptureFixture, settings: Settings) -> None:
        here = self.remembered("orders", "clicks")
        assert strange(snapshot(), here) == (
            "holds none of the 2 objects that the statuses of these resources name: "
            "is it the right one? Check --vvp-url"
        )

    def test_is_told_to_quiet_runs_too(
        self, vvp: Sandbox, told: pytest.LogCaptureFixture, settings: Settings
    ) -> None:
        with opened(settings, writable=False) as one:
            beginning = StartLine(settings, one.vvp, quiet=True)
            beginning.tell(snapshot(), self.remembered("orders", "clicks"), 2)
        [record] = told.records
        assert (record.levelname, vvp.url in record.getMessage()) == ("WARNING", True)

    def test_is_not_suspected_where_it_holds_one_of_them(self) -> None:
        here = self.remembered("orders", "clicks")
        held = observed(here[0].manifest, identity=str(here[0].manifest.status["id"]))
        assert strange(snapshot(held), here) == ""

    def test_is_not_suspected_where_one_object_is_gone(self) -> None:
        assert strange(snapshot(), self.remembered("orders")) == ""

    def test_is_not_suspected_where_lists_failed(self) -> None:
        assert strange(Snapshot(), self.remembered("orders", "clicks")) == ""

    def test_is_not_known_by_the_names_of_vvp_namespaces(self) -> None:
        assert strange(snapshot(), self.remembered("a", "b", kind="VpNamespace")) == ""
