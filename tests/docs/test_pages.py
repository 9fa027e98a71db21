"""What every page keeps: links that lead somewhere, examples that are valid, no hosts of others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pages import DOCS, anchors, blocks, sections
from vpsync.cli import main
from vpsync.kinds import KINDS
from vpsync.lint.rules import judge
from vpsync.schema.load import SchemaSet
from vpsync.source.manifest import manifest_from, shape_findings
from vpsync.source.strangers import is_ours

ROOT = DOCS.parent
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "tests" / "README.md",
    *sorted(DOCS.glob("*.md")),
]
INDEX = DOCS / "README.md"
HOSTS = {
    "docs.ververica.com",
    "github.com",
    "keepachangelog.com",
    "pre-commit.com",
    "localhost",
    "127.0.0.1",
}
"""Hosts that are told of beside those of example.com."""
SCHEMAS = SchemaSet(kind.name for kind in KINDS)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def documents(text: str) -> Iterator[Any]:
    """Every YAML document in a page."""
    for block in blocks(text):
        if block.language == "yaml":
            yield from yaml.safe_load_all(block.text)


EXAMPLES = [
    pytest.param(document, id=f"{short(path)} {document['kind']} {document['metadata']['name']}")
    for path in PAGES
    for document in documents(path.read_text("utf-8"))
    if is_ours(document)
]


def commands(text: str) -> Iterator[str]:
    """Every command line of vpsync in a page: in blocks, in pipelines, and in sentences."""
    joined = re.sub(r"\\\n\s*", "", text)
    for line in joined.splitlines():
        yield from re.findall(r"`((?:kubectl )?vpsync(?: [^`]+)?)`", line)
    for block in blocks(joined):
        for line in block.text.splitlines():
            found = re.match(r"\s*(?:- )?(?:run: )?(?:\$ )?(vpsync \S.*)", line)
            # In other blocks stands what is printed; a usage line is made by the program itself.
            if found and block.language in ("console", "yaml") and "[OPTIONS]" not in line:
                yield found[1]


COMMANDS = sorted({command for path in PAGES for command in commands(path.read_text("utf-8"))})
OPERATORS = ("|", "||", ">")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_is_shown_has_flags_that_exist(command: str) -> None:
    words = shlex.split(command.removeprefix("kubectl "), comments=True)
    _vpsync, name, *rest = takewhile(lambda word: word not in OPERATORS, words)
    known = main.get_command(click.Context(main), name)
    assert known, name
    known.make_context(name, rest).close()


@pytest.mark.parametrize("path", PAGES, ids=short)
class TestEveryPage:
    def test_has_links_that_lead_somewhere(self, path: Path) -> None:
        text = path.read_text("utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith("https://"):
                continue
            name, _, anchor = target.partition("#")
            file = path.parent / name if name else path
            assert file.exists(), target
            if anchor:
                assert anchor in anchors(file.read_text("utf-8")), target

    def test_names_no_hosts_but_those_of_example_com(self, path: Path) -> None:
        hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text("utf-8")))
        others = {host for host in hosts if not re.fullmatch(r"(.+\.)?example\.com", host)}
        assert others <= HOSTS

    def test_begins_with_its_one_title(self, path: Path) -> None:
        lines = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S).splitlines()
        assert [line for line in lines if line.startswith("# ")] == lines[:1]


@pytest.mark.parametrize("document", EXAMPLES)
def test_every_manifest_that_is_shown_is_valid(document: dict[str, Any]) -> None:
    manifest = manifest_from(document, "docs", "default")
    assert judge(document, manifest, shape_findings(document), SCHEMAS, strict=True).findings == ()


def test_the_index_names_every_page_and_the_readme_leads_to_it() -> None:
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", INDEX.read_text("utf-8")))
    assert named == {path.name for path in DOCS.glob("*.md")} - {INDEX.name}
    assert "](docs/README.md)" in README.read_text("utf-8")


class TestTheReadme:
    TEXT = README.read_text("utf-8")

    def test_has_at_most_180_lines(self) -> None:
        assert len(self.TEXT.splitlines()) <= 180

    def test_sets_up_with_two_commands_one_runs_the_main_job_and_one_the_tests(self) -> None:
        setup = [block.text for block in blocks(self.TEXT) if "pip install" in block.text]
        assert [text.count("\n") for text in setup] == [1, 1]
        assert setup == [block.text for block in blocks(sections(self.TEXT, 2)["Install"])]
        job, tests = (text.strip().split(" && ") for text in setup)
        assert job[-1] == ".venv/bin/vpsync reconcile --once --sandbox --wait -f examples/"
        assert tests[-1] == ".venv/bin/pytest -n auto"
        assert {job[0], tests[0]} == {"python3 -m venv .venv"}

    def test_says_how_long_the_tests_take(self) -> None:
        assert re.search(r"about \w+ minutes", sections(self.TEXT, 2)["Install"])

    def test_draws_a_pass_and_a_diff(self) -> None:
        [drawn] = [block.text for block in blocks(self.TEXT) if block.language == "text"]
        assert all(word in drawn for word in ("validate", "observe", "plan", "apply", "publish"))
        assert "](docs/diff.svg)" in self.TEXT


@pytest.mark.parametrize("word", ["Tokens", "Troubleshooting", "Annotations", "Uninstall"])
def test_what_people_search_for_is_the_title_of_a_page(word: str) -> None:
    titles = [path.read_text("utf-8").partition("\n")[0] for path in PAGES]
    assert titles.count(f"# {word}") == 1


def test_manifests_are_shown() -> None:
    assert EXAMPLES
