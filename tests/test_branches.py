"""A branch against what was applied: files are compared with what a cluster's pass left in VVP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from passes.scenario import manifest
from passes.world import NAMESPACE, World, text_of
from vpsync.render.report import Report

NAMES = ("namespace", "target", "deployment", "savepoint")


@pytest.fixture
def world() -> Iterator[World]:
    """A world whose resources were reconciled from a cluster."""
    with World() as world:
        for name in NAMES:
            world.create(manifest(name))
        world.settle()
        yield world


def of_files(world: World, directory: Path, *, namespace: str = NAMESPACE) -> Report:
    """A preview of the files in a directory, over the same VVP; no cluster is asked."""
    world.directory = directory
    scope = replace(world.settings.scope, files=(str(directory),), namespaces=(namespace,))
    world.settings = replace(world.settings, scope=scope)
    calls = len(world.kubernetes.calls)
    report = world.run(apply=False)
    assert len(world.kubernetes.calls) == calls
    return report


def branch(world: World, directory: Path, *described: object) -> None:
    """Writes manifests as a repository holds them."""
    world.directory = directory
    for item in described:
        world.create(manifest(item))


def test_of_the_same_manifests_nothing_differs(world: World, tmp_path: Path) -> None:
    branch(world, tmp_path, *NAMES)
    report = of_files(world, tmp_path)
    assert text_of(report) == "No changes. 4 resources in sync.\n"


def test_only_what_the_branch_changed_differs(world: World, tmp_path: Path) -> None:
    parallelism = {"spec": {"spec": {"template": {"spec": {"parallelism": 3}}}}}
    branch(world, tmp_path, "namespace", "target", {"deployment": parallelism}, "savepoint")
    [change] = of_files(world, tmp_path).changes
    assert [item.pointer for item in change.fields] == ["/spec/template/spec/parallelism"]


def test_the_namespace_of_the_resources_is_part_of_the_marker(world: World, tmp_path: Path) -> None:
    branch(world, tmp_path, {"deployment": {"metadata": {"namespace": None}}})
    assert text_of(of_files(world, tmp_path)).endswith("No changes. 1 resource in sync.\n")
    [row] = of_files(world, tmp_path, namespace="elsewhere").rows()
    assert row.why.startswith("NotOwned: ")
    assert "belongs to team/orders" in row.why
