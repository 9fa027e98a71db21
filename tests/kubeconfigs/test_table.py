"""vpsync asks the server that a kubeconfig names, as the user that it names, or refuses.

``tests/e2e/test_kubeconfigs.py`` runs kubectl on the same table.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .asked import by_vpsync, expected
from .bench import Bench, Grounds
from .table import Case, table

TABLE = table()


def test_the_table_is_large_and_says_why_vpsync_differs_from_kubectl() -> None:
    assert len(TABLE) > 150
    differing = [case for case in TABLE.values() if case.kubectl != "same"]
    assert all(case.why for case in differing)
    assert len(differing) <= 3


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_a_kubeconfig_means_what_the_table_says(
    ground: Grounds, tmp_path: Path, case: Case
) -> None:
    bench = Bench(ground, tmp_path)
    case.prepare(bench)
    ground.log.take()
    why = by_vpsync(bench)
    arrived = ground.log.take()
    if case.seen is None:
        assert why, arrived
        assert arrived == []
        assert "\n" not in why
        assert "CANARY" not in why
        return
    assert (why, arrived) == ("", [expected(bench, case.seen)])
