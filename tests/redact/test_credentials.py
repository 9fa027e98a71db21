"""What is taken out of texts that somebody else wrote, one row for each gap that was once there."""

from __future__ import annotations

import time

import pytest

from vpsync.redact.credentials import without_credentials
from vpsync.redact.text import printable, quoted, with_quote

CANARY = "CANARY"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nCANARY\nCANARY"

HIDDEN = {
    "a user": ("https://u:CANARY@example.com/a", "https://***@example.com/a"),
    "a user with an at sign": ("https://u:p@CANARY@example.com/a", "https://***@example.com/a"),
    "a user before a query": ("ftp://u:CANARY@example.com?x", "ftp://***@example.com?x"),
    "a user in front of Azure's account": ("wasbs://u:CANARY@h/x", "wasbs://***@h/x"),
    "a user of Oracle": ("jdbc:oracle:thin:u/CANARY@//db:1/x", "jdbc:oracle:thin:***@//db:1/x"),
    "a short argument": ("run -p CANARY -v", "run -p *** -v"),
    "an argument": ("run --pass CANARY -v", "run --pass *** -v"),
    "pass": ("DB_PASS=CANARY", "DB_PASS=***"),
    "dbPass": ("dbPass=CANARY", "dbPass=***"),
    "passcode": ("passcode: CANARY", "passcode: ***"),
    "pin": ("card.pin=CANARY", "card.pin=***"),
    "auth": ("auth=CANARY", "auth=***"),
    "basic auth": ("basic-auth: u:CANARY", "basic-auth: ***"),
    "a container's variable": (
        "containerized.master.env.DB_PASS: CANARY",
        "containerized.master.env.DB_PASS: ***",
    ),
    "a cookie": ("Cookie: a=CANARY; b=CANARY", "Cookie: ***"),
    "a cookie that is set": ("Set-Cookie: a=CANARY; Path=/", "Set-Cookie: ***"),
    "a web token by name": ("jwt=CANARY", "jwt=***"),
    "a web token by shape": ("got eyJhbGciOi.eyJzdWIi.CANARY here", "got *** here"),
    "a token of GitHub": ("got ghp_CANARYCANARY here", "got *** here"),
    "a token of GitLab": ("got glpat-CANARY_x here", "got *** here"),
    "a token of Slack": ("got xoxb-1-CANARY here", "got *** here"),
    "an access key of AWS": ("got AKIACANARYCANARY1234 here", "got *** here"),
    "a private key": (f"{PEM}\n-----END RSA PRIVATE KEY-----\nend", "***\nend"),
    "a private key that was cut": (PEM, "***"),
    "two private keys": (f"{PEM}\n-----END KEY-----, {PEM}\n-----END KEY-----.", "***, ***."),
    "a private key behind a token": (f"glpat-CANARY{PEM}", "******"),
    "values before commas": (
        "password=CANARY, token=CANARY,x, and",
        "password=***, token=***, and",
    ),
    "a webhook of Slack": (
        "https://hooks.slack.com/services/CANARY",
        "https://hooks.slack.com/***",
    ),
    "a webhook": (
        "https://example.com/api/webhooks/1/CANARY",
        "https://example.com/api/webhooks/***",
    ),
    "an element": (
        '<Property name="password">CANARY</Property>',
        '<Property name="password">***</Property>',
    ),
    "an attribute": (
        '<Property name="password" value="CANARY"/>',
        '<Property name="password" value="***"/>',
    ),
    "a property of Hadoop": (
        "<name>x.secret.key</name><value>CANARY</value>",
        "<name>x.secret.key</name><value>***</value>",
    ),
}

SHOWN = [
    "https://evil.example#@good.example/app.jar",
    "https://evil.example?@good.example/app.jar",
    "https://evil.example\\@good.example/app.jar",
    "https://evil.example/@good.example/app.jar",
    "wasbs://container@account.blob.core.windows.net/a.jar",
    "abfss://container@account.dfs.core.windows.net/a.jar",
    "run -p 4 --parallelism 2",
    "<Property name='pattern'>%d %m%n</Property>",
    "compass: north, author=me, spinning=1",
    "-----BEGIN CERTIFICATE-----",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN.values(), ids=list(HIDDEN))
def test_a_credential_is_hidden_and_what_stands_around_it_is_not(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert CANARY not in quoted(text)


@pytest.mark.parametrize("text", SHOWN)
def test_no_host_and_no_harmless_word_is_hidden(text: str) -> None:
    assert without_credentials(text) == text
    assert quoted(text) == text


@pytest.mark.parametrize(
    "words",
    [
        "the environment variable APPMANAGER_API_TOKEN holds no token: one line of printable ASCII",
        "give the key: it is missing",
        "name the password -p or --pass in the manifest",
    ],
)
def test_our_own_words_stay_as_they_are(words: str) -> None:
    assert printable(words) == words
    assert with_quote(words, "password: CANARY") == f"{words} password: ***"


def test_what_is_quoted_is_hidden_before_it_is_cut() -> None:
    words = quoted("x" * 490 + " password=CANARY-CANARY", 500)
    assert len(words) <= 500
    assert "CANA" not in words


def test_a_name_and_its_value_are_found_across_lines_and_odd_characters() -> None:
    assert CANARY not in quoted("password=\x00CANARY")
    assert CANARY not in quoted("password:\n  CANARY")


@pytest.mark.parametrize(
    "unit",
    ["a", "a@", "http://", "http://a:", '<a name="password">', "<name>", "<a ", "eyJaaaaaa.",
     "-----BEGIN PRIVATE KEY-----", "jdbc:oracle:thin:a/", "https://hook", "cookie:", "-p "],
)  # fmt: skip
def test_hostile_text_takes_no_long_time(unit: str) -> None:
    for text in (unit * (200_000 // len(unit)), unit * (200_000 // len(unit)) + "@hook"):
        begun = time.process_time()
        without_credentials(text)
        assert time.process_time() - begun < 5
