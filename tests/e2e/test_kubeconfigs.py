"""kubectl and vpsync make the same of a kubeconfig: same server, same identity, or both refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeconfigs.asked import by_kubectl, by_vpsync, expected
from kubeconfigs.bench import Bench, Grounds, grounds
from kubeconfigs.table import Case, table

from .apiserver.binaries import find_binaries

TABLE = table()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """The servers of the table."""
    with grounds(tmp_path_factory.mktemp("pki")) as made:
        yield made


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The kubectl that the API server of these tests came with."""
    return find_binaries().kubectl


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_kubectl_asks_the_same_server_as_the_same_user(
    ground: Grounds, kubectl: Path, tmp_path: Path, case: Case
) -> None:
    bench = Bench(ground, tmp_path)
    case.prepare(bench)
    ground.log.take()
    why = by_kubectl(bench, kubectl)
    # Some kubectl ask for the version once more, to find the right kubectl for it.
    of_kubectl = list(dict.fromkeys(ground.log.take()))
    refusal = by_vpsync(bench)
    of_vpsync = ground.log.take()
    if case.kubectl != "same":
        # Where the two differ on purpose, the table says how, and why.
        differs = case.kubectl if isinstance(case.kubectl, dict) else None
        assert of_kubectl == ([] if differs is None else [expected(bench, differs)]), why
    elif why:
        assert refusal, f"kubectl refuses: {why}"
        assert of_vpsync == []
    else:
        assert (refusal, of_vpsync) == ("", of_kubectl)
