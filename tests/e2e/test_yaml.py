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
from vpsync.source.files import read_files

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
    lines = ("on: 1", "0777: 2", "1.5: 3", "2023-05-04: 4", "2.0: 5", "1.10: 6", "1e6: 7", "-.25: 8",
             "0.1234567891: 9", "1_000: 10", "18446744073709551616: 11", "a: &a {b: 1, c: 2}",
             "m: {b: 9, <<: *a, d: 3}", "n: {<<: [*a, {c: 5, e: 6}], c: 7}")  # fmt: skip
    path.write_text(_manifest("".join(f"          {line}\n" for line in lines)), encoding="utf-8")
    [(_, ours)] = documents(path.read_text(encoding="utf-8"))
    assert _configuration(ours) == _configuration(_applied(apiserver, namespace, path))


TAGS = ("!!str", "!!int", "!!float", "!!bool", "!!null", "!")
BLOCKS = ("|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "| # comment")


class _Text:
    """Generated YAML of all styles, as the lines of a map."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = [*WORDS, *ODD.split(), *_generated(seed, 200), "<<", "x y", "é", "a:b", "x#y"]
        self.anchors: list[str] = []

    def word(self) -> str:
        return self.chance.choice(self.words)

    def scalar(self, form: str = "x: [{}]") -> str:
        """A scalar in one line that vpsync reads where it stands."""
        while True:
            found = self.any_scalar()
            try:
                list(documents(form.format(found)))
            except UnreadableDocument:
                continue
            return found

    def key(self) -> str:
        """A scalar that may be a key."""
        return self.scalar("{{{} : x}}")

    def any_scalar(self) -> str:
        word, quoted = self.word(), self.chance.random()
        if quoted < 0.1:
            return f"'{word}'"
        if quoted < 0.2:
            return json.dumps(word + self.chance.choice(["", "\n", "\t", "\u2028", "\u00e9"]))
        return f"{self.chance.choice(TAGS)} {word}" if quoted < 0.35 else word

    def flow(self, depth: int) -> str:
        """A value in flow style."""
        kind = self.chance.random()
        if depth > 2 or kind < 0.5:
            return self.scalar()
        parts = range(self.chance.randint(0, 3))
        if kind < 0.75:
            return "[" + ", ".join(self.flow(depth + 1) for _ in parts) + "]"
        return "{" + ", ".join(f"{self.key()} : {self.flow(depth + 1)}" for _ in parts) + "}"

    def merge(self) -> str:
        """What stands behind a ``<<``."""
        if self.anchors and self.chance.random() < 0.6:
            names = [f"*{self.chance.choice(self.anchors)}" for _ in range(2)]
            return names[0] if self.chance.random() < 0.5 else f"[{', '.join(names)}]"
        return f"{{{self.key()} : 1, p: {self.scalar()}}}"

    def block(self, margin: str) -> list[str]:
        """A map in block style."""
        lines: list[str] = []
        for place in range(self.chance.randint(1, 5)):
            name = self.chance.choice([self.key(), f"k{place}", f"k{place}", "p", "<<"])
            kind = self.chance.random()
            if name == "<<":
                lines.append(f"{margin}<<: {self.merge()}")
            elif kind < 0.35:
                lines.append(f"{margin}{name} : {self.flow(0)}")
            elif kind < 0.5:
                lines += [f"{margin}{name} : {self.chance.choice(BLOCKS)}", *self.lines(margin)]
            elif kind < 0.6:
                lines += [f"{margin}{name} : {self.word()}", f"{margin}  {self.word()}"]
            elif kind < 0.8 and len(margin) < 16:
                anchor = f"a{len(self.anchors)}"
                lines += [f"{margin}{name} : &{anchor}", *self.block(margin + "  ")]
                self.anchors.append(anchor)
            else:
                items = range(self.chance.randint(1, 3))
                lines += [f"{margin}{name} :", *(f"{margin}- {self.flow(1)}" for _ in items)]
        return lines

    def lines(self, margin: str) -> list[str]:
        """The lines of a block scalar."""
        inner = (self.chance.choice(["", " ", "\t"]) + self.word() for _ in range(3))
        return [f"{margin}  {line}" if self.chance.random() < 0.8 else "" for line in inner]


def _files(seed: int, count: int, folder: Path) -> dict[str, Any]:
    """Writes what vpsync can read of so many generated files; the configuration of each resource."""
    held: dict[str, Any] = {}
    for place in range(count):
        text = _Text(seed * count + place)
        manifests = []
        for part in range(text.chance.randint(1, 3)):
            text.anchors.clear()
            body = "\n".join(text.block(" " * 10))
            manifests.append(_manifest(body + "\n").replace("orders}", f"f{place}-{part}}}"))
        separator = text.chance.choice(
            ["---\n", "--- # next\n", "...\n---\n", "---\n# none\n---\n"]
        )
        written = text.chance.choice(["", "---\n", "\ufeff"]) + separator.join(manifests)
        if text.chance.random() < 0.2:
            written = written.replace("\n", "\r\n")
        path = folder / f"f{place}.yaml"
        path.write_bytes(written.encode())
        loaded = read_files([str(path)])
        if loaded.errors:
            path.unlink()
        for manifest, _ in () if loaded.errors else loaded.manifests:
            held[manifest.key.name] = _configuration({"spec": manifest.spec})
    return held


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("seed", range(4))
def test_a_file_of_any_style_means_what_the_api_server_gets_or_is_refused(
    apiserver: ApiServer, namespace: str, tmp_path: Path, seed: int
) -> None:
    held = _files(seed, 150, tmp_path)
    assert len(held) > 60
    theirs = {
        item["metadata"]["name"]: _configuration(item)
        for item in _applied(apiserver, namespace, tmp_path)["items"]
    }
    assert {name: json.dumps(value, sort_keys=True) for name, value in held.items()} == {
        name: json.dumps(value, sort_keys=True) for name, value in theirs.items()
    }


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
