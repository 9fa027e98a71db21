"""What lives beside the passes for months is opened anew where a file behind it changed, and only then."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vpsync.cluster.client import Reader
from vpsync.controller.followed import Followed
from vpsync.errors import SettingsError


@dataclass
class Connection:
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass
class Config:
    """A file that names another; an edge holds what both said when it was opened."""

    folder: Path
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write("config", "ca")
        self.write("ca", "first")

    def write(self, name: str, text: str) -> None:
        """As a kubelet does: by another file of that name."""
        beside = self.folder / "beside"
        beside.write_text(text)
        os.replace(beside, self.folder / name)

    def files(self) -> list[str]:
        return [str(self.folder / "config"), str(self._named())]

    def open(self) -> Reader:
        try:
            self.opened.append(self._named().read_text())
        except OSError as error:
            raise SettingsError("there is no such file") from error
        return Reader(Connection())

    def _named(self) -> Path:
        return self.folder / (self.folder / "config").read_text()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def test_it_is_opened_once_while_its_files_stay(config: Config) -> None:
    followed = Followed(config.open, config.files)
    assert followed.edge() is followed.edge()
    assert config.opened == ["first"]


def test_a_file_that_changed_opens_it_anew_and_closes_the_former(config: Config) -> None:
    followed = Followed(config.open, config.files)
    former = followed.edge()
    config.write("ca", "second")
    assert followed.edge() is followed.edge()
    assert (config.opened, former.api.closed) == (["first", "second"], True)


def test_a_file_that_is_named_only_now_is_followed_too(config: Config) -> None:
    followed = Followed(config.open, config.files)
    config.write("other", "other")
    config.write("config", "other")
    followed.edge()
    config.write("ca", "nobody's any more")
    followed.edge()
    config.write("other", "third")
    followed.edge()
    assert config.opened == ["first", "other", "third"]


def test_files_that_became_unusable_leave_the_former_in_use_until_they_change_again(
    config: Config,
) -> None:
    followed = Followed(config.open, config.files)
    former = followed.edge()
    config.write("config", "absent")
    assert followed.edge() is former
    assert not former.api.closed
    config.write("config", "ca")
    assert followed.edge() is not former


def test_files_that_are_unusable_from_the_start_are_wrong_usage(config: Config) -> None:
    config.write("config", "absent")
    with pytest.raises(SettingsError):
        Followed(config.open, config.files)
