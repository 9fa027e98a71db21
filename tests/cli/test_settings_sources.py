"""Flag over environment over file over default; global flags before and after the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from vpsync.sandbox import Sandbox, fingerprint

from .conftest import Vpsync


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.fixture
def diff(vvp: Sandbox, files: Path) -> list[str]:
    return ["diff", "-f", str(files), "--vvp-url", vvp.url]


def test_a_variable_sets_a_flag(
    vpsync: Vpsync, diff: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_json(vpsync(*diff).out)
    monkeypatch.setenv("VPSYNC_OUTPUT", "json")
    assert is_json(vpsync(*diff).out)


def test_a_flag_wins_over_its_variable(
    vpsync: Vpsync, diff: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VPSYNC_OUTPUT", "json")
    assert "summary:" in vpsync(*diff, "-o", "yaml").out


@pytest.mark.parametrize("place", ["before", "after"])
def test_an_environment_file_sets_what_is_not_set(
    vpsync: Vpsync,
    diff: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("VPSYNC_OUTPUT=json\nVPSYNC_EXIT_CODE=true\n")
    flag = ["--env-file", str(file)]
    call = [*flag, *diff] if place == "before" else [*diff, *flag]
    done = vpsync(*call)
    assert is_json(done.out)
    assert done.code == 1
    monkeypatch.setenv("VPSYNC_OUTPUT", "yaml")
    assert "summary:" in vpsync(*call).out


def test_an_environment_file_may_be_named_by_the_environment(
    vpsync: Vpsync, diff: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.env"
    file.write_text("VPSYNC_OUTPUT=json\n")
    monkeypatch.setenv("VPSYNC_ENV_FILE", str(file))
    assert is_json(vpsync(*diff).out)


def test_an_environment_file_may_hold_the_tokens_and_nothing_in_it_is_expanded(
    vpsync: Vpsync, diff: list[str], vvp: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.env"
    file.write_text("APPMANAGER_API_TOKEN='to${HOME}ken'\n")
    vpsync("--env-file", str(file), *diff)
    sent = {request.headers.get("authorization") for request in vvp.requests}
    assert sent == {fingerprint("Bearer to${HOME}ken")}


def test_a_file_of_the_working_directory_is_not_read_by_itself(
    vpsync: Vpsync, diff: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("VPSYNC_OUTPUT=json\n")
    monkeypatch.chdir(tmp_path)
    assert not is_json(vpsync(*diff).out)


@pytest.mark.parametrize(
    "flags", [["--debug"], ["--log-format", "json"], ["--no-color"]], ids=lambda flags: flags[0]
)
def test_global_flags_stand_before_or_after_the_command(
    vpsync: Vpsync, diff: list[str], flags: list[str]
) -> None:
    before, after = vpsync(*flags, *diff), vpsync(*diff, *flags)
    assert before.code == after.code == 0
    assert before.out == after.out
    assert bool(before.err) == bool(after.err)


def test_the_log_may_be_json_a_line(vpsync: Vpsync, diff: list[str]) -> None:
    lines = vpsync("--debug", "--log-format", "json", *diff).err.splitlines()
    assert lines
    for line in lines:
        assert set(json.loads(line)) == {"time", "level", "logger", "message"}


def test_several_paths_and_namespaces_may_stand_in_one_variable(
    vpsync: Vpsync, vvp: Sandbox, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = " ".join(str(files / f"{name}.yaml") for name in ("target", "deployment"))
    monkeypatch.setenv("VPSYNC_FILENAME", paths)
    done = vpsync("diff", "--vvp-url", vvp.url, "-o", "json")
    assert done.report["summary"]["create"] == 2


@pytest.mark.parametrize("name", ["VPSYNC_OWNER_ID", "VPSYNC_VVP_URL", "VPSYNC_KINDS"])
def test_an_empty_variable_counts_as_not_set(
    vpsync: Vpsync, diff: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    wanted = vpsync(*diff, "-o", "yaml").out
    monkeypatch.setenv(name, "")
    assert yaml.safe_load(vpsync(*diff, "-o", "yaml").out) == yaml.safe_load(wanted)


class TestAFlagWinsOverItsVariable:
    """Wherever it stands; what the variable names is not even looked at."""

    def order(self, flag: list[str], *, before: bool, files: Path) -> list[str]:
        call = ["diff", "-f", str(files)]
        return [*flag, *call] if before else [*call, *flag]

    @pytest.mark.parametrize("before", [True, False])
    def test_a_file_of_variables(
        self, vpsync: Vpsync, vvp: Sandbox, files: Path, tmp_path: Path, before: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        right, wrong = tmp_path / "right.env", tmp_path / "wrong.env"
        right.write_text(f"VPSYNC_VVP_URL={vvp.url}\n", encoding="utf-8")
        wrong.write_text("VPSYNC_VVP_URL=http://127.0.0.1:1\nVPSYNC_QUIET=1\n", encoding="utf-8")
        monkeypatch.setenv("VPSYNC_ENV_FILE", str(wrong))
        monkeypatch.delenv("VPSYNC_VVP_URL", raising=False)
        done = vpsync(*self.order(["--env-file", str(right)], before=before, files=files))
        assert (done.code, bool(vvp.requests)) == (0, True), done.err
        assert done.out, "nothing of the other file is taken"

    @pytest.mark.parametrize("before", [True, False])
    def test_the_form_of_the_log(
        self, vpsync: Vpsync, vvp: Sandbox, files: Path, before: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("VPSYNC_LOG_FORMAT", "json")
        monkeypatch.setenv("VPSYNC_VVP_URL", vvp.url)
        flag = ["--debug", "--log-format", "text"]
        first = vpsync(*self.order(flag, before=before, files=files)).err.splitlines()[0]
        assert not first.startswith("{")

    def test_the_variable_counts_where_there_is_no_flag(
        self, vpsync: Vpsync, vvp: Sandbox, files: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        named = tmp_path / "named.env"
        named.write_text(f"VPSYNC_VVP_URL={vvp.url}\n", encoding="utf-8")
        monkeypatch.setenv("VPSYNC_ENV_FILE", str(named))
        monkeypatch.delenv("VPSYNC_VVP_URL", raising=False)
        assert vpsync("diff", "-f", str(files)).code == 0
