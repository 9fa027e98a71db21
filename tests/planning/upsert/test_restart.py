"""``restart-requested-at``: the start that follows the stop, as it is shown and sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import changed, manifest, note_at, observed, platform_of, snapshot, status
from vpsync.model.change import FieldChange
from vpsync.model.observed import Observed
from vpsync.planning.ownership.marker import OWNER, marker_for

RESOURCE = manifest(
    notes={"restart-requested-at": "today"}, status=status(id="id-of-orders", hasRun=True)
)


def stopped(state: str | None, reached: str = "SUSPENDED") -> Observed:
    """The deployment after the stop of a restart; ``state`` is what VVP shows as wanted."""
    marker = marker_for(RESOURCE, str(platform_of(RESOURCE)), "default")
    text = replace(marker, restarting="today").text()
    edits = {note_at(OWNER): text, "/spec/state": state, "/status/state": reached}
    return observed(manifest(), edits)


@pytest.mark.parametrize("state", ["SUSPENDED", "CANCELLED", None])
def test_the_start_is_shown_against_the_state_that_vvp_has(state: str | None) -> None:
    change = changed(RESOURCE, snapshot(stopped(state)))
    assert change.fields == (FieldChange(("spec", "state"), state, "RUNNING"),)
    assert change.reason == "started again, as requested"
