"""Attacks on what is read: bombs in YAML and JSON, objects beyond all bounds, manifests that hide."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from builders import manifest
from passes.scenario import LIBRARY
from passes.world import World
from vpsync.model.bounds import beyond_bounds
from vpsync.model.decoding import decoded
from vpsync.model.resource import annotation
from vpsync.planning.ownership.managed_fields import read_managed
from vpsync.planning.ownership.marker import read_marker
from vpsync.redact.credentials import without_credentials
from vpsync.redact.output import safe_text
from vpsync.redact.text import markdown_text, quoted
from vpsync.settings import Settings
from vpsync.source.documents import documents
from vpsync.source.events import UnreadableDocument
from vpsync.source.files import read_files
from vpsync.source.scalars import doubt

from .attack import Attack, Bench, at_most

API = "ververicaplatform.fintechstudios.com/v1beta1"
MANIFEST = f"""\
apiVersion: {API}
kind: VpDeploymentTarget
metadata: {{name: jobs}}
spec: {{spec: {{kubernetes: {{namespace: flink}}}}}}
"""

MANY = 5000

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "alias-bomb": LAUGHS,
    "alias-of-itself": "a: &a [*a]",
    "python-object": "a: !!python/object/apply:os.system ['true']",
    "python-name": "a: !!python/name:os.system",
    "own-tag": "a: !include /etc/passwd",
    "key-twice": "a: 1\na: 2",
    "key-twice-in-json": '{"a": 1, "a": 2}',
    "merge-of-nothing": "<<: 5",
    "deep-flow": "[" * 5000 + "]" * 5000,
    "deep-json": '{"a":' * 5000 + "1" + "}" * 5000,
    "deep-block": "".join(f"{' ' * n}a:\n" for n in range(700)),
    "key-of-megabytes": f"{'k' * 3_000_000}: 1",
    "key-that-is-a-map": "{a: 1}: 2",
    "unknown-alias": "a: *nowhere",
    "control-character": "a: \x01",
    "open-quote": 'a: "' + "x" * 1000,
    "not-a-number": '{"a": NaN}x',
    "half-a-character": '{"a": "\\ud800"}',
    "half-a-key": '{"\\uDFFF": 1}',
}
OBJECTS: dict[str, Callable[[], Any]] = {
    "deep": lambda: _nested(700),
    "deep-list": lambda: json.loads("[" * 400 + "]" * 400),
    "long-key": lambda: {"k" * 400_000: 1},
    "many-values": lambda: {"a": list(range(60_000))},
    "large-text": lambda: {"a": "x" * 3_000_000},
}
HIDES: dict[str, Callable[[str], object]] = {
    "dangling-link": lambda path: os.symlink("gone.yaml", f"{path}/z.yaml"),
    "linked-directory": lambda path: os.symlink("/usr", f"{path}/z"),
    "pipe": lambda path: os.mkfifo(f"{path}/z.yaml"),
    "link-to-itself": lambda path: os.symlink("z.yaml", f"{path}/z.yaml"),
    "list-without-items": lambda path: _write(path, "z.yaml", "kind: List\nitem: []\n"),
    "latin-1": lambda path: _write_bytes(path, b"a: \xe4\n"),
    "misspelt-kind": lambda path: _write(
        path, "z.yaml", MANIFEST.replace("VpDeploymentTarget", "VpDeploymentTargt")
    ),
    "template": lambda path: _write(path, "z.yaml", "a: {{ .Values.x }}\n"),
}
SLOW = {
    "a": "a",
    "at-signs": "a@",
    "schemes": "http://a:",
    "slashes": "http://",
    "elements": '<a name="password">',
    "hadoop": "<name>",
    "web-tokens": "eyJaaaaaa.",
    "web-tokens-begun": "eyJ-",
    "keys": "-----BEGIN PRIVATE KEY-----",
    "oracle": "jdbc:oracle:thin:a/",
    "oracle-begun": "jdbc:oracle:thin:",
    "oracle-and-names": "jdbc:oracle:a:key=",
    "hooks": "https://hook",
    "names": "a.b-",
    "quotes": 'password="',
    "apostrophes": "password='",
    "commands": "##",
    "colons": ":: ",
    "escapes": "\x1b[",
}


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def _write(path: str, name: str, text: str) -> None:
    with open(f"{path}/{name}", "w", encoding="utf-8") as file:
        file.write(text)


def _write_bytes(path: str, data: bytes) -> None:
    with open(f"{path}/z.yaml", "wb") as file:
        file.write(data)


def _is_refused(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        with at_most(3), pytest.raises(UnreadableDocument) as told:
            list(documents(text))
        assert len(str(told.value)) < 500

    return held


def _breaks_bounds(make: Callable[[], Any]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        document = make()
        with at_most(2):
            assert beyond_bounds(document)

    return held


def _is_told(hide: Callable[[str], object]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        _write(str(bench.directory), "a.yaml", MANIFEST)
        hide(str(bench.directory))
        sourced = read_files([str(bench.directory)])
        assert len(sourced.errors) == 1, sourced.errors
        assert [one.key.name for one, _ in sourced.manifests] == ["jobs"]

    return held


def _is_quick(unit: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        many = unit * (100_000 // len(unit))
        for text in (many, f"{many}@x", f"{many} @x", f"{many}\n"):
            with at_most(4):
                without_credentials(text)
                quoted(text, 500)
                safe_text(text)
                markdown_text(text[:20_000])

    return held


def _stays_in_its_list(bench: Bench) -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    items = decoded(f'{{"items":[{{"a":1}},{deep},{{"b":2}}]}}')["items"]
    assert (items[0], items[2]) == ({"a": 1}, {"b": 2})
    assert beyond_bounds(items[1])


def _marker_bombs(bench: Bench) -> None:
    for text in ("[" * 100_000, '{"v":1,"a":' * 50_000, "9" * 10_000, '{"v":' + "9" * 5000 + "}"):
        with at_most(2):
            assert read_marker(text) is None
            assert read_managed(text) is None


def _upper_case_suffix(bench: Bench) -> None:
    _write(str(bench.directory), "JOBS.YAML", MANIFEST)
    sourced = read_files([str(bench.directory)])
    assert [one.key.name for one, _ in sourced.manifests] == ["jobs"]


def _bad_documents(bench: Bench) -> None:
    _write(str(bench.directory), "a.yaml", "---\n5\n" * 20_000)
    with at_most(15):
        sourced = read_files([str(bench.directory)])
    assert len(sourced.errors) <= 101


def _fits_into_a_pass(edit: Callable[[dict[str, Any]], None]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        document = json.loads(json.dumps(LIBRARY["deployment"]))
        edit(document)
        with World(settings=Settings(concurrency=1)) as world:
            for one in (LIBRARY["target"], document):
                world.create(one)
            with at_most(10):
                world.run()
                world.run()

    return held


def _template(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["spec"]["spec"]["template"]["spec"]
    return found


def _ignores_much(document: dict[str, Any]) -> None:
    pointers = ",".join(f"/spec/a{n}" for n in range(MANY))
    document["metadata"]["annotations"] = {annotation("ignore-fields"): pointers}
    _template(document)["flinkConfiguration"] = {f"k{n}": "v" for n in range(MANY)}


def _misspells_much(document: dict[str, Any]) -> None:
    document["spec"]["spec"] |= {f"paralelism{n}": 1 for n in range(MANY)}


def _invents_much(document: dict[str, Any]) -> None:
    _template(document).update({f"flinkConfigurations{n}": {} for n in range(MANY)})


def _endless_numbers(bench: Bench) -> None:
    for text in ("0x" + "f" * 5000, "0o" + "7" * 5000, "0b" + "1" * 9000, "0" + "7" * 5000, "1_" * 3000 + "1",
                 "1" * 5000, "1e" + "9" * 5000, "." + "0" * 5000 + "1", ":".join(["59"] * 3000)):  # fmt: skip
        with at_most(1):
            assert isinstance(doubt(text), str)
        _write(
            str(bench.directory),
            "a.yaml",
            MANIFEST.replace("namespace: flink", f"namespace: {text}"),
        )
        for command in ("validate", "diff"):
            more = ("--sandbox", "-f") if command == "diff" else ()
            done = bench.vpsync(command, *more, str(bench.directory))
            assert "fault of vpsync" not in done.out + done.err, text[:9]


def _says_less(bench: Bench) -> None:
    long = manifest(name="x" * 100_000)
    assert len(long.key.name) == 100_000
    _write(str(bench.directory), "a.yaml", MANIFEST.replace("jobs", "x" * 100_000))
    done = bench.vpsync("validate", str(bench.directory))
    assert done.code == 3
    assert len(done.out + done.err) < 5000


ATTACKS = (
    *(
        Attack(
            f"yaml-{name}",
            f"A file holds {name!r}: it is refused at once, in few words.",
            _is_refused(text),
        )
        for name, text in REFUSED.items()
    ),
    *(
        Attack(
            f"object-{name}",
            f"A resource is {name!r}: it is out of bounds before anything recursive sees it.",
            _breaks_bounds(make),
        )
        for name, make in OBJECTS.items()
    ),
    *(
        Attack(
            f"hidden-{name}",
            f"A manifest is hidden by a {name}: unreadable is told, and never taken for gone.",
            _is_told(hide),
        )
        for name, hide in HIDES.items()
    ),
    *(
        Attack(
            f"slow-{name}",
            f"A text of 100,000 characters repeats {name!r}: cleaning it takes no long time.",
            _is_quick(unit),
        )
        for name, unit in SLOW.items()
    ),
    Attack(
        "list-with-a-deep-item",
        "One item of a cluster's list is nested 5,000 deep: the others arrive whole.",
        _stays_in_its_list,
    ),
    Attack(
        "marker-bombs",
        "Somebody writes a bomb into our annotations in VVP: it reads as no marker and no record.",
        _marker_bombs,
    ),
    Attack(
        "suffix-in-capitals",
        "A manifest is named .YAML: it is read, and nothing is pruned for it.",
        _upper_case_suffix,
    ),
    Attack(
        "many-bad-documents",
        "A file holds tens of thousands of bad documents: the errors are counted, not all told.",
        _bad_documents,
    ),
    *(
        Attack(
            f"object-{name}",
            f"A resource {name.replace('-', ' ')} in {MANY:,} members: a pass over it takes seconds.",
            _fits_into_a_pass(edit),
        )
        for name, edit in (
            ("ignores-fields", _ignores_much),
            ("misspells-fields", _misspells_much),
            ("invents-fields", _invents_much),
        )
    ),
    Attack(
        "endless-numbers",
        "A manifest holds a number of thousands of digits in any base: it is that file's trouble alone.",
        _endless_numbers,
    ),
    Attack(
        "endless-name",
        "A resource has a name of 100,000 characters: what is said about it stays short.",
        _says_less,
    ),
)
