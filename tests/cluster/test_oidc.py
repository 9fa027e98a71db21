"""ID tokens of an OpenID Connect provider: used while they are good, refreshed after that."""

from __future__ import annotations

import base64
import http.server
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from kubeconfigs.recording import Log, api, serving
from vpsync.cluster.client import Reader
from vpsync.cluster.connection import connect
from vpsync.errors import ClusterUnreachable, SettingsError

from .plugins import written


def token(expires: int, name: str = "a") -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"e30.{claims}.{name}"


GOOD, OLD, NEW = token(4102444800), token(1500000000), token(4102444800, "new")


@dataclass
class Provider:
    """What the provider answers, and what it was asked."""

    url: str = ""
    status: int = 200
    answer: Any = field(default_factory=lambda: {"id_token": NEW, "refresh_token": "second"})
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


@pytest.fixture
def provider() -> Iterator[Provider]:
    held = Provider()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/.well-known/openid-configuration"
            self._answer(200 if known else 404, {"token_endpoint": f"{held.url}/token"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            held.forms.append(parse_qs(body))
            held.logins.append(self.headers.get("Authorization", ""))
            self._answer(held.status, held.answer)

        def _answer(self, status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    with serving(Handler) as port:
        held.url = f"http://127.0.0.1:{port}"
        yield held


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def server(log: Log) -> Iterator[str]:
    """A server that refuses one of the tokens."""
    with serving(api(log, lambda authorization: authorization.endswith(".refused"))) as port:
        yield f"http://127.0.0.1:{port}"


def reader(folder: Path, server: str, provider: Provider, **config: str) -> Reader:
    held = {"idp-issuer-url": provider.url, "client-id": "kubernetes", "client-secret": "CANARY"}
    held |= {name.replace("_", "-"): value for name, value in config.items()}
    user = {"auth-provider": {"name": "oidc", "config": held}}
    path = written(folder / "config", server, user)
    return Reader(connect(path, None, "vpsync", 1), attempts=1)


def sent(log: Log) -> list[str]:
    return [one.authorization.removeprefix("Bearer ") for one in log.take()]


def test_a_token_that_is_good_is_used_and_nobody_asked(
    tmp_path: Path, server: str, provider: Provider, log: Log
) -> None:
    reader(tmp_path, server, provider, id_token=GOOD, refresh_token="first").get("/version")
    assert sent(log) == [GOOD]
    assert provider.forms == []


def test_one_that_expired_is_refreshed_once_and_the_kubeconfig_left_alone(
    tmp_path: Path, server: str, provider: Provider, log: Log
) -> None:
    one = reader(tmp_path, server, provider, id_token=OLD, refresh_token="first")
    before = (tmp_path / "config").read_bytes()
    one.get("/version")
    one.get("/version")
    assert sent(log) == [NEW, NEW]
    form = {"grant_type": ["refresh_token"], "refresh_token": ["first"]}
    assert provider.forms == [form]
    assert base64.b64decode(provider.logins[0].removeprefix("Basic ")) == b"kubernetes:CANARY"
    assert (tmp_path / "config").read_bytes() == before


def test_one_that_is_refused_is_refreshed(
    tmp_path: Path, server: str, provider: Provider, log: Log
) -> None:
    refused = token(4102444800, "refused")
    one = reader(tmp_path, server, provider, id_token=refused, refresh_token="first")
    one.get("/version")
    assert sent(log) == [refused, NEW]


def test_the_newest_refresh_token_is_used(tmp_path: Path, server: str, provider: Provider) -> None:
    provider.answer = {"id_token": OLD, "refresh_token": "second"}
    one = reader(tmp_path, server, provider, id_token=OLD, refresh_token="first")
    one.get("/version")
    one.get("/version")
    assert [form["refresh_token"] for form in provider.forms] == [["first"], ["second"]]


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "token=CANARY expired"},
         "it answers 400, invalid_grant token="),
        (500, {}, "it answers 500"),
        (200, {}, "gave no id_token"),
        (200, [], "gave no id_token"),
    ],
)  # fmt: skip
def test_a_refresh_that_fails_is_an_error_with_its_cause_and_nothing_is_sent(
    tmp_path: Path, server: str, provider: Provider, log: Log, status: int, answer: Any, words: str
) -> None:
    provider.status, provider.answer = status, answer
    one = reader(tmp_path, server, provider, id_token=OLD, refresh_token="CANARY")
    with pytest.raises(ClusterUnreachable, match=words) as raised:
        one.get("/version")
    assert "CANARY" not in str(raised.value)
    assert "log in again" in str(raised.value)
    assert log.take() == []


def test_a_provider_that_is_gone_is_an_error(
    tmp_path: Path, server: str, provider: Provider
) -> None:
    one = reader(tmp_path, server, provider, id_token=OLD, refresh_token="r",
                 idp_issuer_url="http://127.0.0.1:1")  # fmt: skip
    with pytest.raises(ClusterUnreachable, match="does not answer"):
        one.get("/version")


def test_one_that_expired_without_a_refresh_token_is_an_error(
    tmp_path: Path, server: str, provider: Provider, log: Log
) -> None:
    with pytest.raises(ClusterUnreachable, match="has expired and there is no refresh-token"):
        reader(tmp_path, server, provider, id_token=OLD).get("/version")
    assert log.take() == []


def test_a_provider_that_kubectl_gave_up_is_wrong_usage_that_names_what_came_after(
    tmp_path: Path,
) -> None:
    path = written(tmp_path / "config", "https://x", {"auth-provider": {"name": "gcp"}})
    with pytest.raises(SettingsError, match="gke-gcloud-auth-plugin"):
        connect(path, None, "vpsync", 1)
