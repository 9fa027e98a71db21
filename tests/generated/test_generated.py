"""Every field of every schema, changed: an exact change in VVP, or words that name the field."""

from __future__ import annotations

import pytest

from generated.maximal import places
from generated.play import KINDS, violations
from generated.variants import thinned, variants
from vpsync.kinds import KINDS as ALL_KINDS

SEED = 1
"""`pytest tests/faults` tries more of them, and `tox -e faults` all."""


@pytest.mark.parametrize(("kind", "version", "mode"), KINDS)
def test_a_changed_field_is_an_exact_change_or_is_refused_by_its_name(
    kind: str, version: str, mode: str
) -> None:
    chosen = thinned(variants(kind, version), 1, SEED)
    assert {variant.path for variant in chosen} == {
        path for path, _, _ in places(kind, version) if len(path) > 1
    }
    found = violations(kind, version, mode, chosen)
    assert not found, "\n".join(f"{variant}: {wrong}" for variant, wrong in found.items())


def test_every_version_of_every_kind_is_played() -> None:
    played = {(kind, version) for kind, version, _ in KINDS}
    assert played == {(kind.name, version) for kind in ALL_KINDS for version in kind.versions}
