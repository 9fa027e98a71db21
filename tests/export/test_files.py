"""Exported manifests take the place of what is there, and go nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from builders import manifest as resource
from builders import observed, snapshot
from vpsync.errors import SettingsError
from vpsync.export.declare import declared
from vpsync.export.files import write_files
from vpsync.export.owners import ObjectOwner
from vpsync.planning.ownership.marker import Ownership
from vpsync.render.files import replace_file


def test_a_link_is_replaced_and_only_by_force(tmp_path: Path) -> None:
    elsewhere, place = tmp_path / "elsewhere", tmp_path / "default" / "a.yaml"
    elsewhere.write_text("old")
    place.parent.mkdir()
    place.symlink_to(elsewhere)
    with pytest.raises(SettingsError, match="would be overwritten; --force does that"):
        write_files({place: "new"}, force=False)
    assert write_files({place: "new"}, force=True) == [place]
    assert (elsewhere.read_text(), place.read_text(), place.is_symlink()) == ("old", "new", False)


def test_a_dangling_link_is_no_way_out(tmp_path: Path) -> None:
    place = tmp_path / "a.yaml"
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="would be overwritten"):
        write_files({place: "new"}, force=False)
    assert not (tmp_path / "elsewhere").exists()


def test_a_linked_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "default").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="default is a link"):
        write_files({tmp_path / "default" / "a.yaml": "new"}, force=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.yaml"
    place.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(place, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.yaml", "old")]


@pytest.mark.parametrize(
    "uri",
    [
        "wasbs://container@account.blob.core.windows.net/a.jar",
        "abfss://container@account.dfs.core.windows.net/a.jar",
    ],
)
def test_the_container_of_an_azure_address_is_no_password(uri: str) -> None:
    there = observed(resource(), {"/spec/template/spec/artifact/jarUri": uri})
    found = declared(there, ObjectOwner(Ownership.UNOWNED), "orders", snapshot(there))
    assert found.left_out == ()
    assert uri in str(found.document)
