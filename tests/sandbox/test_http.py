"""The wire: keep-alive, bodies, media types, unknown paths and methods, TLS."""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vpsync.sandbox import Sandbox

from .api import Api, target

DEPLOYMENTS = "/api/v1/namespaces/default/deployments"


def address(api: Api) -> tuple[str, int]:
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    return host, int(port)


def raw(api: Api, text: bytes) -> bytes:
    """What comes back for some bytes, until the connection ends."""
    with socket.create_connection(address(api), timeout=5) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def test_a_connection_serves_many_requests(api: Api) -> None:
    connection = http.client.HTTPConnection(*address(api), timeout=5)
    connection.connect()
    used = connection.sock
    for _ in range(3):
        connection.request("GET", DEPLOYMENTS)
        assert json.loads(connection.getresponse().read())["items"] == []
    assert connection.sock is used
    connection.close()


def test_an_answer_on_a_warm_connection_does_not_wait_for_an_acknowledgement(api: Api) -> None:
    api.get("deployments")
    took = sorted(api.get("deployments").elapsed.total_seconds() for _ in range(9))
    assert took[4] < 0.03


def test_connection_close_is_honoured(api: Api) -> None:
    text = raw(api, b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert text.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close" in text


def test_pipelined_requests_are_answered_in_order(api: Api) -> None:
    one = b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
    other = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    text = raw(api, one + other)
    assert text.index(b" 200 ") < text.index(b" 404 ")


def test_what_is_not_http_ends_the_connection(api: Api) -> None:
    assert raw(api, b"hello\r\n\r\n") == b""
    assert api.get("deployments").status_code == 200


@pytest.mark.parametrize("extra", [b"", b"Expect: 100-continue\r\n"])
def test_chunked_bodies_are_read(api: Api, extra: bytes) -> None:
    body = json.dumps(target()).encode()
    chunks = b"%x\r\n%s\r\n%x;a=b\r\n%s\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    head = (
        b"POST /api/v1/namespaces/default/deployment-targets HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n" + extra + b"\r\n"
    )
    assert b" 201 Created" in raw(api, head + chunks)


def test_head_answers_without_a_body(api: Api) -> None:
    answer = api.request("HEAD", DEPLOYMENTS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
    assert api.sandbox.mutations() == []


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v2/namespaces/default/deployments", f"{DEPLOYMENTS}/a/b", "/api/v1/x"],
)
def test_an_unknown_path_answers_404_with_a_message(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert isinstance(answer.json()["message"], str)


def test_a_method_that_a_path_does_not_have_answers_405(api: Api) -> None:
    answer = api.put("savepoints", {})
    assert answer.status_code == 405
    assert isinstance(answer.json()["message"], str)


def send(api: Api, body: bytes, media_type: str | None = "application/json") -> Any:
    headers = {"Content-Type": media_type} if media_type else {}
    url = f"{api.sandbox.url}/api/v1/namespaces/default/deployment-targets"
    return api.session.post(url, data=body, headers=headers, timeout=5)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'"text"',
        b"null",
        b"",
    ],
)
def test_a_body_that_is_not_a_json_object_answers_400(api: Api, body: bytes) -> None:
    answer = send(api, body)
    assert answer.status_code == 400
    assert isinstance(answer.json()["message"], str)


@pytest.mark.parametrize(
    "media_type",
    [None, "text/plain", "application/yamlx", "application/merge-patch+json", "application/jsonx"],
)
def test_another_media_type_answers_415(api: Api, media_type: str | None) -> None:
    assert send(api, json.dumps(target()).encode(), media_type).status_code == 415


@pytest.mark.parametrize("media_type", ["application/json;charset=UTF-8", "Application/JSON"])
def test_parameters_and_case_of_the_media_type_do_not_matter(api: Api, media_type: str) -> None:
    assert send(api, json.dumps(target()).encode(), media_type).status_code == 201


def test_text_outside_ascii_comes_back_as_utf_8(api: Api) -> None:
    body = target()
    body["metadata"]["labels"] = {"a": "Zoë 日本 \U0001f600"}
    answer = api.post("deployment-targets", body)
    assert answer.json()["metadata"]["labels"] == body["metadata"]["labels"]
    assert "Zoë".encode() in answer.content


def test_a_lone_surrogate_does_not_break_the_sandbox(api: Api) -> None:
    body = json.dumps(target()).replace("flink", "\\ud800").encode()
    assert send(api, body).status_code == 201
    assert api.get("deployment-targets").status_code == 200


def test_percent_escapes_in_paths_are_decoded(api: Api) -> None:
    api.make_target("a_b")
    assert api.read("deployment-targets/a%5Fb")["metadata"]["name"] == "a_b"
    assert api.get("deployment-targets/a%2Fb").status_code == 404


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_it_speaks_tls_when_given_a_context(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        capture_output=True,
        check=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Sandbox(tls=context) as sandbox:
        api = Api(sandbox)
        api.session.verify = str(certificate)
        assert sandbox.url.startswith("https://")
        assert api.make_target()["kind"] == "DeploymentTarget"
        api.close()


@pytest.mark.parametrize("path", [f"{DEPLOYMENTS}/no", "/namespaces/v1/namespaces/no", "/no"])
def test_an_error_body_has_the_members_of_vvp_on_both_apis(api: Api, path: str) -> None:
    body = api.get(path).json()
    assert body.keys() == {"kind", "apiVersion", "message", "reason", "context", "statusCode"}
    assert (body["apiVersion"], body["statusCode"], body["context"]) == ("v1", 404, {})
    assert isinstance(body["message"], str)
