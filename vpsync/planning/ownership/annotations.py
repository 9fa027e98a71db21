"""Our two annotations on a VVP object: as a write sends them, and what somebody did to them."""

from __future__ import annotations

from dataclasses import replace

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import SPEC_VERSION
from vpsync.model.annotating import RECONCILE
from vpsync.model.json import Path
from vpsync.model.observed import Observed
from vpsync.model.resource import Desired
from vpsync.planning.ownership.forms import Forms
from vpsync.planning.ownership.history import declaration
from vpsync.planning.ownership.managed_fields import MANAGED, managed_text, read_managed
from vpsync.planning.ownership.marker import OWNER, Marker, marker_for, read_marker, with_memory
from vpsync.planning.ownership.sent_values import sent_values
from vpsync.planning.policy import Policy
from vpsync.planning.upsert.finished import RUN_ON_CHANGE, has_not_run
from vpsync.planning.upsert.transition import Step


def own_annotations(
    desired: Desired,
    declared: frozenset[Path],
    policy: Policy,
    observed: Observed | None = None,
    step: Step | None = None,
    *,
    kept: Forms | None = None,
    is_all: bool = True,
) -> dict[str, str]:
    """Marker and record for a write; empty where VVP's object carries no annotations.

    ``kept`` is what VVP keeps in a form of its own, and stays so. ``is_all`` says whether the write
    brings all that is declared, or leaves some for a later one.
    """
    if not BY_NAME[desired.platform.kind].annotated:
        return {}
    marker = marker_for(
        desired.manifest, str(desired.platform), policy.owner_id, cluster=policy.cluster
    )
    if observed is not None:
        marker = with_memory(marker, observed)
    if is_all:
        marker = replace(marker, values=sent_values(desired, policy))
    if is_all and not desired.manifest.in_cluster:
        marker = replace(marker, declared=declaration(desired), reconciled=_asked(desired))
    if observed is not None and step is not None:
        marker = _with_step(marker, desired, observed, step)
    return {OWNER: marker.text(), MANAGED: managed_text(declared, kept or {})}


def _with_step(marker: Marker, desired: Desired, observed: Observed, step: Step) -> Marker:
    """The marker with what has to be known of this step later."""
    if step.reconciled:
        marker = replace(marker, reconciled=_asked(desired), retrying="yes")
    if step.restarting:
        marker = replace(marker, restarting=step.restarting)
    if step.restarted:
        # What run-on-change asked for must not hide which request was fulfilled last.
        done = marker.restarted if step.restarted == RUN_ON_CHANGE else step.restarted
        marker = replace(marker, restarting="", restarted=done)
    if has_not_run(desired, observed, step.fields):
        marker = replace(marker, unrun=observed.annotations.get(SPEC_VERSION) or "0")
    return marker


def _asked(desired: Desired) -> str:
    """The request of a file for another attempt; a resource in a cluster remembers its own."""
    manifest = desired.manifest
    return "" if manifest.in_cluster else manifest.note(RECONCILE) or ""


def broken(observed: Observed) -> str:
    """What somebody did to our annotations on an object that is ours; empty where they are intact."""
    marker, record = (observed.annotations.get(key) for key in (OWNER, MANAGED))
    if record is not None and read_managed(record) is None:
        return (
            "our record of managed fields was edited by hand; it is rewritten, and removes nothing"
        )
    if record is None and marker is not None:
        return "our record of managed fields was removed by hand; it is rewritten"
    if marker is None and record is not None:
        return "our marker on it was removed by hand; it is rewritten"
    if marker is not None and read_marker(marker) is None:
        return "our marker on it was edited by hand; it is rewritten"
    return ""
