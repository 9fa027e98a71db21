"""``sync-mode: replace``: what a preview says of a deployment that goes as a PUT."""

from __future__ import annotations

from typing import Any

from builders import REMOVED, changed, manifest, observed, sent, snapshot, status
from vpsync.model.change import Change, Effect, Verb

PARALLELISM = "/spec/template/spec/parallelism"
LABEL = "/metadata/labels/stage"


def replaced(edits: dict[str, Any]) -> Change:
    resource = manifest(edits=edits, notes={"sync-mode": "replace"}, generation=2, status=status())
    return changed(resource, snapshot(observed(manifest())))


def test_what_is_declared_no_more_goes_back_to_a_default_and_is_shown_as_a_change() -> None:
    change = replaced({LABEL: "x", PARALLELISM: REMOVED})
    assert change.verb is Verb.PUT
    assert sent(change) == {LABEL: "x", PARALLELISM: None}
    assert change.unmanaged == ()
    assert change.effect is Effect.RESTART_WITH_SAVEPOINT, "the job gets another parallelism"


def test_without_anything_else_to_send_it_is_released_and_keeps_its_value() -> None:
    change = replaced({PARALLELISM: REMOVED})
    assert change.verb is Verb.PATCH
    assert sent(change) == {}
    assert change.unmanaged_pointers == [PARALLELISM]
