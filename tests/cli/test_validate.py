"""``vpsync validate``: offline, by paths or by ``-f``; findings on stdout, exit code 0, 2 or 3."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from passes.scenario import manifest
from vpsync.source.documents import PARSER

from .conftest import Vpsync, write
from .test_output import VPSYNC, environment, on_a_terminal

ROOT = Path(__file__).resolve().parents[2]
WRONG = {"metadata": {"name": "wrong"}, "spec": {"spec": {"kubernetes": {"namespace": "Upper"}}}}
MESSAGE = "/spec/spec/kubernetes/namespace: must be 1 to 63 lower-case letters"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A file with a target that breaks its schema."""
    return write(tmp_path / "wrong.yaml", manifest({"target": WRONG}))


class TestExitCode:
    def test_is_0_when_nothing_is_wrong(self, vpsync: Vpsync, files: Path) -> None:
        done = vpsync("validate", str(files))
        assert (done.code, done.err) == (0, "")
        assert done.out == "Checked 2 resources in 2 files: no problems.\n"

    def test_is_3_for_problems(self, vpsync: Vpsync, wrong: Path) -> None:
        done = vpsync("validate", str(wrong))
        assert done.code == 3
        assert done.out.startswith(f"{wrong}:")
        assert MESSAGE in done.out

    def test_is_3_for_a_warning_only_under_strict(self, vpsync: Vpsync, files: Path) -> None:
        (files / "target.yaml").unlink()
        assert vpsync("validate", str(files)).code == 0
        done = vpsync("validate", str(files), "--strict")
        assert done.code == 3
        assert "warning: these files declare no DeploymentTarget" in done.out

    def test_is_3_for_an_unknown_field_only_under_strict(self, vpsync: Vpsync, files: Path) -> None:
        target = manifest("target")
        spec = {**target["spec"], "metadatas": {}}
        write(files / "target.yaml", {**target, "spec": spec})
        assert vpsync("validate", str(files)).code == 0
        done = vpsync("validate", str(files), "--strict")
        assert done.code == 3
        assert "did you mean 'metadata'?" in done.out

    def test_is_3_for_an_unknown_member_of_a_manifest(self, vpsync: Vpsync, files: Path) -> None:
        write(files / "target.yaml", {**manifest("target"), "specs": {}})
        done = vpsync("validate", str(files))
        assert done.code == 3
        assert "did you mean 'spec'?" in done.out

    @pytest.mark.parametrize(
        "arguments", [[], ["--strict"], ["nowhere.yaml"], ["-f", "nowhere"], [".", "-o", "yaml"]]
    )
    def test_is_2_for_wrong_usage_and_says_what_to_give(
        self, vpsync: Vpsync, arguments: list[str]
    ) -> None:
        done = vpsync("validate", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "give the files" in done.err or "nowhere" in done.err or "-o" in done.err


class TestInput:
    def test_paths_and_files_and_stdin_go_together(
        self, vpsync: Vpsync, files: Path, wrong: Path
    ) -> None:
        text = (files / "target.yaml").read_text()
        done = vpsync("validate", str(files / "deployment.yaml"), "-f", str(wrong), "-", stdin=text)
        assert "Checked 3 resources in 3 files: 1 error." in done.out

    def test_named_as_paths_wins_over_the_environment(
        self, vpsync: Vpsync, files: Path, wrong: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VPSYNC_FILENAME", str(wrong))
        assert vpsync("validate").code == 3
        assert vpsync("validate", str(files)).code == 0
        assert vpsync("validate", str(files), "-f", str(wrong)).code == 3

    def test_named_by_a_directory_is_read_whole(self, vpsync: Vpsync, tmp_path: Path) -> None:
        (tmp_path / "deep" / "er").mkdir(parents=True)
        write(tmp_path / "deep" / "er" / "x.json", manifest({"target": WRONG}))
        assert "/deep/er/x.json:" in vpsync("validate", str(tmp_path)).out


class TestForms:
    def test_json_is_alone_on_stdout(self, vpsync: Vpsync, wrong: Path) -> None:
        done = vpsync("validate", str(wrong), "-o", "json")
        assert (done.code, done.err) == (3, "")
        [found] = done.report["findings"]
        assert (found["name"], found["severity"]) == ("wrong", "error")

    def test_github_is_commands_alone_and_the_sum_on_stderr(
        self, vpsync: Vpsync, wrong: Path
    ) -> None:
        done = vpsync("validate", str(wrong), "-o", "github")
        assert done.code == 3
        [command] = done.out.splitlines()
        assert command.startswith(f"::error file={wrong},line=")
        assert done.err == "Checked 1 resource in 1 file: 1 error.\n"

    @pytest.mark.parametrize("form", ["text", "json", "github"])
    def test_equal_input_gives_equal_bytes(self, vpsync: Vpsync, wrong: Path, form: str) -> None:
        first, second = (vpsync("validate", str(wrong), "-o", form).out for _ in range(2))
        assert first == second

    def test_colour_is_for_terminals_and_for_those_who_want_it(self, wrong: Path) -> None:
        call = ["validate", str(wrong)]
        assert b"\x1b[31m" in on_a_terminal(call, code=3)
        assert b"\x1b" not in on_a_terminal(call, code=3, NO_COLOR="1")
        assert b"\x1b" not in on_a_terminal([*call, "--no-color"], code=3)

    def test_a_reader_that_goes_away_is_no_error(self, wrong: Path) -> None:
        process = subprocess.Popen(
            [*VPSYNC, "validate", str(wrong)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=30)
        assert err == b""


class TestOffline:
    def test_opens_no_connection_and_imports_neither_edge(
        self, files: Path, wrong: Path, tmp_path: Path
    ) -> None:
        script = (
            "import socket, sys\n"
            "def refuse(*args): raise AssertionError('a socket')\n"
            "socket.socket.connect = refuse\n"
            f"sys.argv = {['vpsync', 'validate', str(files), str(wrong), '--strict']!r}\n"
            "from vpsync.cli import main\n"
            "assert main.main(standalone_mode=False) == 3\n"
            "assert not {'kubernetes', 'requests', 'rich', 'urllib3'} & set(sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**environment(), "KUBECONFIG": str(tmp_path / "nowhere")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    @pytest.mark.skipif(
        PARSER.__name__ != "CSafeLoader", reason="PyYAML was built without its parser in C"
    )
    def test_a_thousand_files_take_less_than_two_seconds_of_a_processor(
        self, tmp_path: Path
    ) -> None:
        text = yaml.safe_dump(manifest("deployment"))
        write(tmp_path / "target.yaml", manifest("target"))
        for number in range(1000):
            (tmp_path / f"{number}.yaml").write_text(
                text.replace("name: orders", f"name: job-{number}")
            )
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*VPSYNC, "validate", "--strict", str(tmp_path)],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
        assert done.stdout == "Checked 1001 resources in 1001 files: no problems.\n"


class TestHook:
    """The hook for pre-commit, which puts the names of changed files behind its entry."""

    @pytest.fixture
    def entry(self) -> list[str]:
        text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
        [hook] = yaml.safe_load(text)
        assert {"id", "name", "entry", "language"} <= set(hook)
        words: list[str] = hook["entry"].split()
        assert words[0] == "vpsync"
        return words[1:]

    def test_takes_file_names_and_fails_for_problems(
        self, vpsync: Vpsync, entry: list[str], files: Path, wrong: Path
    ) -> None:
        good = [str(path) for path in sorted(files.iterdir())]
        assert vpsync(*entry, *good).code == 0
        assert vpsync(*entry, *good, str(wrong)).code == 3
