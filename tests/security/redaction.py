"""Attacks on redaction: what would bring a secret out, or hide what a reviewer must see."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from vpsync.model.json import path_from_pointer
from vpsync.redact.fields import redacted
from vpsync.redact.redactor import hiding
from vpsync.redact.text import quoted
from vpsync.render.files import replace_file

from .attack import Attack, Bench

CANARY = "CANARYCANARY42"
TOKEN = "tok-CANARY/+=with-all-signs"


def _hides(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        assert "CANARY" not in quoted(text), quoted(text)

    return held


def _shows(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        assert quoted(text) == text

    return held


def _masks(place: str, value: Any) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        shown, hid = redacted(path_from_pointer(place), value)
        assert "CANARY" not in repr(shown), shown
        assert hid

    return held


def _knows(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        shown = hiding([TOKEN]).text(text)
        assert text not in shown
        assert "***" in shown

    return held


QUOTED = {
    "password-in-url": f"https://ci:{CANARY}@repo.example.com/a.jar",
    "password-with-at": f"https://ci:x@{CANARY}@repo.example.com/a.jar",
    "token-as-user": f"git+https://{CANARY}@git.example.com/x",
    "oracle-thin": f"jdbc:oracle:thin:scott/{CANARY}@//db:1521/x",
    "jdbc-parameter": f"jdbc:postgresql://db/x?user=a&password={CANARY}&ssl=true",
    "signed-url": f"https://s.example.com/x?X-Amz-Signature={CANARY}",
    "sas-url": f"https://a.blob.core.windows.net/c/x.jar?sv=1&sig={CANARY}",
    "argument": f"java -jar x --db-password {CANARY} --rate 5",
    "argument-p": f"mysql -u root -p {CANARY}",
    "argument-equals": f"--api-key={CANARY}",
    "argument-quoted": f"--secret '{CANARY} and more {CANARY}'",
    "header-bearer": f"Authorization: Bearer {CANARY}",
    "header-basic": f"authorization: Basic {CANARY}",
    "header-cookie": f"Cookie: a={CANARY}; b={CANARY}",
    "header-set-cookie": f"Set-Cookie: session={CANARY}; HttpOnly",
    "json-quoted": f'{{"password": "{CANARY}", "a": 1}}',
    "yaml-quoted": f"password: '{CANARY}'",
    "upper-case": f"DB_PASSWORD={CANARY}",
    "camel-case": f"dbPass={CANARY}",
    "newline-between": f"password:\n  {CANARY}",
    "nul-between": f"password=\x00{CANARY}",
    "zero-width-between": f"pass\u200bword password=\u200b{CANARY}",
    "pem": f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----",
    "pem-cut": f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    "openssh": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----",
    "github": "failed with ghp_CANARYCANARYCANARYCANARYCANARY",
    "github-fine": "failed with github_pat_CANARYCANARY_CANARY",
    "gitlab": "failed with glpat-CANARYCANARY",
    "slack": "failed with xoxb-123-CANARYCANARY",
    "aws": "failed with AKIACANARYCANARY1234",
    "jwt": "failed with eyJhbGciOiJ.eyJzdWIiOiI.CANARY",
    "vault": "failed with hvs.CANARYCANARYCANARY",
    "slack-hook": "post to https://hooks.slack.com/services/T0/B0/CANARY",
    "teams-hook": "post to https://x.webhook.office.example/webhookb2/CANARY",
    "log4j": '<Property name="password">CANARY</Property>',
    "log4j-attribute": '<Property name="password" value="CANARY"/>',
    "hadoop": "<name>fs.s3a.secret.key</name><value>CANARY</value>",
    "jaas": f'sasl.jaas.config=x required username="a" password="{CANARY}";',
    "container-env": f"containerized.taskmanager.env.DB_PASS: {CANARY}",
    "past-the-cut": "x" * 495 + f" password={CANARY}",
}
HOSTS = {
    "fragment": "https://evil.example#@good.example/app.jar",
    "query": "https://evil.example?@good.example/app.jar",
    "path": "https://evil.example/@good.example/app.jar",
    "backslash": "https://evil.example\\@good.example/app.jar",
    "port-and-path": "http://evil.example:8080/x@good.example",
    "azure-wasbs": "wasbs://jars@account.blob.core.windows.net/app.jar",
    "azure-abfss": "abfss://jars@account.dfs.core.windows.net/app.jar",
}
FIELDS: dict[str, tuple[str, Any]] = {
    "flink-secret": ("/spec/template/spec/flinkConfiguration/s3.secret-key", CANARY),
    "flink-map": ("/spec/template/spec/flinkConfiguration", {"s3.secret-key": CANARY}),
    "flink-token": ("/spec/template/spec/flinkConfiguration/x.token", CANARY),
    "environment": (
        "/spec/template/spec/kubernetes/pods/envVars",
        [{"name": "HOME", "value": CANARY}],
    ),
    "arguments": ("/spec/template/spec/artifact/mainArgs", f"--db-password {CANARY}"),
    "argument-list": ("/spec/args", ["--password", CANARY]),
    "jar-user": ("/spec/template/spec/artifact/jarUri", f"https://u:{CANARY}@x.example.com/a"),
    "nested-list": ("/spec/a", [{"b": [{"password": CANARY}]}]),
    "label": ("/metadata/labels", {"note": f"password={CANARY}"}),
    "list-below-secret": ("/spec/tokens", [CANARY, CANARY]),
}
QUOTES_TOKEN = {
    "plain": TOKEN,
    "any-case": TOKEN.upper(),
    "url": quote(TOKEN, safe=""),
    "base64": b64encode(TOKEN.encode()).decode().rstrip("="),
    "base64-url": urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
}


def _inside_base64(bench: Bench) -> None:
    for before in range(9):
        text = b64encode(b"u" * before + b":" + TOKEN.encode() + b":tail").decode()
        assert "***" in hiding([TOKEN]).text(text), before


def _through_a_link(bench: Bench) -> None:
    target = bench.directory / "passwd"
    target.write_text("root")
    link = bench.directory / "report.json"
    link.symlink_to(target)
    replace_file(link, "report")
    assert target.read_text() == "root"
    assert not link.is_symlink()


def _made() -> Iterator[Attack]:
    for name, text in QUOTED.items():
        yield Attack(
            f"quoted-{name}",
            f"VVP, a cluster or a file says {name!r} with a secret in it: the secret is not shown.",
            _hides(text),
        )
    for name, text in HOSTS.items():
        yield Attack(
            f"host-{name}",
            f"A JAR's address is written with an @ behind its host ({name}): the host stays visible.",
            _shows(text),
        )
    for name, (place, value) in FIELDS.items():
        yield Attack(
            f"field-{name}",
            f"A manifest holds a secret at {place}: no form of output shows it.",
            _masks(place, value),
        )
    for name, text in QUOTES_TOKEN.items():
        yield Attack(
            f"token-{name}",
            f"A server sends our token back, {name}: it is hidden by its value.",
            _knows(text),
        )


ATTACKS = (
    *_made(),
    Attack(
        "token-inside-base64",
        "A server sends our token back within a longer text in base64: it is hidden wherever it begins.",
        _inside_base64,
    ),
    Attack(
        "output-file-link",
        "A link lies where the report goes: the link is replaced, and what it leads to stays.",
        _through_a_link,
    ),
)
