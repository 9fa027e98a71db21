"""helm, for the tests of the charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.apiserver.helm_binary import helm_at_hand

from .helm import Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """helm where it is at hand. ``.ci/run`` builds it first, so there these tests are never skipped."""
    program: Path | None = helm_at_hand()
    if program is None:
        pytest.skip("no helm yet: PYTHONPATH=tests python -m e2e.apiserver.helm_binary builds it")
    return Helm(program, tmp_path_factory.mktemp("helm"))
