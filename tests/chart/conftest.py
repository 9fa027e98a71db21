"""helm, for the tests of the charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.apiserver.binaries import helm_at_hand

from .helm import Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """helm where it is at hand. ``.ci/run`` builds it first, so there these tests are never skipped."""
    program: Path | None = helm_at_hand()
    if program is None:
        pytest.skip("there is no helm yet: python tests/e2e/apiserver/binaries.py builds it")
    return Helm(program, tmp_path_factory.mktemp("helm"))
