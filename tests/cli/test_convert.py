"""``vpsync convert``: from VVP's own form to manifests, on a command line."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from .conftest import Vpsync

OBJECT = {
    "kind": "DeploymentTarget", "apiVersion": "v1",
    "metadata": {"name": "jobs", "namespace": "default"},
    "spec": {"kubernetes": {"namespace": "flink"}},
}  # fmt: skip


def test_prints_manifests_that_a_check_passes(vpsync: Vpsync, tmp_path: Path) -> None:
    path = tmp_path / "raw.yaml"
    path.write_text(yaml.safe_dump(OBJECT))
    told = vpsync("validate", str(path))
    assert (told.code, "vpsync convert -f FILE" in told.out) == (3, True)
    done = vpsync("convert", "-f", str(path))
    assert (done.code, done.err) == (0, "")
    path.write_text(done.out)
    assert vpsync("validate", "--strict", str(path)).code == 0


def test_prints_a_list_as_json(vpsync: Vpsync, tmp_path: Path) -> None:
    path = tmp_path / "raw.json"
    path.write_text(json.dumps(OBJECT))
    done = vpsync("convert", "-o", "json", "-f", str(path))
    assert [one["kind"] for one in json.loads(done.out)["items"]] == ["VpDeploymentTarget"]


def test_ends_with_3_where_there_is_nothing_to_convert(vpsync: Vpsync, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text("kind: ConfigMap\n")
    done = vpsync("convert", "-f", str(path))
    assert (done.code, done.out) == (3, "")
    assert "there is nothing to convert" in done.err


def test_without_a_file_is_wrong_usage(vpsync: Vpsync) -> None:
    assert vpsync("convert").code == 2
