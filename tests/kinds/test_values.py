"""Values that mean the same to VVP although they are not the same."""

from __future__ import annotations

from typing import Any

import pytest

from vpsync.kinds import BY_NAME
from vpsync.kinds.values import same_value

KUBERNETES = ("spec", "template", "spec", "kubernetes")


@pytest.mark.parametrize(
    ("declared", "observed"),
    [
        (1.2, "1.2"),
        (7, "7"),
        (True, "true"),
        ([1], ["1"]),
        ({"a": False}, {"a": "false", "b": None}),
    ],
)
def test_a_scalar_is_held_as_text_where_a_text_belongs(declared: Any, observed: Any) -> None:
    assert same_value(declared, observed)


@pytest.mark.parametrize(
    ("declared", "observed"),
    [
        ("7", 7),
        (True, "True"),
        (True, "1"),
        (1.20, "1.20"),
        ([1], ["1", "2"]),
        (None, "None"),
        (0, ""),
    ],
)
def test_other_scalars_are_not_the_same(declared: Any, observed: Any) -> None:
    assert not same_value(declared, observed)


def container(**resources: Any) -> list[dict[str, Any]]:
    return [{"name": "flink", "resources": {"limits": resources}}]


@pytest.mark.parametrize(
    ("declared", "observed"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (2, "2"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1e3", "1k"),
    ],
)
def test_quantities_of_pods_count_by_their_size(declared: Any, observed: Any) -> None:
    kind = BY_NAME["VpDeployment"]
    pod = (*KUBERNETES, "taskManagerPodTemplate", "spec")
    sides = container(cpu=declared), container(cpu=observed)
    assert kind.same((*pod, "containers"), *sides)
    assert kind.same((*pod, "overhead", "cpu"), declared, observed)
    volumes = ([{"emptyDir": {"sizeLimit": size}}] for size in (declared, observed))
    assert kind.same((*pod, "volumes"), *volumes)


@pytest.mark.parametrize(
    ("declared", "observed"),
    [("1000m", "2"), ("1G", "1Gi"), ("1", None), ("lots", "many"), (True, "1")],
)
def test_quantities_of_other_sizes_differ(declared: Any, observed: Any) -> None:
    path = (*KUBERNETES, "taskManagerPodTemplate", "spec", "containers")
    sides = container(cpu=declared), container(cpu=observed)
    assert not BY_NAME["VpDeployment"].same(path, *sides)


def test_what_only_looks_like_a_quantity_is_compared_as_it_is() -> None:
    path = (*KUBERNETES, "pods", "labels", "size")
    assert not BY_NAME["VpDeployment"].same(path, "1000m", "1")
