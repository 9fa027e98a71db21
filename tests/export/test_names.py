"""Names in Kubernetes: valid, told apart, and the same in every export."""

from __future__ import annotations

import itertools

from vpsync.export.names import assigned
from vpsync.model.observed import Observed, PlatformKey, Snapshot


def target(name: str, namespace: str = "default") -> Observed:
    return Observed(PlatformKey("VpDeploymentTarget", namespace, name), f"{namespace}/{name}", {})


def named(*objects: Observed, taken: tuple[str, ...] = ()) -> dict[str, str]:
    return assigned(objects, taken, Snapshot())


def test_the_vvp_name_where_kubernetes_takes_it() -> None:
    assert named(target("jobs")) == {"default/jobs": "jobs"}


def test_what_kubernetes_does_not_take_becomes_a_dash() -> None:
    names = named(target("VVP_Jobs"), target("_old__jobs_"), target("___"))
    assert list(names.values()) == ["vvp-jobs", "old-jobs", "x"]


def test_the_same_name_in_two_vvp_namespaces_is_told_apart_by_them() -> None:
    names = named(target("jobs", "a"), target("jobs", "b"), target("other", "b"))
    assert names == {"a/jobs": "a-jobs", "b/jobs": "b-jobs", "b/other": "other"}


def test_names_that_differ_in_case_only_are_told_apart_for_good() -> None:
    names = named(target("Jobs"), target("jobs"), target("JOBS"))
    assert len(set(names.values())) == 3
    assert all(name.startswith("jobs-") for name in names.values())


def test_a_name_that_a_resource_has_is_not_given_again() -> None:
    assert named(target("jobs"), taken=("jobs",)) == {"default/jobs": "default-jobs"}


def test_the_order_in_which_vvp_lists_them_means_nothing() -> None:
    objects = [target("a-b", "c"), target("b", "c-a"), target("b", "c"), target("B", "c")]
    orders = [named(*order) for order in itertools.permutations(objects)]
    assert all(names == orders[0] for names in orders)
    assert len(set(orders[0].values())) == len(objects)


def test_long_names_stay_within_what_kubernetes_takes() -> None:
    names = named(target("x" * 250), target("X" * 250))
    assert all(len(name) <= 253 for name in names.values())
    assert len(set(names.values())) == 2
