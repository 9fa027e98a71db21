"""From what VVP holds to manifests that a preview finds in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from vpsync.export.collect import ExportSnapshot
from vpsync.export.declare import Export, Exported, declared
from vpsync.export.names import assigned
from vpsync.export.owners import ObjectOwner, holder
from vpsync.kinds import KINDS, position
from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Invalid, Unreadable
from vpsync.model.observed import Observed
from vpsync.planning.ownership.marker import Ownership
from vpsync.planning.plan import declare, plan
from vpsync.planning.policy import Policy
from vpsync.schema.load import SchemaSet
from vpsync.source.manifest import document_of, manifest_from

NAMESPACE_OF_FILES = "default"
"""Where the preview of a manifest without a namespace puts it."""


def export(collected: ExportSnapshot, schemas: SchemaSet, owner_id: str) -> Export:
    """The manifests of all that was collected and is not another's."""
    holders = {observed.id: holder(observed, owner_id) for observed in collected.objects}
    mine = [
        observed
        for observed in collected.objects
        if holders[observed.id].ownership is not Ownership.FOREIGN
    ]
    names = _names(mine, holders, collected)
    snapshot, hiding = collected.snapshot, collected.hiding
    drafts = sorted(
        (
            declared(observed, holders[observed.id], names[observed.id], snapshot, hiding)
            for observed in mine
        ),
        key=_order,
    )
    policy = Policy(owner_id=owner_id)
    obstacles = hiding.value(_obstacles(drafts, collected, schemas, policy))
    fine = tuple(
        replace(draft, left_out=hiding.value(draft.left_out))
        for draft in drafts
        if draft.observed.id not in obstacles
    )
    refused = tuple(obstacles[d.observed.id] for d in drafts if d.observed.id in obstacles)
    return Export(fine, refused, len(collected.objects) - len(mine))


def _order(draft: Exported) -> tuple[int, str, str, str]:
    key = draft.observed.key
    return position(key.kind), key.namespace, key.name, draft.document["metadata"]["name"]


def _names(
    objects: Iterable[Observed], holders: Mapping[str, ObjectOwner], collected: ExportSnapshot
) -> dict[str, str]:
    """The names in Kubernetes: of what is ours its resource's, of the rest one that is free."""
    names: dict[str, str] = {}
    for kind in KINDS:
        of_kind = [observed for observed in objects if observed.key.kind == kind.name]
        taken = {
            observed.id: holders[observed.id].name
            for observed in of_kind
            if holders[observed.id].name
        }
        free = [observed for observed in of_kind if observed.id not in taken]
        names |= taken | assigned(free, taken.values(), collected.snapshot)
    return names


def _obstacles(
    drafts: Iterable[Exported], collected: ExportSnapshot, schemas: SchemaSet, policy: Policy
) -> dict[str, str]:
    """Why some drafts are no good, by the id of their object.

    They are judged, and planned for, exactly as the same manifests from files would be.
    """
    by_key = {}
    reasons: dict[str, str] = {}
    judged = []
    for draft in drafts:
        manifest = manifest_from(draft.document, "export", NAMESPACE_OF_FILES)
        if manifest.key in by_key:
            other = f"another object is marked for {manifest.key}"
            reasons[draft.observed.id] = f"{_shown(draft)}: {other}"
            continue
        if collected.hiding.value(draft.document) != draft.document:
            reasons[draft.observed.id] = (
                f"{_shown(draft)} holds a token of this run in its name or id"
            )
            continue
        by_key[manifest.key] = draft
        judged.append((manifest, schemas.findings(manifest.key.kind, document_of(manifest))))
    planned = plan(*declare(judged), collected.snapshot, policy)
    for decision in planned.decisions:
        draft = by_key[decision.manifest.key]
        if (why := _obstacle(decision)) is not None:
            secrets = ", ".join(draft.left_out)
            why += f" (left out, as they may hold secrets: {secrets})" if secrets else ""
            reasons[draft.observed.id] = f"{_shown(draft)} cannot be declared: {why}"
    return reasons


def _obstacle(decision: Decision) -> str | None:
    """Why a manifest would be more than an adoption; None where it would not."""
    match decision:
        case InSync() | Change(observed=Observed(), fields=()):
            return None
        case Change(reason=message) | Blocked(message=message) | Unreadable(message=message):
            return message
        case Invalid(findings=findings):
            return "; ".join(str(finding) for finding in findings)
        case Finalized(message=message):
            return message


def _shown(draft: Exported) -> str:
    key = draft.observed.key
    return f"{key.kind.removeprefix('Vp')} {key}"
