"""What images and CI install is pinned by version and hash, and is what the package asks for."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
FILES = {"constraints.txt": (), "constraints-ci.txt": ("test", "lint")}


def pins(name: str) -> dict[str, str]:
    """Versions by name; a line that is no pin with hashes fails."""
    text = (ROOT / name).read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first.startswith("# ")
    assert PIN.sub("", rest) == ""
    return {match[1]: match[2] for match in PIN.finditer(rest)}


def asked_for(*extras: str) -> list[Requirement]:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = settings["options"]["install_requires"].split()
    for extra in extras:
        texts += settings["options.extras_require"][extra].split()
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_with_hashes_within_the_bounds_of_the_package(name: str) -> None:
    pinned = pins(name)
    for requirement in asked_for(*FILES[name]):
        version = pinned[re.sub(r"[-_.]+", "-", requirement.name).lower()]
        assert requirement.specifier.contains(version), f"{requirement}: {version} is pinned"


def test_ci_tests_what_an_image_has() -> None:
    image, ci = pins("constraints.txt"), pins("constraints-ci.txt")
    assert {name: ci.get(name) for name in image} == image


def test_what_breaks_often_has_an_upper_bound() -> None:
    bounded = {one.name for one in asked_for() if "<" in str(one.specifier).replace("<=", "<")}
    assert {"click", "jsonschema", "jsonschema-rs", "requests", "rich", "urllib3"} <= bounded
