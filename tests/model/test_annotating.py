"""Annotations in messages are commands that can be pasted."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import blocked, manifest, observed, snapshot
from vpsync.model.annotating import REQUESTS, annotating, asking, taking_off
from vpsync.model.resource import GROUP
from vpsync.planning.options import NAMES

SOURCES = Path(__file__).resolve().parents[2] / "vpsync"

SAY_NOTHING_OF_RESOURCES = {"cli", "sandbox", "schema"}
"""Rooms whose texts are about flags, a simulator, or what a manifest may hold."""

NAMED = re.compile(
    rf"(?<![\w-])(?:{'|'.join(n for n in (*NAMES, *REQUESTS) if '-' in n)})(?![\w-])"
)


def test_of_a_resource_in_a_cluster_it_is_a_whole_command() -> None:
    words = shlex.split(annotating(manifest(), "adopt", "id-1"))
    assert words == [
        "kubectl", "annotate", "--overwrite", "-n", "team", "vpdeployment", "orders",
        f"{GROUP}/adopt=id-1",
    ]  # fmt: skip


def test_what_vvp_says_is_one_word_of_the_command() -> None:
    words = shlex.split(annotating(manifest(), "adopt", "x; rm -rf $HOME"))
    assert words[-1] == f"{GROUP}/adopt=x; rm -rf $HOME"


def test_of_a_manifest_from_a_file_it_is_the_line_to_write() -> None:
    told = annotating(manifest(in_file=True), "delete-contents", "true")
    assert told == f'set the annotation {GROUP}/delete-contents: "true"'


def test_a_request_asks_by_the_present_time() -> None:
    told = asking(manifest(), "restart-requested-at")
    assert told.endswith(f' vpdeployment orders {GROUP}/restart-requested-at="$(date -Is)"')
    in_file = asking(manifest(in_file=True), "restart-requested-at")
    assert in_file == f"set the annotation {GROUP}/restart-requested-at to what `date -Is` prints"


def test_an_annotation_is_taken_off_as_kubectl_does_it() -> None:
    assert taking_off(manifest(), "paused").endswith(f" vpdeployment orders {GROUP}/paused-")
    assert taking_off(manifest(in_file=True), "paused") == f"take the annotation {GROUP}/paused off"


def test_an_object_that_is_nobodys_is_taken_over_by_the_command_of_its_message() -> None:
    resource = manifest()
    theirs = snapshot(observed(resource, {"/metadata/labels/team": "x"}, marked=False))
    message = blocked(resource, theirs).message
    assert message.endswith(annotating(resource, "adopt", "id-of-orders"))


def texts(path: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize(
    "room", sorted(p.name for p in SOURCES.iterdir() if p.is_dir() and p.name != "__pycache__")
)
def test_no_message_names_an_annotation_in_another_form(room: str) -> None:
    if room in SAY_NOTHING_OF_RESOURCES:
        return
    found = [
        f"{path.name}: {text}"
        for path in (SOURCES / room).rglob("*.py")
        for text in texts(path)
        if " " in text and NAMED.search(text)
    ]
    assert found == []
