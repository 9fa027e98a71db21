"""Generated manifests: every way in which one field can be other than it was."""

from __future__ import annotations

import pytest

from faults.trials import Trials
from generated.play import KINDS, violations
from generated.variants import variants

TOGETHER = 250
"""Variants that are played in one world."""


@pytest.mark.parametrize(("kind", "version", "mode"), KINDS)
def test_a_changed_field_is_an_exact_change_or_is_refused_by_its_name(
    kind: str, version: str, mode: str, trials: Trials
) -> None:
    chosen = trials.sample(list(variants(kind, version)), 80, f"inputs {kind} {version} {mode}")
    found = []
    for start in range(0, len(chosen), TOGETHER):
        some = chosen[start : start + TOGETHER]
        found += [f"{v}: {wrong}" for v, wrong in violations(kind, version, mode, some).items()]
    trials.count("inputs", len(chosen), len(found))
    assert not found, "\n".join(found)
