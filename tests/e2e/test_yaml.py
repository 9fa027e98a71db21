"""One file, one meaning: what ``-f`` reads is what kubectl and a real API server read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vpsync.source.documents import documents
from vpsync.source.events import UnreadableDocument

from .apiserver.server import ApiServer
from .harness import GROUP

WORDS = [
    case for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", ".inf")
    for case in (word, word.capitalize(), word.upper())
]  # fmt: skip
ODD = """
    ~ 0777 -0777 08 09.5 0o17 0O17 0x10 0X1f -0x10 0b11 0b2 1_000 1__0 1_ 0_7 0_8 1e3 1E3 1.5e3 1e+3 1.e3
    1.0 1.10 1. .5 -.5 +.5 .5_0 ._5 +1 -0 -0.0 00 1:30 12:30:45 2023-05-04 2023-05-04T10:00:00Z 1.2.3
    9223372036854775807 9223372036854775808 -9223372036854775809 18446744073709551616 0xffffffffffffffff
    1e20 1e21 1e22 1e-7 123456789012345678901234567890 500m 1,000 = . .. + - 0x 0b 0x1p3
"""
ALPHABETS = (
    "0123456789._-+eE",
    "0123456789abcdefxXoOb_",
    "yYnNoOfFtTeEsSrRuUaAlL~.",
    "0123456789:.-TZ",
)


def _generated(seed: int, count: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(count):
        alphabet = chance.choice(ALPHABETS)
        yield "".join(chance.choice(alphabet) for _ in range(chance.randint(1, 12)))


def _readable(text: str) -> bool:
    """Whether it stands for itself in YAML, in both of the places that are tried."""
    try:
        return [list(value) for _, value in documents(f"x: {text}\n")] == [["x"]]
    except UnreadableDocument:
        return False


def _manifest(configuration: str) -> str:
    return f"""\
apiVersion: {GROUP}/v1beta2
kind: VpDeployment
metadata: {{name: orders}}
spec:
  deploymentTargetName: jobs
  spec:
    template:
      spec:
        artifact: {{kind: JAR, jarUri: s3://bucket/orders.jar}}
        flinkConfiguration:
{configuration}"""


def _configuration(document: Any) -> Any:
    return document["spec"]["spec"]["template"]["spec"]["flinkConfiguration"]


def _applied(apiserver: ApiServer, namespace: str, path: Path) -> Any:
    done = apiserver.kubectl(
        "apply",
        "--dry-run=server",
        "--validate=false",
        "-n",
        namespace,
        "-f",
        str(path),
        "-o",
        "json",
    )
    return json.loads(done.stdout)


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("seed", range(4))
def test_a_scalar_has_the_value_that_the_api_server_gets(
    apiserver: ApiServer, namespace: str, tmp_path: Path, seed: int
) -> None:
    words = [word for word in [*WORDS, *ODD.split(), *_generated(seed, 400)] if _readable(word)]
    assert len(words) > 250
    path = tmp_path / "orders.yaml"
    lines = (f"          k{place}: {word}\n" for place, word in enumerate(words))
    path.write_text(_manifest("".join(lines)), encoding="utf-8")
    [(_, ours)] = documents(path.read_text(encoding="utf-8"))
    theirs = _configuration(_applied(apiserver, namespace, path))
    held = _configuration(ours)
    unlike = {
        word: (held[f"k{place}"], theirs.get(f"k{place}"))
        for place, word in enumerate(words)
        if json.dumps(held[f"k{place}"]) != json.dumps(theirs.get(f"k{place}"))
    }
    assert unlike == {}


@pytest.mark.usefixtures("shipped")
def test_keys_and_merges_are_what_the_api_server_gets(
    apiserver: ApiServer, namespace: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.yaml"
    lines = ("on: 1", "0777: 2", "1.5: 3", "2023-05-04: 4", "a: &a {b: 1, c: 2}",
             "m: {b: 9, <<: *a, d: 3}", "n: {<<: [*a, {c: 5, e: 6}], c: 7}")  # fmt: skip
    path.write_text(_manifest("".join(f"          {line}\n" for line in lines)), encoding="utf-8")
    [(_, ours)] = documents(path.read_text(encoding="utf-8"))
    assert _configuration(ours) == _configuration(_applied(apiserver, namespace, path))


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan"])
def test_what_is_refused_here_kubectl_refuses_too(
    apiserver: ApiServer, namespace: str, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(_manifest(f"          k: {text}\n"), encoding="utf-8")
    with pytest.raises(UnreadableDocument):
        list(documents(path.read_text(encoding="utf-8")))
    with pytest.raises(AssertionError, match="unsupported value"):
        _applied(apiserver, namespace, path)
