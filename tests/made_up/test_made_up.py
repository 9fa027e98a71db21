"""A kind that vpsync does not have goes the way of all kinds, by nothing but its contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from made_up.register import MADE_UP
from passes.scenario import manifest
from passes.world import NAMESPACE, World
from vpsync.cluster.client import Reader
from vpsync.export.collect import ExportRequest, collect
from vpsync.export.export import export
from vpsync.kinds import BY_NAME, KINDS
from vpsync.model.exit_code import ExitCode
from vpsync.model.resource import FINALIZER, annotation
from vpsync.render.json import report_as_json
from vpsync.render.resources import rows_of
from vpsync.schema.crds import crd
from vpsync.schema.load import SchemaSet
from vpsync.source.cluster import read_cluster
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import READS, HttpOptions, Transport

SECRET = "CANARY-value-of-the-secret"
ROTATED = "CANARY-value-after-rotation"
Document = dict[str, Any]


def document(value: str = SECRET, **metadata: Any) -> Document:
    return {
        "apiVersion": "ververicaplatform.fintechstudios.com/v1beta1",
        "kind": MADE_UP.name,
        "metadata": {"name": "password", "namespace": NAMESPACE, **metadata},
        "spec": {
            "metadata": {"namespace": "default", "labels": {"team": "orders"}},
            "spec": {"kind": "PLAIN", "value": value},
        },
    }


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world
        for secret in (SECRET, ROTATED):
            assert secret not in world.output.getvalue()


@pytest.fixture
def held(world: World) -> World:
    world.create(document())
    world.settle()
    return world


def test_is_registered_among_its_siblings() -> None:
    assert [kind.level for kind in KINDS] == sorted(kind.level for kind in KINDS)
    assert BY_NAME["VpMadeUp"] is MADE_UP


def test_is_created_with_its_secret_and_a_finalizer(held: World) -> None:
    assert held.sandbox.secret("default", "password") == SECRET
    resource = held.find(MADE_UP.name, "password")
    assert resource is not None
    assert resource["metadata"]["finalizers"] == [FINALIZER]
    assert {c["type"]: c["status"] for c in resource["status"]["conditions"]} == {
        "Ready": "True",
        "Synced": "True",
    }


def test_is_quiet_once_it_is_held(held: World) -> None:
    mark = held.mark()
    for _ in range(3):
        held.run()
    assert held.writes(mark) == []


def test_a_changed_secret_is_sent_once_and_shown_never(held: World) -> None:
    held.edit(MADE_UP.name, "password", {"spec": {"spec": {"value": ROTATED}}})
    preview = report_as_json(held.run(apply=False))
    [change] = preview["changes"]
    assert change["action"] == "update"
    [field] = change["fields"]
    bound = {name: field.pop(name) for name in ("digest", "keyId")}
    assert field == {"path": "/spec/value", "before": "***", "after": "***", "sensitive": True}
    assert ROTATED not in str(bound)
    held.settle()
    assert held.sandbox.secret("default", "password") == ROTATED
    mark = held.mark()
    for _ in range(3):
        held.run()
    assert held.writes(mark) == []


def test_a_changed_label_is_sent_like_any_other(held: World) -> None:
    held.edit(MADE_UP.name, "password", {"spec": {"metadata": {"labels": {"team": "billing"}}}})
    held.settle()
    _, seen = held.sandbox.call("GET", "/api/v1/namespaces/default/secret-values/password")
    assert seen["metadata"]["labels"] == {"team": "billing"}


def test_what_somebody_changes_in_vvp_is_drift(held: World) -> None:
    path = "/api/v1/namespaces/default/secret-values/password"
    held.sandbox.call("PATCH", path, {"metadata": {"labels": {"team": "other"}}})
    [change] = report_as_json(held.run(apply=False))["changes"]
    assert change["cause"] == "drift"
    assert [item["path"] for item in change["fields"]] == ["/metadata/labels/team"]
    held.settle()
    assert held.sandbox.call("GET", path)[1]["metadata"]["labels"] == {"team": "orders"}


def test_is_listed(held: World) -> None:
    reader = Reader(held.process.kubernetes, pause=lambda seconds: None)
    sourced = read_cluster(reader.list_kind, KINDS, ())
    short = {kind.name: kind.name for kind in KINDS}
    rows = rows_of([manifest for manifest, _ in sourced.manifests], short)
    [row] = [row for row in rows if row.key.kind == MADE_UP.name]
    assert row.ready == "True"


def test_is_explained_by_its_crd() -> None:
    [version] = crd(MADE_UP)["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["spec"]
    assert spec["properties"]["value"]["description"] == "The secret; VVP never shows it."


def test_is_exported_without_its_secret(held: World) -> None:
    transport = Transport(HttpOptions(), READS, pause=lambda seconds: None)
    vvp = held.settings.vvp
    client = Client(
        transport, vvp.app_manager_url, vvp.platform_url, Tokens({"APPMANAGER_API_TOKEN": "x"})
    )
    schemas = SchemaSet(kind.name for kind in KINDS)
    try:
        found = export(collect(client, ExportRequest((MADE_UP,)), "auto", 2), schemas, "default")
    finally:
        transport.close()
    [exported] = found.manifests
    assert exported.document["kind"] == MADE_UP.name
    assert exported.document["spec"]["spec"] == {"kind": "PLAIN"}


def test_is_adopted_where_the_resource_says_so(world: World) -> None:
    _, seen = world.sandbox.call(
        "POST",
        "/api/v1/namespaces/default/secret-values",
        {"metadata": {"name": "password"}, "spec": {"kind": "PLAIN", "value": "of a person"}},
    )
    world.create(document())
    assert world.run().rows()[0].why.startswith("NotOwned: ")
    world.edit(
        MADE_UP.name,
        "password",
        {"metadata": {"annotations": {annotation("adopt"): seen["metadata"]["id"]}}},
    )
    world.settle()
    assert world.sandbox.secret("default", "password") == SECRET


def test_is_deleted_and_lets_go_of_its_resource(held: World) -> None:
    held.delete(MADE_UP.name, "password")
    held.settle()
    assert held.sandbox.secret("default", "password") is None
    assert held.find(MADE_UP.name, "password") is None


def test_another_kind_goes_on_beside_it(held: World) -> None:
    held.create(manifest("target"))
    held.create(manifest("deployment"))
    held.settle()
    assert held.sandbox.deployment("default", "orders") is not None


@pytest.mark.parametrize("where", ["declaring", "planning", "applying", "judging"])
def test_a_bug_over_one_resource_stays_its_own(world: World, where: str) -> None:
    """``Stalled/InternalError`` with what to report, exit code 3, and all others are looked after."""
    world.create(manifest("target"))
    world.create(manifest("deployment"))
    odd = document()
    odd["spec"]["metadata"]["labels"] = {"stumbles": where}
    world.create(odd)
    for _ in range(4):
        report = world.run()
    assert report.exit_code == ExitCode.PROBLEMS
    assert [row.result.manifest.key.kind for row in report.problems()] == [MADE_UP.name]
    assert world.sandbox.deployment("default", "orders") is not None
    resource = world.find(MADE_UP.name, "password")
    assert resource is not None
    [stalled] = [c for c in resource["status"]["conditions"] if c["type"] == "Stalled"]
    assert stalled["reason"] == "InternalError"
    assert (
        "KeyError at register.py:" in stalled["message"]
        or "TypeError at apply.py:" in stalled["message"]
    )
    assert "please report it" in stalled["message"]
    assert "CANARY-words" not in world.output.getvalue()
