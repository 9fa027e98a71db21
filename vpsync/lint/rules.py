"""What is judged about manifests before anything is asked: of one by itself, and of all together.

Errors are what a reconcile of the same manifests refuses. Warnings are what may well be meant so, and
looks like a mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vpsync.errors import InvalidManifest
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import SERVER_SET
from vpsync.model.finding import Finding, Severity
from vpsync.model.json import Json, JsonObject, Path, path_from_pointer, pointer, value_at
from vpsync.model.observed import PlatformKey
from vpsync.model.phrases import did_you_mean
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.options import InvalidAnnotation, read_options
from vpsync.redact.fields import redacted
from vpsync.schema.load import SchemaSet
from vpsync.source.events import Ambiguity
from vpsync.source.files import declared_again
from vpsync.source.manifest import document_of
from vpsync.source.strangers import KUSTOMIZE, is_kustomization, misnamed, no_map

_REFERENCES: tuple[Path, ...] = (
    ("spec", "deploymentTargetName"),
    ("spec", "spec", "deploymentTargetName"),
    ("spec", "deploymentName"),
)
"""Where a manifest may name another VVP object."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A manifest with all that is to be said about it by itself."""

    document: JsonObject
    """The document as it is written."""
    manifest: Manifest
    findings: tuple[Finding, ...]
    desired: Desired | None
    """What it wants of VVP; None where it is invalid."""


def judge(
    document: JsonObject,
    manifest: Manifest,
    findings: Sequence[Finding],
    schemas: SchemaSet,
    *,
    strict: bool,
) -> Resource:
    """A manifest by itself; ``strict`` names also what would be ignored or passed through.

    ``findings`` is what was found wrong with it when it was read. One beyond the bounds is not looked at.
    """
    if any(finding.subject == "" for finding in findings):
        return Resource({}, manifest, tuple(findings), None)
    errors, desired = _declared(manifest, findings, schemas)
    errors += _annotation_findings(manifest)
    kind, is_sound = BY_NAME[manifest.key.kind], not errors
    errors += schemas.outside_the_sets(kind.name, document) if is_sound else ()
    reported = {finding.subject for finding in findings}
    unknown = schemas.unknown if strict else schemas.doubts
    named = [one for one in unknown(manifest.key.kind, document) if one.subject not in reported]
    warnings = [] if strict else named
    if strict:
        errors += named
        errors += _server_set(manifest)
    warnings += schemas.unknown_annotations(manifest.key.kind, manifest.annotations)
    warnings += _gone(document, manifest)
    if is_sound:
        warnings += kind.refusals(document)
    doubtful = (replace(finding, severity=Severity.WARNING) for finding in warnings)
    return Resource(document, manifest, (*errors, *doubtful), desired)


def judge_stranger(document: Json, file: str) -> Finding | None:
    """A document that is none of our resources; None where it is just another kind."""
    if not isinstance(document, Mapping):
        return Finding("", no_map(document))
    if (finding := misnamed(document, file)) is not None:
        return finding
    if is_kustomization(document, file):
        return Finding("", f"a kustomization {KUSTOMIZE}", Severity.WARNING)
    return None


def judge_ambiguities(doubts: Iterable[Ambiguity]) -> Iterator[Finding]:
    """What other readers of YAML make something else of, and how to write it for all of them."""
    for doubt in doubts:
        path = path_from_pointer(doubt.pointer)
        if not doubt.written:
            text = doubt.text
        elif len(doubt.written) > 60 or redacted(path, "x")[1] or {"env", "envVars"} & {*path}:
            text = "YAML readers do not agree about this value: put it in quotes"
        else:
            text = (
                f"{doubt.text}: write {json.dumps(doubt.written, ensure_ascii=False)} if it is text"
            )
        yield Finding(doubt.pointer, text, Severity.WARNING)


def judge_together(resources: Sequence[Resource]) -> Iterator[tuple[int, Finding]]:
    """What is wrong with some resources beside the others, each by its index."""
    yield from declared_again(resource.manifest for resource in resources)
    platforms = [_platform(resource.manifest) for resource in resources]
    yield from _rivals(resources, platforms)
    declared = frozenset(platform for platform in platforms if platform)
    for index, resource in enumerate(resources):
        for finding in _undeclared(resource, declared):
            yield index, finding


def _declared(
    manifest: Manifest, earlier: Sequence[Finding], schemas: SchemaSet
) -> tuple[list[Finding], Desired | None]:
    findings = list(earlier)
    reported = tuple(finding.subject for finding in findings)
    for finding in schemas.findings(manifest.key.kind, document_of(manifest)):
        if not any(f"{finding.subject}/".startswith(f"{path}/") for path in reported):
            findings.append(finding)
    if findings:
        return findings, None
    try:
        return [], BY_NAME[manifest.key.kind].declare(manifest)
    except InvalidManifest as error:
        return list(error.findings), None


def _annotation_findings(manifest: Manifest) -> Iterator[Finding]:
    """Every annotation with a value that means nothing; a pass stops at the first."""
    while True:
        try:
            read_options(manifest)
        except InvalidAnnotation as error:
            yield error.finding
            wrong = path_from_pointer(error.finding.subject)[-1]
            rest = {key: text for key, text in manifest.annotations.items() if key != wrong}
            manifest = replace(manifest, annotations=rest)
        else:
            return


def _server_set(manifest: Manifest) -> Iterator[Finding]:
    metadata = manifest.spec.get("metadata")
    for key in metadata if isinstance(metadata, Mapping) else ():
        if key in SERVER_SET:
            path = pointer(("spec", "metadata", key))
            yield Finding(path, "is set by VVP and ignored here; leave it out")


def _gone(document: JsonObject, manifest: Manifest) -> Iterator[Finding]:
    for path, advice in BY_NAME[manifest.key.kind].removed_fields.items():
        if value_at(document, ("spec", *path)) is not None:
            yield Finding(pointer(("spec", *path)), f"was removed in v1beta2: {advice}")


def _platform(manifest: Manifest) -> PlatformKey | None:
    """The VVP object that a manifest stands for, as far as it says so; it may be invalid."""
    metadata = manifest.spec.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        return None
    if not all(isinstance(metadata.get(key) or "", str) for key in ("namespace", "name")):
        return None
    platform = BY_NAME[manifest.key.kind].platform_key(manifest)
    return platform if platform.name else None


def _rivals(
    resources: Sequence[Resource], platforms: Iterable[PlatformKey | None]
) -> Iterator[tuple[int, Finding]]:
    """Resources that stand for a VVP object which an earlier one stands for already."""
    first: dict[PlatformKey, Manifest] = {}
    for index, platform in enumerate(platforms):
        if platform is None:
            continue
        manifest = resources[index].manifest
        other = first.setdefault(platform, manifest)
        if other.key != manifest.key:
            named = value_at(manifest.spec, ("metadata", "name"))
            text = f"{other.key} ({other.origin}) stands for the same VVP object {platform}; rename one"
            yield index, Finding("/spec/metadata/name" if named else "/metadata/name", text)


def _undeclared(resource: Resource, declared: frozenset[PlatformKey]) -> Iterator[Finding]:
    """What a resource refers to by name and none of the manifests declares."""
    reference = resource.desired.reference if resource.desired else None
    for name in reference.names if reference else ():
        assert reference
        kind, namespace = reference.kind, reference.namespace
        if PlatformKey(kind, namespace, name) in declared:
            continue
        beside = [key.name for key in declared if (key.kind, key.namespace) == (kind, namespace)]
        noun = kind.removeprefix("Vp")
        text = f"these files declare no {noun} {name!r} in VVP namespace {namespace!r}"
        meant = did_you_mean(name, beside) or ", so VVP must have it already"
        yield Finding(_place_of(resource.document, name), text + meant, Severity.WARNING)


def _place_of(document: JsonObject, name: str) -> str:
    """The field in which a manifest names another VVP object."""
    named = (path for path in _REFERENCES if value_at(document, path) == name)
    return pointer(next(named, ("spec",)))
