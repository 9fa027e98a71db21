"""Servers and proxies of the table of kubeconfigs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .bench import Grounds, grounds


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """The servers, for all tests of a session."""
    with grounds(tmp_path_factory.mktemp("pki")) as made:
        yield made
