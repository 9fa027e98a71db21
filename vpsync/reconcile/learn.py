"""Learns from VVP's answer to a write what VVP made of what it was sent, and remembers it.

Nothing but the answer can teach it: what a later read shows may be somebody else's change. Remembered it
is in the record on VVP's object, by one more write, which is made only where VVP answered otherwise. If
that fails, or a crash comes in between, the next pass sends the values once more and learns it then.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME
from vpsync.kinds.job import SPEC_VERSION
from vpsync.kinds.kind import Api
from vpsync.model.change import Action, Cause, Change, Effect
from vpsync.model.json import leaves
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied
from vpsync.planning.ownership.forms import Forms, answered, departures, forms_of, in_own_form
from vpsync.planning.ownership.history import kept_managed
from vpsync.planning.ownership.managed_fields import MANAGED, managed_text, read_managed
from vpsync.planning.ownership.marker import OWNER
from vpsync.redact.fields import redacted_sides
from vpsync.ververica.apply import Ids, apply_change
from vpsync.ververica.client import Client

log = logging.getLogger(__name__)


def learn(client: Client, applied: Applied, ids: Ids) -> Applied:
    """The outcome of a write with what VVP made of what was sent, after that was remembered."""
    change, answer = applied.change, applied.observed
    kind = BY_NAME[change.platform.kind]
    if answer is None or change.desired is None or kind.taken_once:
        return applied
    shown = _as_read(client, change, answer)
    kept = forms_of(answer.id, answered(change, shown), change.kept)
    departed = departures(kind, change.desired.body, shown.body, set()) if kept else []
    learnt = replace(applied, unkept=in_own_form(departed, kept, answer.id))
    if kept == _remembered(change):
        return learnt
    text = _record(change, kept)
    if OWNER in answer.annotations:
        return replace(learnt, observed=_recorded(client, change, answer, text, ids))
    # Where VVP keeps no annotations, the resource's status has the record.
    return replace(learnt, change=replace(change, metadata={**change.metadata, MANAGED: text}))


def _as_read(client: Client, change: Change, answer: Observed) -> Observed:
    """What VVP shows to a read, where that may differ from its answer to a write.

    Secrets may be hidden in reads alone; and what seemed to be changed in VVP may be its form that no
    answer showed. The read counts where nobody can have changed the object since: its version is the same.
    VVP's own work on a job makes new versions of the object, too; then that of the spec proves the spec.
    """
    kind = BY_NAME[change.platform.kind]
    secret = any(redacted_sides(item)[2] for item in change.fields if item.after is not None)
    is_answered = not change.fields or bool(answered(change, answer))
    if is_answered or not (secret or change.cause is Cause.DRIFT) or kind.api is Api.PLATFORM:
        # What the Platform API answers has no versions, which could prove anything.
        return answer
    try:
        read = client.read(kind, answer)
    except PlatformError as error:
        log.debug("%s: not read again after the write: %s", change.key, error)
        return answer
    if read.resource_version == answer.resource_version != 0:
        return read
    spec_version = answer.annotations.get(SPEC_VERSION)
    if spec_version is None or read.annotations.get(SPEC_VERSION) != spec_version:
        return answer
    return replace(answer, body={**answer.body, "spec": read.body.get("spec") or {}})


def _remembered(change: Change) -> Forms:
    """What the record has already: that of the change, or where VVP has none, that of the status."""
    if BY_NAME[change.platform.kind].annotated:
        return change.kept
    record = read_managed(kept_managed(change.manifest))
    return record.kept if record is not None else {}


def _record(change: Change, kept: Forms) -> str:
    """The record with these forms; where VVP has none, it is of forms alone."""
    desired = change.desired
    if desired is None or not BY_NAME[change.platform.kind].annotated:
        return managed_text((), kept)
    options = desired.options
    declared = (path for path, _ in leaves(desired.body) if not options.is_ignored(path))
    return managed_text(declared, kept)


def _recorded(client: Client, change: Change, answer: Observed, text: str, ids: Ids) -> Observed:
    """Writes the record alone; VVP's newest answer."""
    record = Change(
        Action.UPDATE,
        BY_NAME[change.platform.kind].verb,
        change.manifest,
        change.platform,
        reason="what VVP made of the declared values is recorded",
        cause=Cause.RECORD,
        effect=Effect.NONE,
        observed=answer,
        metadata={MANAGED: text},
    )
    outcome = apply_change(client, record, ids)
    if isinstance(outcome, Applied) and outcome.observed is not None:
        return outcome.observed
    log.debug("%s: what VVP made of the declared values could not be recorded", change.key)
    return answer
