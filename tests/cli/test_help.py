"""Help that fits the terminal, and flags that can be set by the environment."""

from __future__ import annotations

import shlex
import subprocess
import sys

import click
import pytest

from vpsync import __version__
from vpsync.cli import COMMANDS, main
from vpsync.cli.help import Command, Flag

from .conftest import Vpsync
from .test_output import environment

CALLS = [(), *((name,) for name in COMMANDS)]


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0] if call else "vpsync")
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_fits_into_the_terminal(
    vpsync: Vpsync,
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    call: tuple[str, ...],
    flag: str,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = vpsync(*call, flag)
    assert done.code == 0
    assert done.err == ""
    assert done.out.startswith("Usage: vpsync")
    assert max(map(len, done.out.splitlines())) <= columns


def test_the_help_names_every_command_and_the_exit_codes(vpsync: Vpsync) -> None:
    out = vpsync("--help").out
    for name, words in COMMANDS.items():
        assert name in out
        assert words in out
    assert "Exit codes" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_summed_up_in_the_same_words_in_both_places(name: str) -> None:
    assert command(name).get_short_help_str(limit=200).rstrip(".") in COMMANDS[name]


def test_flags_are_grouped_by_what_they_are_for(vpsync: Vpsync) -> None:
    lines = vpsync("reconcile", "--help").out.splitlines()
    shown = [line[:-1] for line in lines if line.endswith(":") and line[0] != " "]
    assert shown == [
        "Examples", "Options", "Loop", "One writer", "Source", "Connection", "Policy", "Safety",
        "Output", "Monitoring", "Global",
    ]  # fmt: skip


def test_in_a_narrow_terminal_the_words_stand_under_the_flag(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = vpsync("validate", "--help").out.splitlines()
    place = lines.index("  --log-format [text|json]")
    assert lines[place + 1] == "      Format of log lines on stderr"


def test_an_example_that_is_too_long_can_be_copied_all_the_same(
    vpsync: Vpsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = vpsync("validate", "--help").out
    assert "  vpsync validate --strict -o github \\\n      manifests/\n" in out
    assert "  # on a pull request: warnings fail,\n  # too\n" in out


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0] if call else "vpsync")
def test_the_help_tells_how_the_environment_sets_flags(
    vpsync: Vpsync, call: tuple[str, ...]
) -> None:
    assert "--env-file by VPSYNC_ENV_FILE" in " ".join(vpsync(*call, "--help").out.split())


@pytest.mark.parametrize("name", COMMANDS)
class TestEveryCommand:
    def test_has_examples_that_it_understands(self, name: str) -> None:
        found = command(name)
        assert isinstance(found, Command)
        assert found.examples
        for _, line in found.examples:
            words = shlex.split(line.replace("<(", "").replace(")", ""))
            call = words[words.index("vpsync") + 1 :]
            end = next((call.index(word) for word in call if word in ("|", ">")), len(call))
            assert call[0] == name
            found.make_context(name, call[1:end])

    def test_has_no_flags_but_ours(self, name: str) -> None:
        assert all(isinstance(param, Flag) for param in options_of(name))


@pytest.mark.parametrize(
    "call", [("--version",), *((*call, "--help") for call in CALLS)], ids=" ".join
)
def test_help_and_version_import_nothing_that_takes_long(call: tuple[str, ...]) -> None:
    script = (
        f"import sys; sys.argv = {['vpsync', *call]!r}\n"
        "from vpsync.cli import main\n"
        "main.main(standalone_mode=False)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == "[]\n"


def test_the_version_is_told(vpsync: Vpsync) -> None:
    done = vpsync("--version")
    assert (done.code, done.out, done.err) == (0, f"vpsync {__version__}\n", "")


HEAVY = {"asyncio", "http.client", "jsonschema", "jsonschema_rs", "kubernetes", "prometheus_client",
         "requests", "rich", "ssl", "urllib3", "yaml"}  # fmt: skip


def options_of(name: str) -> list[click.Option]:
    return [param for param in command(name).params if isinstance(param, click.Option)]


def options() -> list[tuple[str, click.Option]]:
    return [
        (name, option) for name in COMMANDS for option in options_of(name) if option.name != "help"
    ]


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "option", [o for _, o in options()], ids=[f"{name} {o.name}" for name, o in options()]
)
class TestEveryFlag:
    def test_has_the_environment_variable_of_its_name(self, option: click.Option) -> None:
        long = next(name for name in option.opts if name.startswith("--"))
        assert option.envvar == "VPSYNC_" + long[2:].upper().replace("-", "_")

    def test_says_what_it_does_in_a_sentence(self, option: click.Option) -> None:
        assert option.help
        assert option.help[0].isupper()

    def test_never_takes_a_token_as_its_value(self, option: click.Option) -> None:
        """A value would stand in the process list and in the shell's history."""
        takes_text = not option.is_flag and "file" not in option.opts[-1]
        assert not (takes_text and "token" in option.opts[-1] and "dir" not in option.opts[-1])
