"""Which token belongs to a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpsync.errors import PlatformUnauthorized
from vpsync.ververica.tokens import Tokens


class TestNames:
    @pytest.mark.parametrize(
        ("environment", "namespace", "token"),
        [
            ({}, "default", None),
            ({"APPMANAGER_API_TOKEN": "all"}, "default", "all"),
            ({"APPMANAGER_API_TOKEN": "all", "APPMANAGER_API_TOKEN_DEFAULT": "own"}, "default", "own"),
            ({"APPMANAGER_API_TOKEN_TEAM-A": "dash"}, "team-a", "dash"),
            ({"APPMANAGER_API_TOKEN_TEAM_A": "underscore"}, "team-a", "underscore"),
            (
                {"APPMANAGER_API_TOKEN_TEAM_A": "underscore", "APPMANAGER_API_TOKEN_TEAM-A": "dash"},
                "team-a",
                "dash",
            ),
            ({"APPMANAGER_API_TOKEN_OTHER": "other"}, "default", None),
            ({"PLATFORM_API_TOKEN": "platform"}, "default", None),
            ({"APPMANAGER_API_TOKEN_DEFAULT": "", "APPMANAGER_API_TOKEN": "all"}, "default", "all"),
        ],
    )  # fmt: skip
    def test_the_most_specific_variable_that_is_not_empty_wins(
        self, environment: dict[str, str], namespace: str, token: str | None
    ) -> None:
        assert Tokens(environment).for_namespace(namespace) == token

    @pytest.mark.parametrize(
        ("environment", "namespace", "token"),
        [
            ({"PLATFORM_API_TOKEN": "platform", "APPMANAGER_API_TOKEN": "all"}, None, "platform"),
            ({"APPMANAGER_API_TOKEN": "all"}, None, "all"),
            ({"APPMANAGER_API_TOKEN_TEAM": "own", "APPMANAGER_API_TOKEN": "all"}, "team", "own"),
            ({"APPMANAGER_API_TOKEN_TEAM": "own"}, None, None),
            ({"PLATFORM_API_TOKEN": " platform\n"}, None, "platform"),
        ],
    )
    def test_the_platform_has_its_own_token_or_that_of_the_namespace(
        self, environment: dict[str, str], namespace: str | None, token: str | None
    ) -> None:
        assert Tokens(environment).for_platform(namespace) == token


class TestFiles:
    def test_a_file_of_the_namespace_comes_first_then_the_common_one(self, tmp_path: Path) -> None:
        (tmp_path / "default").write_text("own\n")
        common = tmp_path / "common"
        common.write_text(" common \n")
        tokens = Tokens({"APPMANAGER_API_TOKEN": "environment"}, tmp_path, common)
        assert tokens.for_namespace("default") == "own"
        assert tokens.for_namespace("other") == "common"

    def test_without_a_file_the_environment_is_asked(self, tmp_path: Path) -> None:
        tokens = Tokens({"APPMANAGER_API_TOKEN": "environment"}, tmp_path)
        assert tokens.for_namespace("default") == "environment"

    def test_a_file_is_read_anew_for_every_request(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        tokens = Tokens({}, None, file)
        for text in ("one", "two"):
            file.write_text(text)
            assert tokens.for_namespace("default") == text

    @pytest.mark.parametrize("content", [b"", b" \n", b"a\nb", b"\xff\xfe"])
    def test_a_file_without_a_token_is_an_error_and_no_request_without_one(
        self, tmp_path: Path, content: bytes
    ) -> None:
        file = tmp_path / "token"
        file.write_bytes(content)
        with pytest.raises(PlatformUnauthorized, match="token file"):
            Tokens({"APPMANAGER_API_TOKEN": "environment"}, None, file).for_namespace("default")

    def test_the_common_file_is_for_the_platform_too(self, tmp_path: Path) -> None:
        common = tmp_path / "common"
        common.write_text("common")
        tokens = Tokens({"APPMANAGER_API_TOKEN": "environment"}, None, common)
        assert tokens.for_platform() == "common"
        assert tokens.for_platform("default") == "common"


@pytest.mark.parametrize("token", ["two\nlines", "t\u00f6ken", "\u20ac", "a\x00b"])
def test_a_variable_that_no_header_can_carry_is_an_error_that_does_not_show_it(token: str) -> None:
    with pytest.raises(PlatformUnauthorized) as refused:
        Tokens({"APPMANAGER_API_TOKEN_DEFAULT": token}).for_namespace("default")
    told = "the environment variable APPMANAGER_API_TOKEN_DEFAULT holds no token"
    assert str(refused.value) == f"{told}: one line of printable ASCII"
