"""What pip builds: the build system is named, every package is in the wheel, settings stand once."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_build_system_is_named_and_every_other_setting_stands_in_setup_cfg() -> None:
    """Without it pip falls back to running ``setup.py``, and warns that it will stop doing so."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert list(settings) == ["build-system"]
    assert settings["build-system"]["build-backend"] == "setuptools.build_meta"


def test_every_package_of_the_checkout_is_in_the_wheel() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = settings["options"]["packages"].split()
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "vpsync").rglob("*.py")}
    assert set(listed) == {".".join(folder.parts) for folder in folders} | {"vpsync.schemas"}
    assert listed == sorted(listed)
