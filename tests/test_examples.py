"""The examples are valid, and fit together when all of them are applied."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.kinds import KINDS
from vpsync.model.observed import PlatformKey
from vpsync.model.resource import Desired, Manifest, ResourceKey
from vpsync.schema.load import SchemaSet, schema_directory

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FILES = sorted(EXAMPLES.rglob("*.yaml"))
TEAM_NAMESPACE = "orders-team"
EXAMPLE_HOSTS = {
    "example.com",
    "artifacts.example.com",
    "customers.example.com",
    "kafka.example.com",
    "s3.example.com",
}
"""Nobody can own these hosts (RFC 2606)."""
SCHEMAS = SchemaSet(kind.name for kind in KINDS)


def short(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


RESOURCES = [
    (path, document)
    for path in FILES
    for document in documents(path)
    if document["kind"].startswith("Vp")
]


def desired(document: dict[str, Any]) -> Desired:
    [kind] = [kind for kind in KINDS if kind.name == document["kind"]]
    metadata = document["metadata"]
    key = ResourceKey(kind.name, metadata.get("namespace", "default"), metadata["name"])
    return kind.declare(Manifest(key, document["spec"]))


def everything() -> list[Desired]:
    return [desired(document) for _path, document in RESOURCES]


@pytest.mark.parametrize(
    ("path", "document"), RESOURCES, ids=[short(path) for path, _document in RESOURCES]
)
class TestEveryExample:
    def test_is_valid(self, path: Path, document: dict[str, Any]) -> None:
        assert SCHEMAS.findings(document["kind"], document) == ()

    def test_keeps_the_rules_of_its_kind(self, path: Path, document: dict[str, Any]) -> None:
        assert desired(document).key.name == document["metadata"]["name"]

    def test_names_its_schema_for_editors(self, path: Path, document: dict[str, Any]) -> None:
        [named] = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", path.read_text(), re.M)
        expected = schema_directory() / f"{document['kind'].lower()}.json"
        assert (path.parent / named).resolve() == expected

    def test_names_the_teams_namespace_or_none(self, path: Path, document: dict[str, Any]) -> None:
        expected = TEAM_NAMESPACE if path.parent.name == "team" else None
        assert document["metadata"].get("namespace") == expected


@pytest.mark.parametrize("path", FILES, ids=short)
class TestEveryFile:
    def test_begins_with_a_sentence_on_what_it_shows(self, path: Path) -> None:
        assert re.match(r"# \w.*\.$", path.read_text(encoding="utf-8").splitlines()[0])

    def test_names_no_hosts_but_those_of_example_com(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        hosts = re.findall(r"(?:https?://|[\w]@)([\w.-]+)|([\w.-]+):\d{4}", text)
        assert {host for pair in hosts for host in pair if host} <= EXAMPLE_HOSTS


def test_there_is_one_for_each_kind_and_version() -> None:
    shown = Counter(
        (document["kind"], document["apiVersion"].rsplit("/", 1)[1])
        for path in EXAMPLES.glob("*.yaml")
        for document in documents(path)
    )
    assert shown == Counter((kind.name, version) for kind in KINDS for version in kind.versions)


def test_no_two_stand_for_one_vvp_object() -> None:
    keys = Counter(one.platform for one in everything() if one.platform.name)
    assert keys.most_common(1)[0][1] == 1


def test_whatever_they_refer_to_is_among_them() -> None:
    known = {one.platform for one in everything()}
    for one in everything():
        for name in one.reference.names if one.reference else ():
            assert one.reference
            assert PlatformKey(one.reference.kind, one.reference.namespace, name) in known


def test_vvp_namespaces_are_the_default_one_or_among_them() -> None:
    declared = {one.platform.name for one in everything() if one.key.kind == "VpNamespace"}
    assert {one.platform.namespace for one in everything()} <= declared | {"default"}


def test_savepoints_are_of_deployments_that_run() -> None:
    running = {
        one.platform.name
        for one in everything()
        if one.key.kind == "VpDeployment" and one.body["spec"].get("state") == "RUNNING"
    }
    savepoints = [one for one in everything() if one.key.kind == "VpSavepoint"]
    assert savepoints
    assert all(one.reference and set(one.reference.names) <= running for one in savepoints)
