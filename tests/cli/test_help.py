"""Help that fits the terminal, and flags that can be set by the environment."""

from __future__ import annotations

import click
import pytest

from vpsync import __version__
from vpsync.cli import COMMANDS, main

from .conftest import Vpsync

CALLS = [(), *((name,) for name in COMMANDS)]


@pytest.mark.parametrize("columns", [80, 200])
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


def test_the_version_is_told(vpsync: Vpsync) -> None:
    done = vpsync("--version")
    assert (done.code, done.out, done.err) == (0, f"vpsync {__version__}\n", "")


def options() -> list[tuple[str, click.Option]]:
    return [
        (name, option)
        for name in COMMANDS
        for option in command(name).params
        if isinstance(option, click.Option) and option.name != "help"
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
