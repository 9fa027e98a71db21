"""Our finalizer: set and taken off on the object that was read, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.kubernetes import FakeKubernetes
from vpsync.cluster.client import Writer
from vpsync.cluster.finalizers import add_finalizer, confirm, remove_finalizer
from vpsync.errors import ClusterConflict, ClusterNotFound
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.source.manifest import manifest_from

from .conftest import Make

OTHER = "other.example.com/guard"


def held(kubernetes: FakeKubernetes) -> list[str]:
    found = kubernetes.find("VpDeploymentTarget", "team", "jobs")
    assert found is not None
    finalizers: list[str] = found["metadata"].get("finalizers", [])
    return finalizers


def read(kubernetes: FakeKubernetes) -> Manifest:
    found = kubernetes.find("VpDeploymentTarget", "team", "jobs")
    assert found is not None
    return manifest_from(found, "cluster")


@pytest.mark.parametrize("others", [[], [OTHER]])
def test_is_set_behind_those_of_others_and_gives_the_new_version(
    kubernetes: FakeKubernetes, writer: Writer, make: Make, others: list[str]
) -> None:
    version = add_finalizer(writer, make(finalizers=others))
    assert held(kubernetes) == [*others, FINALIZER]
    assert version == read(kubernetes).resource_version


def test_is_set_once(kubernetes: FakeKubernetes, writer: Writer, make: Make) -> None:
    add_finalizer(writer, make())
    mark = len(kubernetes.calls)
    add_finalizer(writer, read(kubernetes))
    assert kubernetes.calls[mark:] == []


def test_is_not_set_on_an_object_that_changed(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    jobs = make()
    kubernetes.edit("VpDeploymentTarget", "team", "jobs", {"metadata": {"finalizers": [OTHER]}})
    with pytest.raises(ClusterConflict):
        add_finalizer(writer, jobs)
    assert held(kubernetes) == [OTHER]


def test_is_not_set_on_an_object_that_is_being_deleted(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    make(finalizers=[OTHER])
    kubernetes.delete("VpDeploymentTarget", "team", "jobs")
    with pytest.raises(ClusterConflict):
        add_finalizer(writer, read(kubernetes))


def test_an_object_is_confirmed_while_it_is_what_was_read_and_not_changed_by_that(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    jobs = make(finalizers=[FINALIZER])
    confirm(writer, jobs)
    assert read(kubernetes) == jobs
    kubernetes.edit("VpDeploymentTarget", "team", "jobs", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(ClusterConflict):
        confirm(writer, jobs)


@pytest.mark.parametrize(
    "finalizers", [[FINALIZER], [OTHER, FINALIZER], [FINALIZER, OTHER], ["a.b/c", FINALIZER, OTHER]]
)
def test_is_taken_off_and_no_other(
    kubernetes: FakeKubernetes, writer: Writer, make: Make, finalizers: list[str]
) -> None:
    remove_finalizer(writer, make(finalizers=finalizers))
    assert held(kubernetes) == [name for name in finalizers if name != FINALIZER]


def test_is_the_last_that_holds_an_object_that_is_being_deleted(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    make(finalizers=[FINALIZER])
    kubernetes.delete("VpDeploymentTarget", "team", "jobs")
    remove_finalizer(writer, read(kubernetes))
    assert kubernetes.find("VpDeploymentTarget", "team", "jobs") is None


def test_is_not_taken_off_when_the_list_moved(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    """The place in the list is another one by now: what stands there is not ours to take."""
    jobs = make(finalizers=[FINALIZER, OTHER])
    patch = {"metadata": {"finalizers": [OTHER, FINALIZER]}}
    kubernetes.edit("VpDeploymentTarget", "team", "jobs", patch)
    with pytest.raises(ClusterConflict):
        remove_finalizer(writer, jobs)
    assert held(kubernetes) == [OTHER, FINALIZER]


def test_is_not_taken_off_another_object_of_the_same_name(
    kubernetes: FakeKubernetes, writer: Writer, make: Make
) -> None:
    jobs = make(finalizers=[FINALIZER])
    with pytest.raises(ClusterConflict):
        remove_finalizer(writer, replace(jobs, uid="another"))
    assert held(kubernetes) == [FINALIZER]


def test_of_an_object_that_is_gone_is_not_found(writer: Writer, make: Make) -> None:
    jobs = make(finalizers=[FINALIZER])
    with pytest.raises(ClusterNotFound):
        remove_finalizer(writer, replace(jobs, key=replace(jobs.key, name="gone")))
