"""Events: our own, on a change only, and VVP's, mirrored once each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Cause, Change, Verb
from vpsync.model.condition import Condition, find_condition
from vpsync.model.decision import Finalized, InSync
from vpsync.model.event import Event
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.outcome import Applied, Result
from vpsync.model.phrases import fact_of, listed
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Manifest, annotation
from vpsync.model.timestamps import seconds
from vpsync.redact.text import quoted
from vpsync.redact.unkept import unkept_text
from vpsync.status.conditions import doubted

LAST_EVENT = annotation("last-event-timestamp")

OWN_ANNOTATIONS = frozenset({annotation("id"), annotation("namespace"), LAST_EVENT})
"""What vpsync itself writes onto a resource, beside its status and its finalizer."""

FIRST_SIGHT_SECONDS = 3600.0
"""How far back events are mirrored for a deployment that had none mirrored yet."""
FIRST_SIGHT_COUNT = 20

_WARNINGS = (
    "FAIL",
    "UNRECOVERABLE",
    "TOO_MANY",
    "EXCEEDED",
    "COULD_NOT",
    "DOES_NOT_EXIST",
    "NOT_CONFIGURED",
    "MULTIPLE_NON_TERMINAL",
)
"""Parts of VVP's event names that tell of trouble (Application Manager API, "Event")."""

REASON_LIMIT = 128
"""Characters; the limit of the events API."""

_NO_WORD = re.compile(r"[^A-Za-z0-9_]")


def own_events(result: Result) -> list[Event]:
    """What the pass itself has to tell about a resource."""
    manifest, decision = result.manifest, result.decision
    events = []
    if isinstance(result.outcome, Applied):
        events.append(_done(result.outcome.change))
    if isinstance(decision, Finalized) and FINALIZER in manifest.finalizers:
        reason = "LeftAlone" if decision.left_alone else "Released"
        stamp = f"{reason}/{manifest.generation}"
        note = f"the deletion is complete: {decision.message}"
        events.append(Event(manifest, decision.left_alone, reason, note, "Delete", stamp))
    return [*events, *_doubts(result), *_troubles(result)]


def _doubts(result: Result) -> list[Event]:
    """A warning of what is probably a typo, once for the same: ``Synced`` remembers that it was told."""
    text = doubted(result.manifest)
    said = next((c.message for c in result.conditions or () if c.type == "Synced"), "")
    before = str((find_condition(result.manifest.status, "Synced") or {}).get("message") or "")
    if not text or text not in said or text in before:
        return []
    return [Event(result.manifest, True, "UnknownField", text, "Reconcile", f"UnknownField/{text}")]


def _done(change: Change) -> Event:
    reason, verb = _WORDS[change.action]
    if change.cause is Cause.DRIFT:
        reason, verb = "DriftCorrected", "put back"
    if change.action is Action.DELETE and change.verb is not Verb.DELETE:
        reason, verb = _BEFORE_THE_END[next((field.after for field in change.fields), None)]
    elif change.action is Action.DELETE and BY_NAME[change.platform.kind].goes_later:
        reason, verb = "Deleting", "began to delete"
    pointers = listed([field.pointer for field in change.fields], 5)
    shown = f" ({pointers})" if pointers and change.action is Action.UPDATE else ""
    version = change.observed.resource_version if change.observed else 0
    # What an annotation asked for is told about the resource that has the annotation.
    asked = f"{change.manifest.key.name}/" if change.manifest.host is not None else ""
    stamp = f"{asked}{reason}/{change.manifest.generation}/{version}"
    subject = BY_NAME[change.platform.kind].subject(change.manifest, change.platform)
    note = f"{verb} {subject}: {change.reason}{shown}"
    return Event(change.manifest, False, reason, note, change.action.value.capitalize(), stamp)


_BEFORE_THE_END = {
    "CANCELLED": ("Cancelled", "cancelling"),
    "SUSPENDED": ("Suspended", "suspending"),
    None: ("Orphaned", "left"),
}
"""A deletion that did not delete yet, or will not, by the state that was sent."""

_WORDS = {
    Action.CREATE: ("Created", "created"),
    Action.UPDATE: ("Updated", "changed"),
    Action.ADOPT: ("Adopted", "adopted"),
    Action.DELETE: ("Deleted", "deleted"),
}


def _is_trouble(condition: Condition) -> bool:
    """Whether a person has to act: it stalls, or a brake wants somebody to confirm it."""
    return condition.type == "Stalled" or (
        condition.type == "Reconciling" and condition.reason == Reason.HeldByBrake.name
    )


def _troubles(result: Result) -> list[Event]:
    """A warning when the resource stalls, or when what it says about it changes."""
    if result.manifest.host is not None:
        # It has no conditions that would tell what was said already; its host's status tells.
        return []
    conditions = result.conditions or ()
    stalled = next((c for c in conditions if _is_trouble(c)), None)
    if stalled is None:
        return _not_kept(result)
    before = find_condition(result.manifest.status, stalled.type) or {}
    if before.get("reason") == stalled.reason and _is_told(before, stalled, result.manifest):
        return []
    stamp = (
        f"{stalled.reason}/{result.manifest.generation}/{_fact(stalled.reason, stalled.message)}"
    )
    return [
        Event(
            result.manifest, True, stalled.reason, stalled.message, "Reconcile", stamp, recurs=True
        )
    ]


def _is_told(before: JsonObject, now: Condition, manifest: Manifest) -> bool:
    """Whether the same was said already; the counts of a brake may move, unless the manifest changed."""
    said = str(before.get("message") or "")
    if said == now.message:
        return True
    of_this = before.get("observedGeneration") == manifest.generation
    return of_this and _fact(now.reason, said) == _fact(now.reason, now.message)


def _fact(reason: str, message: str) -> str:
    """What a message says; that of a brake counts the changes of others, which are no news of this one."""
    return fact_of(message) if reason == Reason.HeldByBrake.name else message


def _not_kept(result: Result) -> list[Event]:
    """A warning when VVP holds something else than was sent, once for the same."""
    match result:
        case Result(outcome=Applied(unkept=unkept)) | Result(decision=InSync(unkept=unkept)):
            text = unkept_text(unkept)
        case _:
            return []
    before = find_condition(result.manifest.status, "Synced") or {}
    said = next((c.message for c in result.conditions or () if c.type == "Synced"), "")
    if not text or before.get("message") == said:
        return []
    return [Event(result.manifest, True, "NotKept", f"VVP {text}", "Reconcile", f"NotKept/{text}")]


@dataclass(frozen=True, slots=True)
class MirroredEvents:
    """VVP's events that were not posted yet, and what to remember so that they are posted once."""

    events: tuple[Event, ...]
    last: str
    """``createdAt`` of the newest event of all; empty where there is none."""
    last_ids: tuple[str, ...]
    """The ids of the events with that timestamp."""


def mirrored_events(manifest: Manifest, items: Iterable[JsonObject], now: float) -> MirroredEvents:
    """The events of a deployment that follow the last one mirrored; ``now`` in seconds since 1970."""
    dated = sorted(
        ((seconds(_created(item)) or 0.0, str(_member(item, "id")), item) for item in items),
        key=lambda entry: entry[:2],
    )
    if not dated:
        return MirroredEvents((), "", ())
    since = seconds(manifest.annotations.get(LAST_EVENT))
    if since is None:
        fresh = [entry for entry in dated if entry[0] >= now - FIRST_SIGHT_SECONDS]
        fresh = fresh[-FIRST_SIGHT_COUNT:]
    else:
        posted = set(manifest.status.get("lastEventIds") or ())
        fresh = [e for e in dated if e[0] > since or (e[0] == since and e[1] not in posted)]
    newest = dated[-1][0]
    last_ids = tuple(identity for at, identity, _ in dated if at == newest)
    events = tuple(_mirrored(manifest, item) for _, _, item in fresh)
    return MirroredEvents(events, _created(dated[-1][2]), last_ids)


def _mirrored(manifest: Manifest, item: JsonObject) -> Event:
    name = str(_member(item, "name") or "EXTERNAL")
    notes = {
        annotation(short): str(value)
        for short, key in (("id", "id"), ("deployment-id", "deploymentId"), ("job-id", "jobId"))
        if (value := _member(item, key))
    }
    return Event(
        manifest,
        any(part in name for part in _WARNINGS),
        _NO_WORD.sub("_", name)[:REASON_LIMIT],
        quoted(str(value_at(item, ("spec", "message")) or name)),
        "Mirror",
        f"vvp/{_member(item, 'id')}",
        _created(item),
        notes,
    )


def _member(item: JsonObject, key: str) -> Json:
    return value_at(item, ("metadata", key))


def _created(item: JsonObject) -> str:
    return str(_member(item, "createdAt") or "")
