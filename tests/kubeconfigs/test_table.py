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


def test_the_page_tells_every_case_that_is_different_from_kubectl() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kubeconfig.md").read_text(encoding="utf-8")
    differing = [case for case in TABLE.values() if case.kubectl != "same"]
    assert len(differing) == 3 < 180 <= len(TABLE)
    for case in differing:
        assert f"| {case.why} |" in page


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


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_proxy_that_does_not_answer_is_named(
    ground: Grounds, tmp_path: Path, scheme: str
) -> None:
    bench = Bench(ground, tmp_path)
    proxy = ground.nobody.replace("https", scheme)
    bench.user({"token": "t"}, bench.cluster(server="https://api.example.com", proxy_url=proxy))
    assert "the proxy: no connection: connection refused" in by_vpsync(bench)
