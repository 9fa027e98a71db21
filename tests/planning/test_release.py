"""The way out takes off what is ours, leaves what is another's, and keeps what it cannot see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import manifest, note_at, observed, snapshot, target
from vpsync.errors import PlatformFault
from vpsync.model.change import Verb
from vpsync.model.observed import Snapshot
from vpsync.model.resource import Manifest, annotation
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER
from vpsync.planning.release import ReleaseStep, finalizers_only, release_lists, releases
from vpsync.planning.savepoints.write_ahead import request_annotation


def released(resource: Manifest, vvp: Snapshot, owner: str = "default") -> ReleaseStep:
    [release] = releases([resource], vvp, owner)
    return release


def taken_off(release: ReleaseStep) -> set[str]:
    return set(release.change.metadata) if release.change else set()


@pytest.mark.parametrize(
    ("kind", "verb"), [("VpDeployment", Verb.PATCH), ("VpDeploymentTarget", Verb.PUT)]
)
def test_marker_and_record_come_off_what_is_ours_and_no_field_is_sent(
    kind: str, verb: Verb
) -> None:
    resource = manifest(kind)
    release = released(resource, snapshot(observed(resource)))
    assert release.change is not None
    assert (release.change.verb, release.change.fields) == (verb, ())
    assert taken_off(release) == {OWNER, MANAGED}
    assert set(release.change.metadata.values()) == {None}
    assert release.has_finalizer
    assert not release.kept


def test_annotations_of_others_stay() -> None:
    resource = manifest()
    edits = {note_at("team"): "orders", note_at(annotation("something-else")): "x"}
    assert taken_off(released(resource, snapshot(observed(resource, edits)))) == {OWNER, MANAGED}


def test_what_another_owner_holds_is_left_alone_and_the_finalizer_goes() -> None:
    resource = manifest()
    release = released(resource, snapshot(observed(resource, owner="other")))
    assert release.change is None
    assert "owner 'other'" in release.left_alone
    assert release.has_finalizer
    assert not release.kept


def test_what_is_nobodys_is_left_alone() -> None:
    resource = manifest()
    release = released(resource, snapshot(observed(resource, marked=False)))
    assert (release.change, release.left_alone, release.kept) == (None, "", "")


def test_a_marker_that_was_copied_to_another_object_is_not_ours_to_take_off() -> None:
    resource = manifest()
    copy = observed(manifest(name="copy"), {note_at(OWNER): observed(resource).annotations[OWNER]})
    release = released(manifest(name="copy"), snapshot(copy))
    assert release.change is None


def test_what_the_status_names_is_ours_also_with_a_marker_of_another_name() -> None:
    resource = manifest()
    held = observed(resource, {note_at(OWNER): "not a marker"})
    known = replace(resource, status={"id": held.id})
    assert OWNER in taken_off(released(known, snapshot(held)))


def test_where_vvp_could_not_be_read_the_finalizer_stays() -> None:
    failed = {("VpDeployment", "default"): PlatformFault("500")}
    release = released(manifest(), snapshot(failed=failed))
    assert "could not be read" in release.kept
    assert not release.is_empty


def test_where_two_objects_have_the_name_nothing_is_touched() -> None:
    resource = manifest()
    held = observed(resource)
    vvp = replace(snapshot(held), doubled=frozenset({held.key}))
    assert "more than one" in released(resource, vvp).kept
    by_status = released(replace(resource, status={"id": held.id}), vvp)
    assert taken_off(by_status) == {OWNER, MANAGED}


def test_the_finalizer_goes_where_vvp_was_proved_to_have_nothing() -> None:
    release = released(manifest(), snapshot())
    assert (release.change, release.kept) == (None, "")
    assert release.has_finalizer


def test_a_vvp_namespace_bears_no_marker_so_vvp_is_not_asked() -> None:
    resource = manifest("VpNamespace")
    assert release_lists([resource]).collections == frozenset()
    release = released(resource, Snapshot())
    assert (release.change, release.kept, release.has_finalizer) == (None, "", True)


def test_a_savepoint_has_nothing_that_could_be_taken_off() -> None:
    resource = manifest("VpSavepoint")
    assert release_lists([resource]).collections == frozenset()
    assert released(resource, Snapshot()).is_empty


@pytest.mark.parametrize("with_savepoint", [True, False])
def test_the_intent_of_a_savepoint_comes_off_only_with_that_savepoint(with_savepoint: bool) -> None:
    """Otherwise a later pass over its file could take it again."""
    resource, savepoint = manifest(), manifest("VpSavepoint")
    intent = request_annotation(savepoint)
    vvp = snapshot(observed(resource, {note_at(intent): "{}"}))
    planned = releases([resource, savepoint] if with_savepoint else [resource], vvp, "default")
    [release] = [one for one in planned if one.manifest is resource]
    assert (intent in taken_off(release)) is with_savepoint


def test_a_name_that_vvp_cannot_have_needs_no_look_at_vvp() -> None:
    resource = manifest(name="UPPER")
    assert release_lists([resource]).collections == frozenset()
    assert released(resource, Snapshot()).kept == ""


def test_those_that_depend_on_others_come_first() -> None:
    resources = [manifest("VpNamespace"), manifest("VpDeploymentTarget"), manifest()]
    vvp = snapshot(*(observed(one) for one in resources))
    kinds = [one.manifest.key.kind for one in releases(resources, vvp, "default")]
    assert kinds == ["VpDeployment", "VpDeploymentTarget", "VpNamespace"]


def test_without_vvp_only_finalizers_come_off() -> None:
    planned = finalizers_only([manifest(), manifest("VpDeploymentTarget")])
    assert [(one.change, one.has_finalizer, one.kept) for one in planned] == [(None, True, "")] * 2


def test_lists_are_asked_of_the_vvp_namespaces_that_are_named() -> None:
    edits: dict[str, Any] = {"/metadata/namespace": "analytics"}
    resources = [manifest(edits=edits), manifest("VpDeploymentTarget")]
    assert release_lists(resources).collections == {
        ("analytics", "VpDeployment"), ("default", "VpDeploymentTarget"),
    }  # fmt: skip


def test_a_target_of_that_name_is_put_with_its_own_spec() -> None:
    resource = manifest("VpDeploymentTarget")
    change = released(resource, snapshot(target())).change
    assert change is not None
    assert change.observed is not None
    assert change.observed.body["spec"] == {"kubernetes": {"namespace": "flink-jobs"}}


def test_where_vvp_tells_nothing_every_finalizer_stays() -> None:
    resources = [manifest(), manifest("VpNamespace")]
    nothing = Snapshot(failed={("VpDeployment", "default"): PlatformFault("down")})
    steps = releases(resources, nothing, "default")
    assert [step.kept for step in steps] == ["VVP could not be read: down"] * 2


def test_a_vvp_namespace_without_a_marker_is_let_go_where_vvp_answers() -> None:
    resources = [manifest(), manifest("VpNamespace")]
    steps = releases(resources, snapshot(observed(manifest())), "default")
    assert not any(step.kept for step in steps)
