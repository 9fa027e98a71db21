"""``get``: kinds and names as kubectl takes them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from vpsync.cli.resource_arguments import asked_for, short_kinds
from vpsync.kinds import KINDS
from vpsync.model.resource import GROUP, ResourceKey

from .conftest import Vpsync


def kinds_of(*words: str) -> list[str]:
    return [kind.name for kind in asked_for(words, KINDS).kinds]


@pytest.mark.parametrize(
    "word",
    ["vpdeployment", "vpdeployments", "VpDeployment", "vpd", f"vpdeployments.{GROUP}",
     f"vpdeployments.v1beta1.{GROUP}"],
)  # fmt: skip
def test_a_kind_is_known_by_every_name_that_kubectl_knows(word: str) -> None:
    assert kinds_of(word) == ["VpDeployment"]


@pytest.mark.parametrize("word", ["all", "vvp", "ververica"])
def test_a_category_means_all_kinds_of_it(word: str) -> None:
    assert kinds_of(word) == [kind.name for kind in KINDS]


def test_several_kinds_are_listed_in_dependency_order() -> None:
    assert kinds_of("vpsp,vpns") == ["VpNamespace", "VpSavepoint"]


def test_names_narrow_a_kind() -> None:
    asked = asked_for(("vpd", "orders", "billing"), KINDS)
    assert asked.wants(ResourceKey("VpDeployment", "any", "orders"))
    assert not asked.wants(ResourceKey("VpDeployment", "any", "other"))
    found = [ResourceKey("VpDeployment", "any", "orders")]
    assert list(asked.missing(found)) == [
        "there is no VpDeployment 'billing' where it was looked for"
    ]


def test_kind_and_name_may_stand_together() -> None:
    asked = asked_for(("vpd/orders", "vpns/team"), KINDS)
    assert [kind.name for kind in asked.kinds] == ["VpNamespace", "VpDeployment"]
    assert asked.wants(ResourceKey("VpNamespace", "any", "team"))
    assert not asked.wants(ResourceKey("VpNamespace", "any", "orders"))


@pytest.mark.parametrize(
    "words",
    [("pods",), ("vpd,pods",), ("vpd,vpns", "orders"), ("vpd/orders", "x"), ("vpd/",), ("",)],
)
def test_what_kubectl_would_not_take_is_wrong_usage(words: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        asked_for(words, KINDS)


def test_every_kind_has_a_short_name() -> None:
    assert set(short_kinds()) == {kind.name for kind in KINDS}


@pytest.mark.parametrize(
    "arguments",
    [["pods"], ["vpd", "--kinds", "vpd"], ["-w", "-o", "json"], ["-o", "table"], ["-n", "a", "-A"],
     ["--kubeconfig", "nowhere"], []],
    ids=lambda arguments: " ".join(arguments) or "no kubeconfig",
)  # fmt: skip
def test_2_for_what_cannot_be_looked_at(vpsync: Vpsync, arguments: list[str]) -> None:
    done = vpsync("get", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_5_where_the_cluster_does_not_answer(vpsync: Vpsync, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(
        '{"apiVersion": "v1", "kind": "Config", "current-context": "x",'
        ' "clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:9"}}],'
        ' "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],'
        ' "users": [{"name": "x", "user": {}}]}'
    )
    for watch in ((), ("-w",)):
        done = vpsync("get", "--kubeconfig", str(config), *watch)
        assert (done.code, done.out) == (5, "")
        assert "does not answer" in done.err


def test_a_kind_on_the_command_line_wins_over_the_environment(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPSYNC_KINDS", "vpnamespaces")
    done = vpsync("get", "vpd", "--kubeconfig", "nowhere")
    assert "not both" not in done.err
    assert "nowhere" in done.err
