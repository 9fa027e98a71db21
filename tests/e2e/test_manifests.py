"""The overlays: built by kubectl, taken by the API server to the letter, the same as the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import manifests

from .admin import GROUP
from .apiserver.binaries import find_binaries
from .apiserver.server import ApiServer
from .harness import ROOT

OVERLAYS = sorted(path.parent.name for path in manifests.OVERLAYS.glob("*/kustomization.yaml"))
YOURS = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [vpsync/k8s/overlays/{overlay}]
images:
  - {{name: example.com/vpsync, newName: registry.example.com/vpsync, newTag: 1.2.3}}
"""

MIGRATED = "failed to migrate kubectl.kubernetes.io/last-applied-configuration"

Document = dict[str, Any]


@pytest.fixture(scope="session")
def kubectl() -> str:
    return str(find_binaries().kubectl)


def documents(text: str) -> list[Document]:
    return [one for one in yaml.safe_load_all(text) if one is not None]


def named(document: Document) -> tuple[str, str]:
    """Kind and name: kustomize has an order of its own."""
    return document["kind"], document["metadata"]["name"]


def pods(found: list[Document]) -> list[Document]:
    """What starts pods, each as the specification of its pod."""
    templates = {
        "CronJob": ("jobTemplate", "spec", "template"),
        "Deployment": ("template",),
        "StatefulSet": ("template",),
    }
    specs = []
    for one in found:
        spec = one["spec"] if one["kind"] in templates else None
        for step in templates.get(one["kind"], ()):
            assert spec is not None
            spec = spec[step]
        if spec is not None:
            specs.append(spec["spec"])
    return specs


def test_the_one_files_are_what_the_overlays_make(kubectl: str) -> None:
    assert (ROOT / "k8s/namespaced.yaml").read_text("utf-8") == manifests.namespaced(kubectl)
    assert (ROOT / "k8s/cronjob.yaml").read_text("utf-8") == manifests.cronjob()
    in_one = documents((ROOT / "k8s/cronjob.yaml").read_text("utf-8"))
    assert sorted(in_one, key=named) == sorted(
        documents(manifests.built("cronjob", kubectl)), key=named
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_accepted_to_the_letter(
    overlay: str, kubectl: str, apiserver: ApiServer
) -> None:
    """A field that is unknown or stands twice is an error; a pod outside the profile, a warning."""
    text = manifests.built(overlay, kubectl)
    for name in {one["metadata"].get("namespace", "vpsync") for one in documents(text)}:
        apiserver.kubectl("create", "namespace", name, check=False)
        apiserver.kubectl("label", "--overwrite", "namespace", name,
                          "pod-security.kubernetes.io/warn=restricted")  # fmt: skip
    told = apiserver.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server",
                             "--validate=strict", "-f", "-", input=text)  # fmt: skip
    assert len(told.stdout.splitlines()) == len(documents(text))
    # What another test applied by other means is not what is wrong with an overlay.
    assert [line for line in told.stderr.splitlines() if MIGRATED not in line] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_kustomization_of_yours_sets_the_image(
    overlay: str, kubectl: str, tmp_path: Path
) -> None:
    (tmp_path / "vpsync").symlink_to(ROOT)
    (tmp_path / "kustomization.yaml").write_text(YOURS.format(overlay=overlay), encoding="utf-8")
    found = pods(documents(manifests.kustomized(tmp_path, kubectl)))
    images = {container["image"] for spec in found for container in spec["containers"]}
    assert images == {"registry.example.com/vpsync:1.2.3"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_has_no_right_that_a_pass_does_not_need(overlay: str, kubectl: str) -> None:
    rules = [
        rule
        for one in documents(manifests.built(overlay, kubectl))
        if one["kind"] in ("Role", "ClusterRole")
        for rule in one["rules"]
    ]
    assert not [rule for rule in rules if {"*"} & {*rule["resources"], *rule["verbs"]}]
    ours = [rule for rule in rules if rule["apiGroups"] == [GROUP]]
    assert {verb for rule in ours for verb in rule["verbs"]} <= {"list", "patch", "watch"}
