"""Token files: read anew for every request, and never a request without a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpsync.errors import PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.sandbox import PresetToken, Sandbox, SandboxOptions
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import WRITES, HttpOptions, Transport

ENVIRONMENT = {"APPMANAGER_API_TOKEN": "of-the-environment"}
TARGETS = BY_NAME["VpDeploymentTarget"]


def test_the_file_of_a_namespace_comes_before_the_general_one(tmp_path: Path) -> None:
    (tmp_path / "orders").write_text("of-orders\n")
    (tmp_path / "general").write_text("of-all")
    tokens = Tokens(ENVIRONMENT, tmp_path, tmp_path / "general")
    assert tokens.for_namespace("orders") == "of-orders"
    assert tokens.for_namespace("other") == "of-all"


def test_a_namespace_without_a_file_falls_back_to_the_environment(tmp_path: Path) -> None:
    assert Tokens(ENVIRONMENT, tmp_path).for_namespace("orders") == "of-the-environment"


@pytest.mark.parametrize("content", [b"", b"  \n", b"two\x00parts", b"\xff\xfe"])
def test_a_file_without_a_token_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(PlatformUnauthorized, match="token"):
        Tokens(ENVIRONMENT, None, tmp_path / "token").for_namespace("orders")


def test_a_token_rotated_while_a_request_is_refused_is_used_at_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    preset = PresetToken("default", "vpsync", "owner", "new")
    with Sandbox(SandboxOptions(auth=True), tokens=[preset]) as sandbox:

        class Rotating(Transport):
            """Swaps the file just before its first request, as a kubelet may."""

            def send(self, *arguments: object, **more: object) -> object:
                file.write_text("new")
                return super().send(*arguments, **more)  # type: ignore[arg-type]

        transport = Rotating(HttpOptions(), WRITES)
        client = Client(
            transport, f"{sandbox.url}/api", sandbox.url, Tokens(ENVIRONMENT, None, file)
        )
        assert client.list_kind(TARGETS, "default") == []
        assert [request.status for request in sandbox.requests] == [401, 200]


def test_a_token_that_stays_refused_is_tried_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("wrong")
    with Sandbox(SandboxOptions(auth=True)) as sandbox:
        transport = Transport(HttpOptions(), WRITES)
        client = Client(transport, f"{sandbox.url}/api", sandbox.url, Tokens({}, None, file))
        with pytest.raises(PlatformUnauthorized):
            client.list_kind(TARGETS, "default")
        assert len(sandbox.requests) == 1
