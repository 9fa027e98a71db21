"""``--env-file``: every line is understood, or the run ends with the number of the one that is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vpsync.cli.env_file import load_environment
from vpsync.errors import SettingsError

from .conftest import Vpsync


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path for a file; the environment is as before when the test is over."""
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path / "env"


def test_sets_what_the_environment_does_not_have(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE", "mine")
    file.write_text("# comment\n\nexport ONE=theirs\nTWO='a b' # why\n", encoding="utf-8-sig")
    load_environment(str(file))
    assert (os.environ["ONE"], os.environ["TWO"]) == ("mine", "a b")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ONE=1\nTWO=caf\xe9-CANARY\n", "line 2 is not UTF-8 text"),
        (b"ONE=1\n\n\nthis is no CANARY line\n", "line 4 is no NAME=value"),
        (b"ONE='open CANARY\nTWO=2\n", "line 1 is no NAME=value"),
        (b"ONE=1\nCANARY\n", "line 2 is no NAME=value"),
        (b"=CANARY\n", "line 1 is no NAME=value"),
    ],
)
def test_refuses_a_line_by_its_number_and_sets_nothing(
    file: Path, data: bytes, told: str, vpsync: Vpsync
) -> None:
    file.write_bytes(data)
    with pytest.raises(SettingsError, match=told):
        load_environment(str(file))
    assert "ONE" not in os.environ
    done = vpsync("validate", "--env-file", str(file), "x.yaml")
    assert (done.code, told in " ".join(done.err.split())) == (2, True)
    assert "CANARY" not in done.err


def test_may_be_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"\n")
    os.close(writing)
    load_environment(f"/dev/fd/{reading}")
    os.close(reading)


def test_that_is_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Is a directory"):
        load_environment(str(tmp_path))
