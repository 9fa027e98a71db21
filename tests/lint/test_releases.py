"""From which release of VVP a field is, and what `--vvp-version` finds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vpsync.kinds import KINDS
from vpsync.lint.check import validate
from vpsync.model.json import Json, path_from_pointer
from vpsync.model.releases import release_in, shown_release
from vpsync.render.lint import lint_as_text
from vpsync.schema.load import SchemaSet

SINCE = {
    "/metadata/displayName": ("Orders", "2.4"),
    "/spec/sessionClusterName": ("sessions", "2.3"),
    "/spec/jobFailureExpirationTime": ("2h", "2.7"),
    "/spec/template/spec/latestCheckpointFetchInterval": (60, "2.11"),
    "/spec/template/spec/artifact/additionalDependencies": (["s3://a/b.jar"], "2.4"),
    "/spec/template/spec/kubernetes/labels": ({"a": "b"}, "2.6"),
    "/spec/template/spec/kubernetes/annotations": ({"a": "b"}, "2.15.11"),
    "/spec/template/spec/kubernetes/pods/labels": ({"a": "b"}, "2.1"),
    "/spec/template/spec/kubernetes/jobManagerPodTemplate": ({"spec": {}}, "2.4"),
    "/spec/template/spec/logging/loggingProfile": ("default", "2.1"),
}
"""Published specifications of 2.0 to 2.7, release notes of 2.11 and 2.15.11."""

BEFORE = {"2.1": "2.0", "2.3": "2.2", "2.4": "2.3.2", "2.6": "2.5", "2.7": "2.6.3", "2.11": "2.10.4",
          "2.15.11": "2.15.10"}  # fmt: skip


@pytest.fixture
def schemas() -> SchemaSet:
    return SchemaSet(kind.name for kind in KINDS)


def checked(
    tmp_path: Path, schemas: SchemaSet, place: str, value: Json, version: str = ""
) -> list[str]:
    """The lines about a deployment with one field more."""
    job = {"artifact": {"kind": "JAR", "jarUri": "s3://bucket/orders.jar"}}
    spec: Json = {"spec": {"state": "RUNNING", "template": {"spec": job}}}
    path = path_from_pointer(place)
    inner: Json = spec
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    document = {
        "apiVersion": "ververicaplatform.fintechstudios.com/v1beta2", "kind": "VpDeployment",
        "metadata": {"name": "orders"}, "spec": spec,
    }  # fmt: skip
    file = tmp_path / "a.yaml"
    file.write_text(yaml.safe_dump(document))
    release = release_in(version) if version else None
    found = validate([str(file)], schemas, strict=True, release=release)
    return lint_as_text(found).splitlines()


@pytest.mark.parametrize("place", SINCE)
class TestAField:
    def test_is_known_to_a_strict_check_whatever_release_it_is_from(
        self, tmp_path: Path, schemas: SchemaSet, place: str
    ) -> None:
        value, since = SINCE[place]
        [told] = checked(tmp_path, schemas, place, value)
        needed = release_in(since)
        assert needed is not None
        assert ("no problems" in told, f"need VVP {since} or newer, for /spec{place}." in told) == (
            True,
            needed > (2, 4),
        )

    def test_is_an_error_for_an_older_release_alone(
        self, tmp_path: Path, schemas: SchemaSet, place: str
    ) -> None:
        value, since = SINCE[place]
        older = BEFORE[since]
        told, _ = checked(tmp_path, schemas, place, value, older)
        text = f"/spec{place}: is from VVP {since} on, and {older} does not know it"
        assert told.endswith(text)
        assert len(checked(tmp_path, schemas, place, value, since)) == 1


def test_a_minor_release_means_its_newest_patch(tmp_path: Path, schemas: SchemaSet) -> None:
    place = "/spec/template/spec/kubernetes/annotations"
    assert len(checked(tmp_path, schemas, place, {"a": "b"}, "2.15")) == 1


@pytest.mark.parametrize(("version", "told"), [("2.14.1", 0), ("2.14.2", 1), ("2.15", 1)])
def test_what_a_release_removed_is_an_error_from_then_on(
    tmp_path: Path, schemas: SchemaSet, version: str, told: int
) -> None:
    place = "/spec/template/spec/flinkConfiguration"
    lines = checked(tmp_path, schemas, place, {"high-availability": "vvp-kubernetes"}, version)
    assert len(lines) == 1 + told
    assert told == 0 or "was removed in VVP 2.14.2: use high-availability.type" in lines[0]


def test_null_is_no_use_of_a_field(tmp_path: Path, schemas: SchemaSet) -> None:
    assert len(checked(tmp_path, schemas, "/spec/jobFailureExpirationTime", None, "2.4")) == 1


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("2.8", (2, 8)), ("v2.15.11", (2, 15, 11)), ("2.8.1-SNAPSHOT", (2, 8, 1)), ("", None),
        ("2", None), ("latest", None), ("2.8.", None), (" 2.4.0 ", (2, 4, 0)),
    ],
)  # fmt: skip
def test_versions_are_read_by_their_numbers(text: str, release: tuple[int, ...] | None) -> None:
    assert release_in(text) == release
    assert release is None or release_in(shown_release(release)) == release
