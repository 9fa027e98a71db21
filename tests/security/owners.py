"""Attacks on ownership: forged markers, records and statuses, and copies of objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from builders import (
    decided,
    going,
    manifest,
    note_at,
    observed,
    own_notes,
    savepoint,
    snapshot,
    with_savepoints,
)
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Finalized
from vpsync.model.observed import Observed
from vpsync.model.options import Adopt
from vpsync.model.resource import FINALIZER
from vpsync.planning.ownership.managed_fields import MANAGED, read_managed
from vpsync.planning.ownership.marker import (
    OWNER,
    Ownership,
    ownership_of,
    read_marker,
    sealed,
    unsealed,
)

from .attack import Attack, Bench

TEXT = own_notes(manifest())[OWNER]
MEMBERS = unsealed(TEXT) or {}
BROKEN: dict[str, str] = {
    "other-owner": json.dumps({**json.loads(TEXT), "owner": "mallory"}),
    "other-resource": json.dumps({**json.loads(TEXT), "resource": "mallory/orders"}),
    "no-checksum": json.dumps(MEMBERS),
    "later-version": sealed({**MEMBERS, "v": 2}),
    "wrong-types": sealed({**MEMBERS, "owner": ["default"]}),
    "generation-as-text": sealed({**MEMBERS, "generation": "1"}),
    "cut": TEXT[:-2],
    "list": "[1]",
    "number": "1e999",
    "nested": "[" * 50_000,
}
FOREIGN: dict[str, dict[str, Any]] = {
    "owner": {"owner": "other-cluster"},
    "namespace": {"resource": "mallory/orders"},
    "resource": {"resource": "team/payments"},
}


def _marked(text: str) -> Observed:
    return observed(manifest(), {note_at(OWNER): text})


def _counts_for_nobody(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        assert read_marker(text) is None
        seen = _marked(text)
        assert ownership_of(manifest(), seen, "default").ownership is Ownership.FOREIGN
        for resource in (manifest(), going(status={})):
            decision = decided(resource, snapshot(seen), adopt=Adopt.ALWAYS)
            assert not isinstance(decision, Change), decision

    return held


def _stays(members: dict[str, Any]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        seen = _marked(sealed({**MEMBERS, **members}))
        known = {"id": seen.id, "observedGeneration": 1}
        for resource in (
            manifest(),
            manifest(status=known),
            going(),
            manifest(notes={"adopt": seen.id}),
        ):
            decision = decided(resource, snapshot(seen), adopt=Adopt.ALWAYS)
            assert isinstance(decision, (Blocked, Finalized)), decision

    return held


def _copied_marker(bench: Bench) -> None:
    copy = observed(manifest(name="copy"), {note_at(OWNER): TEXT})
    assert ownership_of(manifest(name="copy"), copy, "default").ownership is Ownership.UNOWNED
    gone = decided(going(name="copy", status={}), snapshot(copy), adopt=Adopt.NEVER)
    assert isinstance(gone, Finalized)
    edits = {note_at(OWNER): TEXT, "/spec/template/spec/parallelism": 9}
    unlike = observed(manifest(name="copy"), edits)
    gone = decided(going(name="copy", status={}), snapshot(unlike), adopt=Adopt.ALWAYS)
    assert isinstance(gone, Finalized)


def _restored_uid(bench: Bench) -> None:
    again = manifest(uid="another-uid")
    seen = observed(manifest())
    assert ownership_of(again, seen, "default").ownership is Ownership.UNOWNED
    assert not isinstance(decided(again, snapshot(seen), adopt=Adopt.NEVER), Change)


def _forged_record(bench: Bench) -> None:
    for text in ("{}", "[]", "x" * 70_000, sealed({"v": 1, "paths": {"": [""]}, "below": [""]})):
        assert read_managed(text) is None
    edits = {note_at(MANAGED): sealed({"v": 1, "paths": {"/metadata/labels": ["foreign"]}})}
    seen = observed(manifest(), {**edits, "/metadata/labels/other": "stays"})
    decision = decided(manifest(), snapshot(seen))
    fields = decision.fields if isinstance(decision, Change) else ()
    assert ("metadata", "labels", "other") not in [item.path for item in fields]


def _status_in_a_file(bench: Bench) -> None:
    """Only a cluster's status counts, and files have none."""
    seen = observed(manifest(namespace="elsewhere"))
    resource = manifest(in_file=True, status={"id": seen.id})
    assert ownership_of(resource, seen, "default").ownership is Ownership.FOREIGN


def _status_of_another_name(bench: Bench) -> None:
    theirs = observed(manifest(name="payments"))
    known = {"id": theirs.id, "observedGeneration": 1}
    for resource in (manifest(status=known), going(status=known)):
        decision = decided(resource, snapshot(theirs))
        touches = isinstance(decision, Change) and decision.platform.name == "payments"
        assert not touches, decision


def _status_that_is_no_map(bench: Bench) -> None:
    odd: list[Any] = [5, [], {"a": "b"}, None, "x" * 10_000, True]
    for value in odd:
        decision = decided(manifest(status={"id": value, "namespace": value}), snapshot())
        assert isinstance(decision, Change)
        assert decision.action is Action.CREATE


def _adopted_data(bench: Bench) -> None:
    resource = going(
        "VpSavepoint", notes={"deletion-policy": "Delete"}, finalizers=(FINALIZER,),
        status={"state": "COMPLETED", "deploymentId": "id-of-orders", "id": "sp-1", "adopted": True},
    )  # fmt: skip
    vvp = with_savepoints(savepoint(), deployment=observed(manifest()))
    assert isinstance(decided(resource, vvp), Finalized)


def _no_finalizer(bench: Bench) -> None:
    seen = observed(manifest())
    resource = going(finalizers=(), status={"id": seen.id})
    decision = decided(resource, snapshot(seen))
    assert not (isinstance(decision, Change) and decision.platform.name != "orders")


ATTACKS = (
    *(
        Attack(
            f"marker-{name}",
            f"The marker in VVP is tampered with ({name}): the object is nobody's to change or delete.",
            _counts_for_nobody(text),
        )
        for name, text in BROKEN.items()
    ),
    *(
        Attack(
            f"foreign-{name}",
            f"A manifest names an object of another {name}, by status and by adopt: it stays as it is.",
            _stays(members),
        )
        for name, members in FOREIGN.items()
    ),
    Attack(
        "marker-copied",
        "Our marker is copied to another object in VVP: that one is unowned, and adopted by rule or not.",
        _copied_marker,
    ),
    Attack(
        "marker-of-another-life",
        "A resource of the same name and another UID claims an object: it follows the rules of adoption.",
        _restored_uid,
    ),
    Attack(
        "record-forged",
        "The record of managed fields is forged: nothing that it does not rightly name is removed.",
        _forged_record,
    ),
    Attack(
        "status-in-a-file",
        "A manifest in a file brings a status with an id: it proves nothing.",
        _status_in_a_file,
    ),
    Attack(
        "status-of-another-name",
        "A status names another resource's object by id: it is neither changed nor deleted.",
        _status_of_another_name,
    ),
    Attack(
        "status-of-odd-types",
        "A status has odd types where ids belong: the resource is created as if it had none.",
        _status_that_is_no_map,
    ),
    Attack(
        "data-of-an-adopted-savepoint",
        "An adopted savepoint is deleted with the policy Delete: its data stays.",
        _adopted_data,
    ),
    Attack(
        "deletion-without-our-finalizer",
        "A resource goes without our finalizer: no object but its own is touched.",
        _no_finalizer,
    ),
)
