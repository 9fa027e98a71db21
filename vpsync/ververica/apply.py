"""Carries out one planned change: its request is a function of the change and the ids known so far."""

from __future__ import annotations

from collections.abc import Mapping

from vpsync.errors import (
    PlatformError,
    PlatformNotFound,
    PlatformRejected,
    PlatformUnsupported,
)
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Api, Update
from vpsync.model.change import Change, Verb
from vpsync.model.json import Json, KnownAfterApply, Path, merged, nested, value_at
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied, Failed, Outcome, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.releases import APPLIES_DEFAULTS
from vpsync.ververica.client import Client
from vpsync.ververica.probe import known_release

Ids = Mapping[tuple[str, str, str], str]
"""Kind, VVP namespace and VVP name of what this pass created, with its id."""

NO_SUCH_ROUTE = frozenset({404, 405})
"""How a server answers that does not know an operation, where the object is known to be there."""


class UnknownId(Exception):
    """The change needs the id of an object that this pass did not get to create."""


def apply_change(client: Client, change: Change, ids: Ids) -> Outcome:
    """Sends one change, once; not at all where VVP refused the same in this run."""
    try:
        if change.verb is Verb.DELETE and change.observed is not None:
            _deleted(client, change, change.observed)
            return Applied(change, None)
        body = request_body(change, ids)
    except UnknownId as missing:
        return Skipped(change, Reason.DependencyNotReady, str(missing))
    except PlatformNotFound as error:
        return Applied(change, None) if change.verb is Verb.DELETE else Failed(change, error)
    except PlatformError as error:
        return Failed(change, error)
    refusals = client.refusals
    if refusals is not None and (refused := refusals.known(change, body)) is not None:
        return Failed(change, refused)
    try:
        return Applied(change, _written(client, change, body))
    except PlatformError as error:
        if refusals is not None:
            refusals.note(change, body, error)
        return Failed(change, error)


def _written(client: Client, change: Change, body: Json) -> Observed:
    """Creates the object or changes it; VVP's answer."""
    if change.observed is not None:
        return _changed(client, change, body)
    platform = change.platform
    return client.create(BY_NAME[platform.kind], platform.namespace, platform.name, body)


def _deleted(client: Client, change: Change, observed: Observed) -> None:
    """Deletes an object; some kinds can be deleted only by newer releases."""
    kind = BY_NAME[change.platform.kind]
    try:
        client.delete(kind, observed)
    except (PlatformNotFound, PlatformRejected) as error:
        # It was listed in this pass: that it is not found means that there is no such operation.
        if kind.delete_since and error.status in NO_SUCH_ROUTE:
            text = f"this VVP server cannot delete a {kind.noun} ({error}); "
            text += f"{kind.delete_since} and newer can"
            raise PlatformUnsupported(text, status=error.status) from error
        raise


def _changed(client: Client, change: Change, body: Json) -> Observed:
    """Changes an existing object; VVP has PUT for deployments and targets only from 2.4 on."""
    assert change.observed is not None
    kind = BY_NAME[change.platform.kind]
    if change.whole is not None:
        # A PUT creates what is not there, so the moment for that to happen is kept short.
        client.read(kind, change.observed)
    try:
        return client.change(kind, change.observed, change.verb.value, body, _query(client, change))
    except (PlatformNotFound, PlatformRejected) as error:
        # It was read in this pass: that it is not found means that there is no such operation.
        if change.verb is Verb.PUT and kind.replace_since and error.status in NO_SUCH_ROUTE:
            text = f"this VVP server cannot replace a {kind.noun} ({error}); "
            text += f"{kind.replace_since} and newer can"
            raise PlatformUnsupported(text, status=error.status) from error
        raise


def _query(client: Client, change: Change) -> Mapping[str, str] | None:
    """What goes with the address of a PUT, where the server may know it."""
    kind, namespace = BY_NAME[change.platform.kind], change.platform.namespace
    if change.verb is not Verb.PUT or not kind.replace_query:
        return None
    release = known_release(client, namespace)
    return None if release is not None and release < APPLIES_DEFAULTS else kind.replace_query


def request_body(change: Change, ids: Ids) -> Json:
    """The body of the request; :class:`UnknownId` when what it refers to could not be created."""
    kind = BY_NAME[change.platform.kind]
    if kind.name_path and change.desired is not None:
        # Also where it goes by name, of which VVP may not say that nothing has it.
        _filled(value_at(change.desired.body, kind.reference_path), ids)
    if change.whole is not None:
        notes = {key: text for key, text in change.metadata.items() if text is not None}
        ours = {"metadata": {"annotations": notes}}
        return _creation(change, _filled(merged(change.whole, ours), ids))
    patch = _filled(change.patch(), ids)
    if change.observed is None:
        return _creation(change, patch)
    match kind.update:
        case Update.REPLACE:
            # A PUT replaces: all that is declared is sent, and what is not as it was read.
            kept = {key: change.observed.body.get(key) for key in kind.kept_on_replace}
            declared = change.desired.body if change.desired else {}
            return {**{key: value for key, value in kept.items() if value}, **declared, **patch}
        case Update.METADATA:
            return _replacement(change, patch)
        case Update.PATCH | Update.NEVER:
            return patch


def _creation(change: Change, patch: dict[str, Json]) -> dict[str, Json]:
    kind = BY_NAME[change.platform.kind]
    if kind.api is Api.PLATFORM:
        return patch
    named = {"name": change.platform.name} if kind.named else {}
    declared = change.desired.body if change.desired else {}
    empty: dict[Path, Json] = {
        path: {} for path in kind.sent_empty if value_at(declared, path) == {}
    }
    patch = merged(nested(empty), patch)
    metadata = {**named, "namespace": change.platform.namespace, **patch.get("metadata", {})}
    return {"kind": kind.name.removeprefix("Vp"), "apiVersion": "v1", **patch, "metadata": metadata}


def _replacement(change: Change, patch: dict[str, Json]) -> dict[str, Json]:
    """The object with its own spec, and with the labels and annotations of others kept."""
    assert change.observed is not None
    metadata: dict[str, Json] = {"name": change.platform.name}
    for member in ("labels", "annotations"):
        members = value_at(change.observed.body, ("metadata", member)) or {}
        both = {**members, **(value_at(patch, ("metadata", member)) or {})}
        metadata[member] = {key: text for key, text in both.items() if text is not None}
    return {"metadata": metadata, "spec": change.observed.body.get("spec") or {}}


def _filled(value: Json, ids: Ids) -> Json:
    if isinstance(value, KnownAfterApply):
        if value.ref not in ids:
            kind, _, name = value.ref
            raise UnknownId(f"{kind.removeprefix('Vp')} {name!r} could not be created in this pass")
        return ids[value.ref]
    if isinstance(value, dict):
        return {key: _filled(member, ids) for key, member in value.items()}
    return value
