"""--output-file, --quiet and --dry-run, and what a wait shows while it lasts."""

from __future__ import annotations

import errno
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from passes.scenario import manifest
from vpsync.cli.progress import Progress, Screen
from vpsync.render.forms import FORMS
from vpsync.render.layout import cells
from vpsync.sandbox import Fault, HtmlPage, Sandbox, on

from .conftest import Vpsync, write
from .test_output import on_a_terminal

COMMANDS = [["diff"], ["reconcile", "--once"], ["reconcile", "--once", "--dry-run"]]
INVALID = {
    "metadata": {"name": "invalid"},
    "spec": {"spec": {"template": {"spec": {"parallelism": 0}}}},
}


@pytest.fixture
def flags(vvp: Sandbox, files: Path) -> list[str]:
    return ["-f", str(files), "--vvp-url", vvp.url]


class TestOutputFile:
    @pytest.mark.parametrize("form", FORMS)
    def test_takes_the_report_in_its_form_and_stdout_has_the_text(
        self, vpsync: Vpsync, flags: list[str], tmp_path: Path, form: str
    ) -> None:
        plain = vpsync("diff", *flags).out
        same = vpsync("diff", *flags, "-o", form).out
        file = tmp_path / "report"
        done = vpsync("diff", *flags, "-o", form, "--output-file", str(file))
        assert done.out == plain
        assert file.read_text() == same

    def test_is_replaced_at_once_and_keeps_its_rights(
        self, vpsync: Vpsync, flags: list[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "report.json"
        file.write_text("old")
        file.chmod(0o640)
        before = file.stat().st_ino
        vpsync("diff", *flags, "-o", "json", "--output-file", str(file))
        assert json.loads(file.read_text())["changes"]
        assert file.stat().st_ino != before, "another file took its place"
        assert file.stat().st_mode & 0o777 == 0o640
        assert sorted(path.name for path in tmp_path.iterdir()) == ["manifests", "report.json"]

    @pytest.mark.parametrize("flag", ["--output-file", "--plan-out"])
    def test_takes_the_place_of_a_link_and_is_never_written_through_it(
        self, vpsync: Vpsync, flags: list[str], tmp_path: Path, flag: str
    ) -> None:
        file, link = tmp_path / "elsewhere", tmp_path / "link"
        file.write_text("old")
        link.symlink_to(file)
        assert vpsync("diff", *flags, "-o", "json", flag, str(link)).code == 0
        assert file.read_text() == "old"
        assert not link.is_symlink()
        assert json.loads(link.read_text())["changes"]

    @pytest.mark.parametrize("mask", [0o022, 0o077])
    def test_has_the_rights_that_the_umask_leaves(
        self, vpsync: Vpsync, flags: list[str], tmp_path: Path, mask: int
    ) -> None:
        before = os.umask(mask)
        try:
            vpsync("diff", *flags, "--output-file", str(tmp_path / "report"))
        finally:
            os.umask(before)
        assert (tmp_path / "report").stat().st_mode & 0o777 == 0o666 & ~mask

    def test_that_was_not_written_is_on_stdout_and_in_the_exit_code(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def full(handle: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        file = tmp_path / "report.json"
        file.write_text("old")
        done = vpsync("reconcile", "--once", *flags, "-o", "json", "--output-file", str(file))
        assert done.code == 3
        assert [change["outcome"] for change in done.report["changes"]] == ["applied", "applied"]
        assert done.err == (
            f"vpsync: --output-file {file}: No space left on device; the report follows on stdout\n"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["manifests", "report.json"]

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_of_an_earlier_run_does_not_stay_where_a_pass_ended_without_a_result(
        self, vpsync: Vpsync, files: Path, tmp_path: Path, command: list[str]
    ) -> None:
        file, away = tmp_path / "report.json", "http://127.0.0.1:9"
        file.write_text("old")
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "x", "cluster": {"server": away}}],
            "users": [{"name": "x", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        }  # fmt: skip
        cluster = ["--kubeconfig", str(write(tmp_path / "config", config)), "--vvp-url", away]
        done = vpsync(*command, *cluster, "-o", "json", "--output-file", str(file))
        assert (done.code, done.out) == (5, "")
        report = json.loads(file.read_text())
        assert (report["complete"], report["changes"]) == (False, [])
        assert report["errors"] == [done.err.strip().removeprefix("vpsync: ")]
        assert vpsync(*command, *cluster, "-o", "json").report == report
        assert vpsync(*command, *cluster, "-o", "json", "--quiet").out == ""

    def test_may_be_a_pipe(self, vpsync: Vpsync, flags: list[str], tmp_path: Path) -> None:
        reader, writer = os.pipe()
        with os.fdopen(reader) as pipe:
            name = f"/dev/fd/{writer}"
            assert vpsync("diff", *flags, "-o", "json", "--output-file", name, "--quiet").code == 0
            os.close(writer)
            assert json.load(pipe)["summary"]["create"] == 2

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    @pytest.mark.parametrize(
        ("name", "words"),
        [("/nonexistent/report", "there is no directory /nonexistent"), ("/", "is a directory")],
    )
    def test_that_cannot_be_written_is_refused_before_anything_is_done(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], command: list[str], name: str, words: str
    ) -> None:  # fmt: skip
        done = vpsync(*command, *flags, "--output-file", name)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"vpsync: --output-file {name}: {words}")
        assert vvp.requests == []

    def test_tells_that_nothing_could_be_decided(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], tmp_path: Path
    ) -> None:
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        file = tmp_path / "report.yaml"
        done = vpsync("diff", *flags, "-o", "yaml", "--output-file", str(file))
        assert (done.code, done.out) == (5, "")
        assert "nothing could be decided" in done.err
        assert yaml.safe_load(file.read_text())["complete"] is False


class TestQuiet:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_says_nothing_where_all_is_well(
        self, vpsync: Vpsync, flags: list[str], command: list[str], form: str
    ) -> None:
        done = vpsync(*command, *flags, "--quiet", "-o", form)
        assert (done.code, done.out, done.err) == (0, "", "")

    def test_leaves_the_answer_to_the_exit_code(self, vpsync: Vpsync, flags: list[str]) -> None:
        done = vpsync("diff", *flags, "--quiet", "--exit-code")
        assert (done.code, done.out, done.err) == (1, "", "")

    def test_tells_each_problem_in_a_line_on_stderr(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        (files / "broken.yaml").write_text("a: [")
        vvp.reject(on("POST", "/deployments$"), "no")
        done = vpsync("reconcile", "--once", *flags, "--quiet")
        assert (done.code, done.out) == (3, "")
        broken, failed, invalid = done.err.splitlines()
        assert broken.startswith(f"vpsync: {files}/broken.yaml: line ")
        assert failed.startswith("vpsync: VpDeployment team/orders: failed: ")
        assert invalid.startswith("vpsync: VpDeployment team/invalid: invalid: /spec/")

    def test_tells_why_nothing_could_be_decided(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        done = vpsync("diff", *flags, "--quiet", "-o", "json")
        assert (done.code, done.out) == (5, "")
        assert done.err.startswith("vpsync: nothing could be decided")


class TestDryRun:
    @pytest.mark.parametrize("form", FORMS)
    def test_is_a_diff_in_every_way(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, form: str
    ) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        shown = vpsync("diff", *flags, "-o", form)
        dry = vpsync("reconcile", "--once", "--dry-run", *flags, "-o", form)
        assert replace(dry, began="") == replace(shown, began="")
        assert dry.code == 3
        assert vvp.mutations() == []

    def test_is_quick_where_a_reconcile_would_wait(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        assert vpsync("reconcile", "--once", "--wait", "--dry-run", *flags).code == 0
        assert vvp.mutations() == []

    def test_creates_no_token(self, vpsync: Vpsync, files: Path) -> None:
        with Sandbox(admin_token="CANARY-admin") as vvp:
            os.environ["PLATFORM_API_TOKEN"] = "CANARY-admin"
            flags = ["-f", str(files), "--vvp-url", vvp.url, "--vvp-edition", "enterprise"]
            vpsync("reconcile", "--once", "--dry-run", *flags)
            assert vvp.mutations() == []

    def test_does_not_loop(self, vpsync: Vpsync, flags: list[str]) -> None:
        done = vpsync("reconcile", "--loop", "--dry-run", *flags)
        assert done.code == 2
        assert "--dry-run goes with --once" in done.err


class TestWait:
    def test_names_at_its_end_what_is_not_ready(
        self, vpsync: Vpsync, flags: list[str], files: Path
    ) -> None:
        (files / "target.yaml").unlink()
        done = vpsync("reconcile", "--once", "--wait", "--timeout", "0.6s", *flags)
        assert done.code == 3
        first, second = done.err.splitlines()
        assert first == "vpsync: --wait ran out before everything was ready"
        assert second.startswith(
            "vpsync: not ready: VpDeployment team/orders: DependencyNotReady: VVP has no "
        )

    def test_shows_on_a_terminal_what_it_waits_for_and_since_when(
        self, flags: list[str], files: Path
    ) -> None:
        (files / "target.yaml").unlink()
        call = ["reconcile", "--once", "--wait", "--timeout", "5s", *flags]
        shown = on_a_terminal(call, code=3).decode()
        assert "… waiting for 1 resource (1 s)" in shown
        assert "   1 s  VpDeployment team/orders: DependencyNotReady: VVP has no Depl" in shown
        assert "\x1b[J" in shown, "and takes it off again"

    def test_shows_nothing_of_it_in_a_pipe(
        self, vpsync: Vpsync, flags: list[str], files: Path
    ) -> None:
        (files / "target.yaml").unlink()
        done = vpsync("reconcile", "--once", "--wait", "--timeout", "0.6s", *flags)
        assert "…" not in done.err + done.out
        assert "\x1b" not in done.err + done.out


class TestTheLinesOfAWait:
    WAITING = tuple((f"VpDeployment team/job-{number}: Progressing", 7.0) for number in range(12))

    def lines(self, width: int) -> list[str]:
        progress = Progress()
        progress.wait_for(self.WAITING)
        return progress.lines(started=2.0, now=19.5, width=width)

    def test_name_some_and_count_the_others(self) -> None:
        lines = self.lines(80)
        assert lines[0] == "… waiting for 12 resources (18 s)"
        assert lines[1] == "    12 s  VpDeployment team/job-0: Progressing"
        assert lines[-1] == "  and 2 more"
        assert len(lines) == 12

    @pytest.mark.parametrize("width", [10, 40, 44, 80])
    def test_never_reach_the_edge_where_they_would_wrap(self, width: int) -> None:
        assert max(map(cells, self.lines(width))) < width

    def test_are_taken_off_for_a_line_of_the_log_which_stands_above_them(self) -> None:
        terminal = io.StringIO()
        screen = Screen(terminal)
        screen.draw(["… reading VVP", "  and more"])
        screen.over(terminal).write("a line of the log\n")
        screen.draw(["… writing"])
        drawn, _, again = terminal.getvalue().partition("a line of the log\n")
        assert drawn.endswith("\x1b[1A\x1b[J"), "both lines are gone before it"
        assert again == "… writing", "and nothing of it is erased"
