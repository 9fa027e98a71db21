"""Nothing below a directory that may hide a manifest is passed over: unreadable is never gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vpsync.errors import SettingsError
from vpsync.model.resource import GROUP
from vpsync.source.files import Files, read_files
from vpsync.source.walk import FileWalk, UnreadableFile

TARGET = f"""\
apiVersion: {GROUP}/v1beta1
kind: VpDeploymentTarget
metadata: {{name: jobs}}
spec: {{spec: {{kubernetes: {{namespace: flink}}}}}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory with one manifest."""
    directory = tmp_path / "manifests"
    directory.mkdir()
    (directory / "a.yaml").write_text(TARGET)
    return directory


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


HIDES: dict[str, Callable[[Path], object]] = {
    "is a link to nothing": lambda path: path.symlink_to("gone.yaml"),
    "is a pipe; name it with -f to read it": os.mkfifo,
    "is a link to a directory and not followed; name that directory with -f": lambda path: (
        path.symlink_to("/usr")
    ),
    "is a socket; name it with -f to read it": _socket,
    "Too many levels of symbolic links": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("text", HIDES)
def test_what_may_hide_a_manifest_is_told_and_the_others_are_read(
    root: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    HIDES[text](Path("z.yaml"))
    sourced = read_files(["."])
    assert [manifest.key.name for manifest, _ in sourced.manifests] == ["jobs"]
    assert sourced.errors == [f"z.yaml: {text}"]


def test_a_directory_that_the_system_refuses_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "secret").mkdir()
    scandir = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert list(FileWalk((str(root),)).files()) == [
        str(root / "a.yaml"),
        UnreadableFile(str(root / "secret"), "Permission denied"),
    ]


def test_a_link_to_a_file_is_read_and_a_file_is_read_once(root: Path) -> None:
    (root / "b.yaml").symlink_to("a.yaml")
    assert list(FileWalk((str(root),)).files()) == [str(root / "a.yaml")]


def test_the_links_of_a_mounted_config_map_hide_nothing(tmp_path: Path) -> None:
    """kubelet puts the files into a directory of the version, and links to it."""
    version = tmp_path / "..2024_05_01"
    version.mkdir()
    (version / "a.yaml").write_text(TARGET)
    (tmp_path / "..data").symlink_to(version.name)
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    sourced = read_files([str(tmp_path)])
    assert (len(sourced.manifests), sourced.errors) == (1, [])


@pytest.mark.parametrize("name", ["b.YAML", "b.Yml", "b.JSON", ".yaml"])
def test_the_suffix_of_a_manifest_may_be_in_any_case(root: Path, name: str) -> None:
    (root / "a.yaml").rename(root / name)
    assert list(FileWalk((str(root),)).files()) == [str(root / name)]


def test_a_directory_that_was_there_before_is_a_fault_while_it_is_away(root: Path) -> None:
    files = Files((str(root),))
    assert len(files.read().manifests) == 1
    away = root.rename(root.with_name("away"))
    sourced = files.read()
    assert (sourced.manifests, len(sourced.errors)) == ([], 1)
    assert sourced.errors[0] == f"{root}: is not there any more; it was there before"
    away.rename(root)
    assert (len(files.read().manifests), files.read().errors) == (1, [])


def test_a_directory_that_never_was_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file or directory"):
        list(FileWalk((str(tmp_path / "gone"),)).files())


def test_a_pipe_that_is_named_itself_is_read_once_and_kept(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, TARGET.encode())
    os.close(writing)
    files = Files((f"/dev/fd/{reading}",))
    try:
        assert [len(files.read().manifests) for _ in range(2)] == [1, 1]
    finally:
        os.close(reading)


def test_standard_input_is_read_once_and_kept() -> None:
    texts = iter([TARGET.encode()])
    files = Files(("-",), read_stdin=lambda: next(texts))
    assert [len(files.read().manifests) for _ in range(2)] == [1, 1]
