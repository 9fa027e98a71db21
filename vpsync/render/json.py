"""The report as data: the plan's contract, with outcomes after a reconcile."""

from __future__ import annotations

import hashlib
import hmac
import json

from vpsync import __version__
from vpsync.model.change import Change, FieldChange
from vpsync.model.decision import Blocked, InSync, Invalid, Unreadable
from vpsync.model.json import Json, KnownAfterApply, NotShown
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.redact.fields import redacted_sides
from vpsync.redact.output import safe_json
from vpsync.redact.text import SAYS, with_quote
from vpsync.render.report import Report
from vpsync.render.reviewed import checksum, seal
from vpsync.render.rows import planned_in, unrun_at_the_end

FORMAT_VERSION = "1.0"
"""Rises in its first part where a reader of the old form would misunderstand the new one."""

TOOL = f"vpsync/{__version__}"


def report_as_json(report: Report) -> dict[str, Json]:
    """The report with its keys in the documented order; secrets are ``"***"``."""
    changes = [_change(result, report) for result in report.results if _is_change(result)]
    document: dict[str, Json] = {
        "formatVersion": FORMAT_VERSION,
        "tool": TOOL,
        "complete": report.decided and not report.errors and not report.interrupted,
        "checksum": checksum(changes),
        "ownerId": report.owner_id,
    }
    if report.applied:
        document["startedAt"] = report.started_at
    document |= {
        "changes": changes,
        "blocked": [_blocked(result, report) for result in report.results if _is_blocked(result)],
        "notReady": [entry for r in report.results if (entry := _not_ready(r)) is not None],
        **({"notRun": unrun} if (unrun := _not_run(report)) else {}),
        "invalid": [_invalid(r.decision) for r in report.results if isinstance(r.decision, Invalid)],
        "errors": [*report.errors, *(f"moved since the plan: {text}" for text in report.moved)],
        **({"warnings": doubts} if (doubts := report.doubts()) else {}),
        "summary": {
            # To programs, each step of a deletion is one: its action says so.
            name: sum(report.counts[one] for one in _STEPS.get(name, (name,)))
            for name in (
                "create", "update", "adopt", "delete", "inSync", "blocked", "invalid", "failed", "record",
            )
        },
    }  # fmt: skip
    return document | {"seal": seal(document)}


_STEPS = {"delete": ("delete", "deleting", "left")}


def json_text(document: dict[str, Json]) -> str:
    """The document with one entry of each list a line: short enough to read, quick to write."""
    members = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            lines = ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
            members.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
        else:
            members.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return safe_json("{\n" + ",\n".join(members) + "\n}\n")


def _is_change(result: Result) -> bool:
    return isinstance(result.decision, Change)


def _is_blocked(result: Result) -> bool:
    return isinstance(result.decision, (Blocked, Unreadable))


def _change(result: Result, report: Report) -> dict[str, Json]:
    change = planned_in(result)
    assert change is not None
    document: dict[str, Json] = {
        **_resource(result),
        "platform": {
            "url": report.vvp_url,
            "namespace": change.platform.namespace,
            "name": change.platform.name,
            "id": change.observed.id if change.observed else None,
            "resourceVersion": change.observed.resource_version or None
            if change.observed
            else None,
        },
        "action": change.action.value,
        "cause": change.cause.value,
        "effect": change.effect.value,
        "reason": change.reason,
        "fields": [
            _field(item, report.plan_keys.get(change.platform.namespace)) for item in change.fields
        ],
        "released": change.unmanaged_pointers,
        "method": change.verb.value,
        "generation": change.manifest.generation or None,
    }
    if change.held_by:
        document["heldBy"] = change.held_by
    match result.outcome:
        case Applied():
            document |= {"outcome": "applied", "message": change.waits}
        case Failed(_, error):
            document |= {"outcome": "failed", "message": str(error)}
        case Skipped(_, reason, message):
            document |= {"outcome": "skipped", "message": f"{reason}: {message}"}
    return document


def _field(item: FieldChange, key: bytes | None) -> dict[str, Json]:
    before, after, sensitive = redacted_sides(item)
    shown: dict[str, Json] = {
        "path": item.pointer,
        "before": _plain(before),
        "after": _plain(after),
        "sensitive": sensitive,
    }
    if sensitive and key:
        values = [item.pointer, _plain(item.before), _plain(item.after)]
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        shown["digest"] = f"hmac-sha256:{hmac.digest(key, text.encode(), 'sha256').hex()}"
        shown["keyId"] = hashlib.sha256(key).hexdigest()[:8]
    return shown


def _plain(value: Json) -> Json:
    return repr(value) if isinstance(value, (KnownAfterApply, NotShown)) else value


def _blocked(result: Result, report: Report) -> dict[str, Json]:
    decision = result.decision
    reason = decision.reason.name if isinstance(decision, Blocked) else "PlatformUnreadable"
    message = decision.message if isinstance(decision, (Blocked, Unreadable)) else ""
    if isinstance(decision, Blocked):
        message = with_quote(message, decision.detail, SAYS)
    document: dict[str, Json] = {**_resource(result), "reason": reason, "message": message}
    if planned_in(result) is not None:
        document["held"] = _change(result, report)
    return document


def _not_ready(result: Result) -> dict[str, Json] | None:
    """A resource that is in sync and not ready, with the reason; None for any other."""
    if not isinstance(result.decision, InSync):
        return None
    ready = next((c for c in result.conditions or () if c.type == "Ready"), None)
    if ready is None or ready.status == "True":
        return None
    return {**_resource(result), "reason": ready.reason, "message": ready.message}


def _not_run(report: Report) -> list[Json]:
    """The resources with a finished job whose new version has not run, and how to run it."""
    return [
        {**_resource(result), "reason": Reason.Finished.name, "message": message}
        for result, message in unrun_at_the_end(report.results)
    ]


def _invalid(decision: Invalid) -> dict[str, Json]:
    findings = [{"path": p.subject, "message": p.text} for p in decision.findings]
    key = decision.manifest.key
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name, "problems": findings}


def _resource(result: Result) -> dict[str, Json]:
    key = result.manifest.key
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name}
