"""What holds at the end of every scenario, whatever it was about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from fakes.store import NOUNS
from fakes.structural import FORMATS, violations
from passes.world import Document, World, applied_to, text_of
from status.kstatus import kstatus
from vpsync.model.annotating import REQUESTS
from vpsync.model.resource import GROUP
from vpsync.planning.options import NAMES
from vpsync.render.json import report_as_json
from vpsync.schema.load import load_schema
from vpsync.source.manifest import manifest_from

LIMITS = {"reason": 1024, "message": 32_768}
"""Characters, as Kubernetes limits them (metav1.Condition)."""

CANARY = "CANARY"

PLAN_SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "plan.schema.json"

_SHORT = "|".join(name for name in (*NAMES, *REQUESTS) if "-" in name)

_NAMED = re.compile(rf"{re.escape(GROUP)}/(?!v1)|(?<![\w~-])(?:{_SHORT})(?![\w-])")
"""An annotation of ours, by either of its names."""

_MILLISECONDS = re.compile(r"(?<!\d)17640\d{8}(?!\d)")
"""A time about that of the world's clock."""

_WHOLE = re.compile(
    rf"kubectl annotate --overwrite -n \S+ vp\w+ \S+ '?{re.escape(GROUP)}/[\w-]+(?:=\S|-)"
    rf"|(?:set|take) the annotation {re.escape(GROUP)}/[\w-]+(?:: \"| to what | off)"
)
"""One that can be pasted."""

_PLAN = Draft202012Validator(
    json.loads(PLAN_SCHEMA.read_text("utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def assert_all(world: World, creates: Mapping[str, int], deletes: Mapping[str, int]) -> None:
    """Every oracle; ``creates`` and ``deletes`` say how often VVP was to do so with which object."""
    assert_quiet(world)
    assert_nothing_to_do(world)
    assert applied_to(world, "POST") == creates
    assert applied_to(world, "DELETE") == deletes
    assert_statuses_are_lawful(world)
    assert_documents_keep_the_contract(world)
    assert_annotations_are_ready_to_paste(world)
    assert_times_can_be_read(world)
    assert_no_secret_is_shown(world)


def assert_quiet(world: World, passes: int = 3) -> None:
    """Once matched, passes write nothing to either side and post no event."""
    mark = world.mark()
    for _ in range(passes):
        report = world.run()
        assert world.writes(mark) == [], text_of(report)
        assert report.errors == ()


def assert_nothing_to_do(world: World) -> None:
    """After a reconcile a preview shows no change, and two previews are equal byte by byte."""
    mark = world.mark()
    shown = []
    for _ in range(2):
        report = world.run(apply=False)
        assert report.changes == [], text_of(report)
        shown.append(text_of(report) + json.dumps(report_as_json(report)))
    assert shown[0] == shown[1]
    assert world.writes(mark) == []


def assert_statuses_are_lawful(world: World) -> None:
    """Every status is what schema, CRD and Kubernetes' own rules for conditions let in."""
    for document in world.kubernetes.all():
        plural = next(plural for plural, noun in NOUNS.items() if noun == document["kind"])
        assert violations(plural, document) == []
        status = document["status"]
        schema = load_schema(document["kind"])["properties"]["status"]
        errors = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(status)
        assert [error.message for error in errors] == []
        _assert_conditions(document, status.get("conditions") or [])
        _assert_waiters_read_it_right(document)


def assert_documents_keep_the_contract(world: World) -> None:
    """Every report as JSON is what the published schema says."""
    assert world.documents
    for document in world.documents:
        errors = [f"{error.json_path}: {error.message}" for error in _PLAN.iter_errors(document)]
        assert errors == []


def assert_annotations_are_ready_to_paste(world: World) -> None:
    """Where a message names an annotation of ours, a person can paste what it says."""
    for message in {*_messages_of(world)}:
        assert not _NAMED.search(_WHOLE.sub("", message)), message


def assert_times_can_be_read(world: World) -> None:
    """No message and no status tells a time as milliseconds since 1970."""
    told = [*_messages_of(world), *(json.dumps(r["status"]) for r in world.kubernetes.all())]
    for text in told:
        assert not _MILLISECONDS.search(text), text


def _messages_of(world: World) -> Iterator[str]:
    """What reports and conditions say of resources."""
    for document in world.documents:
        for entry in (*document["blocked"], *document["notReady"], *document["changes"]):
            yield entry.get("message") or ""
            yield entry.get("reason") or ""
    for resource in world.kubernetes.all():
        for condition in resource["status"].get("conditions") or ():
            yield condition["message"]


def assert_no_secret_is_shown(world: World) -> None:
    """No secret stands in a report, a log, a status, an annotation of ours or an event."""
    shown = world.output.getvalue()
    assert shown, "nothing was collected"
    assert CANARY not in shown, _around(shown)
    for call in world.kubernetes.mutations():
        text = json.dumps(call.body)
        assert CANARY not in text, _around(text)


def _assert_conditions(document: Document, conditions: list[Document]) -> None:
    held = {condition["type"]: condition for condition in conditions}
    if not held:
        return
    place = f"{document['kind']} {document['metadata']['name']}"
    assert {"Ready", "Synced"} <= set(held), place
    for condition in conditions:
        for member, most in LIMITS.items():
            assert len(condition[member]) <= most, place
        assert condition["observedGeneration"] <= document["metadata"]["generation"]
    # kstatus takes both for the whole truth about a resource, so they are there only while true.
    assert {held[name]["status"] for name in ("Reconciling", "Stalled") if name in held} <= {"True"}
    assert not {"Reconciling", "Stalled"} <= set(held), place
    if held["Ready"]["status"] == "True":
        assert not {"Reconciling"} & set(held), place


def _assert_waiters_read_it_right(document: Document) -> None:
    """``kubectl wait``, Flux and Argo CD read of a status what its conditions mean."""
    told = {c["type"]: c["status"] for c in document["status"].get("conditions") or []}
    if not told or document["status"]["observedGeneration"] < document["metadata"]["generation"]:
        wanted = "InProgress"
    elif "Stalled" in told:
        wanted = "Failed"
    else:
        wanted = "Current" if told["Ready"] == "True" else "InProgress"
    wanted = "Terminating" if "deletionTimestamp" in document["metadata"] else wanted
    assert kstatus(manifest_from(document, "cluster"), document["status"]) == wanted, document


def _around(text: str) -> Any:
    at = text.index(CANARY)
    return text[max(0, at - 200) : at + 40]
