"""Manifests from the raw lists of a cluster."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from vpsync.errors import ClusterError, ClusterNotFound, ClusterUnreachable
from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.resource import GROUP
from vpsync.source.cluster import ListKind, begin_lists, read_cluster

TARGETS, DEPLOYMENTS = KINDS[1], KINDS[2]


def document(kind: str, name: str, namespace: str = "team") -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-of-{name}"},
        "spec": {},
    }


def serving(answers: Mapping[tuple[str, str], Any], asked: list[tuple[str, str]]) -> ListKind:
    """A cluster that answers by kind and namespace, and notes what it was asked."""

    def list_kind(kind: Kind, namespace: str) -> Iterable[dict[str, Any]]:
        asked.append((kind.name, namespace))
        answer = answers.get((kind.name, namespace), [])
        if isinstance(answer, Exception):
            raise answer
        yield from answer

    return list_kind


def test_one_list_per_kind_over_all_namespaces() -> None:
    asked: list[tuple[str, str]] = []
    answers = {
        ("VpDeployment", ""): [document("VpDeployment", f"job-{n}", f"ns-{n}") for n in range(50)]
    }
    sourced = read_cluster(serving(answers, asked), KINDS, [])
    assert sorted(asked) == sorted((kind.name, "") for kind in KINDS)
    assert len(sourced.manifests) == 50
    assert all(manifest.in_cluster for manifest, _ in sourced.manifests)


def test_one_list_per_kind_and_named_namespace() -> None:
    asked: list[tuple[str, str]] = []
    read_cluster(serving({}, asked), [TARGETS, DEPLOYMENTS], ["a", "b"])
    assert sorted(asked) == [
        ("VpDeployment", "a"),
        ("VpDeployment", "b"),
        ("VpDeploymentTarget", "a"),
        ("VpDeploymentTarget", "b"),
    ]


def test_what_is_wrong_with_a_resource_in_a_cluster_is_for_its_schema_to_say() -> None:
    odd = {**document("VpDeployment", "odd"), "spec": {"spec": 5}}
    [(manifest, problems)] = read_cluster(
        serving({("VpDeployment", ""): [odd]}, []), [DEPLOYMENTS], []
    ).manifests
    assert (manifest.key.name, problems) == ("odd", [])


def test_a_list_that_fails_is_told_and_the_others_are_used() -> None:
    answers = {
        ("VpDeployment", ""): ClusterError("GET vpdeployments: 500"),
        ("VpDeploymentTarget", ""): [document("VpDeploymentTarget", "jobs")],
    }
    sourced = read_cluster(serving(answers, []), [TARGETS, DEPLOYMENTS], [])
    assert [manifest.key.name for manifest, _ in sourced.manifests] == ["jobs"]
    assert sourced.errors == ["GET vpdeployments: 500"]


def test_a_list_that_fails_in_the_middle_gives_nothing_of_it() -> None:
    def cut(kind: Kind, namespace: str) -> Iterable[dict[str, Any]]:
        yield document(kind.name, "first")
        if kind is DEPLOYMENTS:
            raise ClusterError("the second page is missing")

    sourced = read_cluster(cut, [TARGETS, DEPLOYMENTS], [])
    assert [manifest.key.kind for manifest, _ in sourced.manifests] == ["VpDeploymentTarget"]
    assert sourced.errors == ["the second page is missing"]


def test_when_all_lists_fail_nothing_can_be_decided() -> None:
    failing = {(kind.name, ""): ClusterUnreachable(f"no answer for {kind.name}") for kind in KINDS}
    with pytest.raises(ClusterUnreachable, match="VpNamespace"):
        read_cluster(serving(failing, []), KINDS, [])


def test_a_cluster_without_resources_is_no_failure() -> None:
    sourced = read_cluster(serving({}, []), KINDS, [])
    assert (sourced.manifests, sourced.errors, sourced.skipped) == ([], [], 0)


def test_manifests_stand_in_the_order_of_the_lists() -> None:
    answers = {
        (kind.name, ""): [document(kind.name, f"{kind.name.lower()}-{n}") for n in range(3)]
        for kind in KINDS
    }
    names = [
        manifest.key.name for manifest, _ in read_cluster(serving(answers, []), KINDS, []).manifests
    ]
    assert names == [f"{kind.name.lower()}-{n}" for kind in KINDS for n in range(3)]


def test_what_is_not_ours_in_an_answer_is_left_out() -> None:
    answers = {("VpDeployment", ""): [{"kind": "ConfigMap"}, document("VpDeployment", "orders")]}
    sourced = read_cluster(serving(answers, []), [DEPLOYMENTS], [])
    assert [manifest.key.name for manifest, _ in sourced.manifests] == ["orders"]


def test_lists_that_were_begun_are_asked_for_at_once_and_read_once() -> None:
    asked: list[tuple[str, str]] = []
    everything_asked = threading.Event()
    answer = serving({("VpDeployment", ""): [document("VpDeployment", "job")]}, asked)

    def list_kind(kind: Kind, namespace: str) -> Iterable[Mapping[str, Any]]:
        found = list(answer(kind, namespace))
        if len(asked) == 2:
            everything_asked.set()
        return found

    lists = begin_lists(list_kind, [TARGETS, DEPLOYMENTS], [])
    assert everything_asked.wait(10), "nobody had to want them first"
    for count in (2, 4):
        sourced = read_cluster(lists, [TARGETS, DEPLOYMENTS], [])
        assert [manifest.key.name for manifest, _ in sourced.manifests] == ["job"]
        assert len(asked) == count, "the second time they are listed anew"


def test_a_begun_list_that_fails_is_told_to_who_reads_it() -> None:
    answers = {("VpDeployment", ""): ClusterError("GET vpdeployments: 500")}
    lists = begin_lists(serving(answers, []), [TARGETS, DEPLOYMENTS], [])
    assert read_cluster(lists, [TARGETS, DEPLOYMENTS], []).errors == ["GET vpdeployments: 500"]


def test_without_any_crd_nothing_can_be_decided_and_the_way_out_is_told() -> None:
    missing = {(kind.name, ""): ClusterNotFound("404", status=404) for kind in KINDS}
    with pytest.raises(
        ClusterNotFound, match=r"nothing could be decided.*lacks the CRDs.*vpsync crds"
    ):
        read_cluster(serving(missing, []), KINDS, [])
