"""The shipped manifests show tenancy: commented out for a whole cluster, and a Role for one team."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from vpsync.cli.reconcile import command
from vpsync.cli.settings_from_flags import settings_from
from vpsync.planning.policy import Tenancy

K8S = Path(__file__).resolve().parents[1] / "k8s"
FOR_ONE_TEAM = {"--watch-namespace=flink"}
SWITCHED_OFF = re.compile(r"^#(?=\S|  \S| {4,})", re.MULTILINE)
"""A number sign in the first column, right before YAML: comments have a blank behind it, or three."""

Document = dict[str, Any]


def shipped(name: str, *, tenancy: bool = False) -> list[Document]:
    """The documents of a file, with ``tenancy`` as they are without the signs before it."""
    text = (K8S / name).read_text(encoding="utf-8")
    documents = yaml.safe_load_all(SWITCHED_OFF.sub("", text) if tenancy else text)
    return [document for document in documents if document is not None]


def of_kind(documents: list[Document], kind: str, name: str | None = None) -> Document:
    [found] = [
        document
        for document in documents
        if document["kind"] == kind and name in (None, document["metadata"]["name"])
    ]
    return found


def pod(documents: list[Document]) -> Document:
    spec: Document = of_kind(documents, "CronJob")["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]
    return spec


def arguments(documents: list[Document]) -> list[str]:
    [container] = pod(documents)["containers"]
    given: list[str] = container["args"]
    return given


def tenancy_of(documents: list[Document], directory: Path) -> Tenancy:
    """What the arguments and the mounted map make of it, as the program reads them."""
    [mount] = pod(documents)["containers"][0]["volumeMounts"]
    [volume] = pod(documents)["volumes"]
    config = of_kind(documents, "ConfigMap")
    assert (volume["name"], volume["configMap"]["name"]) == (
        mount["name"],
        config["metadata"]["name"],
    )
    data: Mapping[str, str] = config["data"]
    for name, text in data.items():
        (directory / name).write_text(text, encoding="utf-8")
    here = [text.replace(mount["mountPath"], str(directory)) for text in arguments(documents)]
    context = command.make_context("reconcile", here[1:])
    return settings_from({**context.params, "create_tokens": False}).tenancy


def test_without_the_signs_the_cluster_wide_manifests_limit_everybody(tmp_path: Path) -> None:
    tenancy = tenancy_of(shipped("cronjob.yaml", tenancy=True), tmp_path)
    assert tenancy.admin_namespaces == frozenset({"vpsync"})
    assert tenancy.namespaces == {
        "team-a": frozenset({"team-a"}),
        "team-b": frozenset({"team-b", "team-b-staging"}),
    }


def test_with_the_signs_they_limit_nobody() -> None:
    documents = shipped("cronjob.yaml")
    assert not [text for text in arguments(documents) if "namespace" in text]
    assert "volumes" not in pod(documents)
    assert "ConfigMap" not in [document["kind"] for document in documents]


def test_a_team_of_its_own_has_its_namespace_and_its_vvp_namespace_alone(tmp_path: Path) -> None:
    tenancy = tenancy_of(shipped("namespaced.yaml"), tmp_path)
    assert tenancy.namespaces == {"flink": frozenset({"flink"})}
    assert tenancy.admin_namespaces == frozenset({"vpsync"})


def test_a_team_has_a_role_with_the_same_rules_and_nothing_cluster_wide() -> None:
    documents = shipped("namespaced.yaml")
    assert not [
        one["kind"] for one in documents if one["kind"].startswith(("Cluster", "Namespace"))
    ]
    assert {one["metadata"]["namespace"] for one in documents} == {"flink"}
    cluster_wide = of_kind(shipped("cronjob.yaml"), "ClusterRole")["rules"]
    # Which cluster it is in, no Role can let anybody read.
    grantable = [rule for rule in cluster_wide if rule["resources"] != ["namespaces"]]
    assert of_kind(documents, "Role", "vpsync")["rules"] == grantable
    lease = of_kind(shipped("cronjob.yaml"), "Role")["rules"]
    assert of_kind(documents, "Role", "vpsync-lease")["rules"] == lease
    for name in ("vpsync", "vpsync-lease"):
        binding = of_kind(documents, "RoleBinding", name)
        assert binding["roleRef"]["kind"] == "Role"
        assert [one["namespace"] for one in binding["subjects"]] == ["flink"]


def test_both_run_the_same_way() -> None:
    ours, theirs = shipped("namespaced.yaml"), shipped("cronjob.yaml", tenancy=True)
    assert set(arguments(ours)) == set(arguments(theirs)) | FOR_ONE_TEAM
    for documents in (ours, theirs):
        pod(documents)["containers"][0]["args"] = []
        of_kind(documents, "CronJob")["metadata"].pop("namespace")
    assert of_kind(ours, "CronJob") == of_kind(theirs, "CronJob")


def test_the_signs_take_away_the_map_and_no_other_document() -> None:
    plain = [document["kind"] for document in shipped("cronjob.yaml")]
    whole = [document["kind"] for document in shipped("cronjob.yaml", tenancy=True)]
    assert sorted([*plain, "ConfigMap"]) == sorted(whole)
    assert shipped("namespaced.yaml") == shipped("namespaced.yaml", tenancy=True)
