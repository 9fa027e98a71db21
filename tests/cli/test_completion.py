"""Completion in shells, and by kubectl."""

from __future__ import annotations

import configparser
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from vpsync.__main__ import kubectl, kubectl_complete
from vpsync.cli import COMMANDS

from .conftest import Vpsync
from .test_output import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(vpsync: Vpsync, shell: str) -> None:
    done = vpsync("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_VPSYNC_COMPLETE={shell}_complete" in done.out


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A directory with a `vpsync` that a shell can start."""
    script = tmp_path / "bin" / "vpsync"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m vpsync "$@"\n')
    script.chmod(0o755)
    return script.parent


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["va"], ["validate"]),
        (["diff", "--own"], ["--owner-id"]),
        (["diff", "--adopt", "m"], ["matching"]),
        (["schema", "vpsa"], ["VpSavepoint"]),
        (["nonsense", "x"], []),
    ],
)
def test_bash_completes(program: Path, words: list[str], completed: list[str]) -> None:
    script = (
        "source <(vpsync completion bash)\n"
        f"COMP_WORDS=(vpsync {' '.join(words)}); COMP_CWORD={len(words)}\n"
        "_vpsync_completion vpsync\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    variables = environment()
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**variables, "PATH": f"{program}:{variables['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == completed
    assert done.stderr == ""


class TestKubectl:
    def ask(
        self, *words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["kubectl_complete-vpsync", *words])
        kubectl_complete()
        return capsys.readouterr().out.splitlines()

    def test_gets_commands_with_their_words(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        *lines, directive = self.ask("", monkeypatch=monkeypatch, capsys=capsys)
        assert lines == [f"{name}\t{words}" for name, words in COMMANDS.items()]
        assert directive == ":4"

    @pytest.mark.parametrize(
        "words", [("diff", "-f", ""), ("validate", "x"), ("diff", "--vvp-token-dir", "")]
    )
    def test_completes_paths_itself(
        self,
        words: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert self.ask(*words, monkeypatch=monkeypatch, capsys=capsys) == [":0"]

    def test_shows_its_own_name_in_usage(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["kubectl-vpsync", "diff", "--frobnicate"])
        with pytest.raises(SystemExit) as ended:
            kubectl()
        assert ended.value.code == 2
        assert "Usage: kubectl vpsync diff" in capsys.readouterr().err


def test_every_program_that_is_installed_can_be_called() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    scripts = dict(
        line.split(" = ")
        for line in settings["options.entry_points"]["console_scripts"].strip().splitlines()
    )
    assert set(scripts) == {"vpsync", "kubectl-vpsync", "kubectl_complete-vpsync"}
    for place in scripts.values():
        module, _, name = place.partition(":")
        assert callable(getattr(importlib.import_module(module), name))
