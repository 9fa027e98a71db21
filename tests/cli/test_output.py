"""Results on stdout and nothing else there; the same input gives the same bytes."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from beginnings import without_beginning
from passes.scenario import manifest
from vpsync.render.forms import FORMS
from vpsync.sandbox import Fault, HtmlPage, Sandbox, on

from .conftest import Vpsync, write


@pytest.fixture
def flags(vvp: Sandbox, files: Path) -> list[str]:
    return ["-f", str(files), "--vvp-url", vvp.url, "--vvp-edition", "enterprise"]


class TestForms:
    def test_the_json_of_a_preview_has_its_keys_in_order(
        self, vpsync: Vpsync, flags: list[str]
    ) -> None:
        report = vpsync("diff", *flags, "-o", "json").report
        assert list(report) == [
            "formatVersion", "tool", "complete", "checksum", "ownerId", "changes", "blocked",
            "notReady", "invalid", "errors", "summary", "seal",
        ]  # fmt: skip
        assert report["formatVersion"] == "1.0"
        assert report["complete"] is True
        assert list(report["changes"][0])[:8] == [
            "kind", "namespace", "name", "platform", "action", "cause", "effect", "reason",
        ]  # fmt: skip
        assert {"create", "update", "adopt", "delete", "inSync", "blocked", "invalid",
                "failed"} <= set(report["summary"])  # fmt: skip

    def test_the_json_of_a_reconcile_has_outcomes_and_a_time(
        self, vpsync: Vpsync, flags: list[str]
    ) -> None:
        report = vpsync("reconcile", "--once", *flags, "-o", "json").report
        assert "startedAt" in report
        assert [change["outcome"] for change in report["changes"]] == ["applied", "applied"]

    def test_the_json_is_alone_on_stdout_whatever_is_warned_of(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("GET", "/deployments$"), HtmlPage(), times=None))
        done = vpsync("--debug", "diff", *flags, "-o", "json")
        assert done.report["errors"]
        assert done.report["complete"] is False
        assert "DEBUG" in done.err

    def test_yaml_says_the_same_as_json(self, vpsync: Vpsync, flags: list[str]) -> None:
        as_json = vpsync("diff", *flags, "-o", "json").report
        assert yaml.safe_load(vpsync("diff", *flags, "-o", "yaml").out) == as_json

    @pytest.mark.parametrize("form", FORMS)
    def test_two_previews_are_equal_byte_by_byte(
        self, vpsync: Vpsync, flags: list[str], form: str
    ) -> None:
        first, second = (vpsync("diff", *flags, "-o", form).out for _ in range(2))
        assert first == second

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("command", [["diff"], ["reconcile", "--once"]], ids=lambda c: c[0])
    def test_no_secret_is_shown(
        self, vpsync: Vpsync, flags: list[str], form: str, command: list[str]
    ) -> None:
        done = vpsync("--debug", *command, *flags, "-o", form)
        assert done.code == 0
        assert "CANARY" not in done.out + done.err

    def test_text_ends_with_the_summary_line(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        plan = "Plan: 2 to create, 0 to change, 0 to adopt, 0 to delete, 0 in sync."
        done = "Applied: 2 created, 0 changed, 0 adopted, 0 deleted, 0 in sync."
        assert vpsync("diff", *flags).out.splitlines()[-1] == plan
        assert vpsync("reconcile", "--once", *flags).out.splitlines()[-1] == done
        vvp.settle()
        quiet = "No changes. 2 resources in sync.\n"
        assert vpsync("reconcile", "--once", *flags).out == quiet
        assert vpsync("diff", *flags).out == quiet

    def test_what_a_manifest_says_never_steers_the_terminal(
        self, vpsync: Vpsync, vvp: Sandbox, tmp_path: Path
    ) -> None:
        hostile = {"metadata": {"name": "a\x1b[31m[red]\nb"}, "spec": {"state": "\x1b]0;x\x07"}}
        write(tmp_path / "x.yaml", manifest({"deployment": hostile}))
        done = vpsync("diff", "-f", str(tmp_path / "x.yaml"), "--vvp-url", vvp.url)
        assert done.code == 3
        assert "\x1b" not in done.out
        assert "\x07" not in done.out
        assert "[red]" in done.out

    def test_manifests_come_from_stdin_too(self, vpsync: Vpsync, vvp: Sandbox, files: Path) -> None:
        both = "---\n".join(path.read_text() for path in sorted(files.iterdir()))
        done = vpsync("diff", "-f", "-", "--vvp-url", vvp.url, "-o", "json", stdin=both)
        assert done.report["summary"]["create"] == 2

    def test_crds_are_the_shipped_ones(self, vpsync: Vpsync) -> None:
        shipped = Path(__file__).resolve().parents[2] / "k8s" / "crds.yaml"
        assert vpsync("crds").out == shipped.read_text(encoding="utf-8")


class TestDebug:
    def test_a_traceback_is_shown_only_when_asked_for(self, vpsync: Vpsync, tmp_path: Path) -> None:
        call = ["diff", "-f", str(tmp_path / "nowhere")]
        plain, debug = vpsync(*call), vpsync("--debug", *call)
        assert "Traceback" not in plain.err
        assert len(plain.err.splitlines()) == 1
        assert "Traceback" in debug.err
        assert plain.code == debug.code == 2

    def test_every_request_is_logged(self, vpsync: Vpsync, flags: list[str]) -> None:
        done = vpsync("--debug", "diff", *flags)
        assert "GET /api/v1/namespaces/default/deployments: 200" in done.err
        assert vpsync("diff", *flags).err == ""


def environment(**more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name in ("PATH", "PYTHONPATH")}
    return {**kept, "TERM": "xterm-256color", **more}


VPSYNC = [sys.executable, "-m", "vpsync"]


def on_a_terminal(arguments: list[str], code: int = 0, **variables: str) -> bytes:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*VPSYNC, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        env=environment(**variables),
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(30) == code
    return shown


class TestProcess:
    def test_colour_is_for_terminals_and_for_those_who_want_it(self, flags: list[str]) -> None:
        assert b"\x1b[" in on_a_terminal(["diff", *flags])
        assert b"\x1b[3" not in on_a_terminal(["diff", *flags], NO_COLOR="1")
        assert b"\x1b[3" not in on_a_terminal(["diff", *flags, "--no-color"])

    @pytest.mark.parametrize(
        "arguments",
        [["crds"], ["diff", "FLAGS"], ["diff", "-f", "NOTHING", "-o", "json"]],
        ids=lambda arguments: " ".join(arguments),
    )
    def test_a_reader_that_goes_away_is_no_error(
        self, flags: list[str], arguments: list[str], tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        arguments = [str(tmp_path / "empty") if a == "NOTHING" else a for a in arguments]
        call = [part for text in arguments for part in (flags if text == "FLAGS" else [text])]
        process = subprocess.Popen(
            [*VPSYNC, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        _, err = without_beginning(arguments, 0, process.stderr.read().decode())
        assert err == ""
        assert process.wait(30) == 0
        process.stderr.close()

    @pytest.mark.parametrize("form", ["text", "json"])
    @pytest.mark.parametrize(
        ("stream", "words"),
        [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
    )
    def test_a_stdout_that_takes_nothing_is_told_and_hides_no_change(
        self, vvp: Sandbox, flags: list[str], form: str, stream: str, words: str
    ) -> None:
        call = shlex.join([*VPSYNC, "reconcile", "--once", *flags, "-o", form])
        done = subprocess.run(
            ["sh", "-c", f"{call} {stream}"],
            stderr=subprocess.PIPE, text=True, env=environment(), check=False,
        )  # fmt: skip
        began, err = without_beginning([call], done.returncode, done.stderr)
        assert began
        assert (done.returncode, err) == (3, f"vpsync: stdout cannot be written: {words}\n")
        assert len(vvp.mutations()) >= 2, "the pass was carried out"

    def test_a_reader_that_goes_away_does_not_hide_how_the_pass_ended(
        self, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.reject(on("POST", "/deployments$"), "no")
        process = subprocess.Popen(
            [*VPSYNC, "reconcile", "--once", *flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == 3
        assert process.stderr is not None
        process.stderr.close()

    def test_the_module_is_the_command(self) -> None:
        done = subprocess.run(
            [*VPSYNC, "--version"], capture_output=True, text=True, env=environment(), check=True
        )
        assert done.stdout.startswith("vpsync ")

    def test_from_files_the_kubernetes_library_is_not_imported(self, flags: list[str]) -> None:
        script = (
            f"import sys; sys.argv = {['vpsync', 'diff', *flags]!r}\n"
            "from vpsync.cli import main\n"
            "main.main(standalone_mode=False)\n"
            "assert 'kubernetes' not in sys.modules"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
