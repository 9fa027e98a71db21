"""Policies by which the API server warns of typos as soon as somebody applies them; they refuse nothing.

The CRDs let everything in that VVP might take. What ``diff`` and ``validate`` would say of it, kubectl says
with a ValidatingAdmissionPolicy whose binding only warns: fields that resemble a known one or have the name
of one elsewhere, values that are none of those which VVP documents as all there are, and annotations of
vpsync's that mean nothing. A CRD's own rules can only refuse (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/).

A variable has the maps of each level of a resource's spec, one says what is doubtful about their members,
and one about values. An expression that fails is no reason to say anything, let alone to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vpsync.kinds.kind import Kind
from vpsync.model.json import path_from_pointer
from vpsync.model.resource import GROUP
from vpsync.schema import cel
from vpsync.schema.closed import CLOSED, in_their_case, words
from vpsync.schema.crds import Tree
from vpsync.schema.load import load_schema
from vpsync.schema.unknown import LEFTOVERS, annotation_names, belongings

API = "admissionregistration.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Branch:
    """A place in a resource where a schema lists the members."""

    name: str
    """Of the variable that has the maps there: one, several in a list, none where it is absent."""
    maps: str
    """The expression for them."""
    path: str
    """Where it is, as messages say it."""
    known: Mapping[str, Any]
    """The schemas of its members."""


def policies(kinds: Iterable[Kind]) -> tuple[Tree, ...]:
    """Each policy and its binding: one about the spec of each kind, in order, and one about annotations."""
    kinds = tuple(kinds)
    all_policies = (*map(spec_policy, kinds), annotations_policy(kinds))
    return tuple(document for one in all_policies for document in (one, _binding(one)))


def spec_policy(kind: Kind) -> Tree:
    """The ValidatingAdmissionPolicy about the spec of a kind."""
    schema = load_schema(kind.name)
    levels = tuple(_levels(schema["properties"]["spec"], "spec", "spec", cel.SPEC))
    variables, validations = _variables(schema, levels), _validations(levels)
    return _policy(f"vpsync-{kind.plural}", (kind,), cel.SPEC_CHANGES, variables, validations)


def annotations_policy(kinds: tuple[Kind, ...]) -> Tree:
    """The ValidatingAdmissionPolicy about the annotations of all kinds."""
    names_by_kind = {kind.name: annotation_names(load_schema(kind.name)) for kind in kinds}
    variables = (
        _places(name for names in names_by_kind.values() for name in names),
        _variable("known", f"{cel.listing(names_by_kind)}[object.kind]"),
        _variable("leftovers", cel.texts(LEFTOVERS)),
        _variable("annotations", cel.NOT_AN_ANNOTATION),
    )
    validations = (_validation("annotations", "an annotation of vpsync's is not a known one"),)
    return _policy("vpsync-annotations", kinds, cel.INSTRUCTIONS_CHANGE, variables, validations)


def _policy(
    name: str,
    kinds: Iterable[Kind],
    condition: str,
    variables: Iterable[Tree],
    validations: Iterable[Tree],
) -> Tree:
    """A policy; it matches resources of the kinds, and not their statuses."""
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Ignore",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [GROUP],
                        "apiVersions": list(kind.versions),
                        "operations": ["CREATE", "UPDATE"],
                        "resources": [kind.plural],
                    }
                    for kind in kinds
                ]
            },
            "matchConditions": [{"name": "applied", "expression": condition}],
            "variables": list(variables),
            "validations": list(validations),
        },
    }


def _binding(policy: Tree) -> Tree:
    """What puts a policy in force, to warn."""
    name = policy["metadata"]["name"]
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Warn"]},
    }


def _levels(schema: Mapping[str, Any], name: str, path: str, maps: str) -> Iterator[Branch]:
    """A level and all below it. What a schema says nothing about has none."""
    properties = schema.get("properties", {})
    if not properties:
        return
    yield Branch(name, maps, path, properties)
    for key, inner in properties.items():
        maps, place, below = f"variables.{name}", f"{path}.{key}", f"{name}_{key}"
        if "properties" not in inner.get("items", {}):
            yield from _levels(inner, below, place, cel.member(maps, key))
        elif "[]" in path:
            raise ValueError(f"{place}: a list within a list is beyond these policies")
        else:
            yield from _levels(inner["items"], below, f"{place}[]", cel.items(maps, key))


def _variables(schema: Mapping[str, Any], levels: tuple[Branch, ...]) -> Iterator[Tree]:
    yield _places(name for level in levels for name in level.known)
    for level in levels:
        yield _variable(level.name, level.maps)
    members = (
        {"path": cel.text(one.path), "maps": f"variables.{one.name}", "known": cel.texts(one.known)}
        for one in levels
    )
    yield _variable("levels", cel.listed(map(cel.mapped, members)))
    yield _variable("elsewhere", cel.mapped(_elsewhere(schema)))
    yield _variable("fields", cel.NOT_KNOWN)
    if sets := tuple(_sets(levels)):
        yield _variable("sets", cel.listed(map(cel.mapped, sets)))
        yield _variable("values", cel.NOT_IN_SET)


def _places(names: Iterable[str]) -> Tree:
    """The places within names, up to the end of the longest."""
    places = range(max(map(len, names)) + 1)
    return _variable("places", f"[{', '.join(map(str, places))}]")


def _elsewhere(schema: Mapping[str, Any]) -> dict[str, str]:
    """Where each name belongs that has one place, as expressions."""
    dotted = {name: ".".join(path_from_pointer(at)) for name, at in belongings(schema).items()}
    return {name: cel.text(place) for name, place in dotted.items()}


def _sets(levels: tuple[Branch, ...]) -> Iterator[dict[str, str]]:
    """The fields with closed sets, as expressions."""
    for level in levels:
        for key, schema in level.known.items():
            if (closed := schema.get(CLOSED)) is not None:
                is_upper = in_their_case(closed, "a") == "A"
                yield {
                    "path": cel.text(f"{level.path}.{key}"),
                    "given": cel.member(f"variables.{level.name}", key),
                    "upper": "true" if is_upper else "false",
                    "values": cel.texts(closed["values"]),
                    "words": cel.text(words(closed)),
                }


def _validations(levels: tuple[Branch, ...]) -> Iterator[Tree]:
    """Each warns of what its variable says; the plain message stands in where that cannot be shown."""
    yield _validation("fields", "a field below spec is not a known one")
    if any(_sets(levels)):
        yield _validation("values", "a value below spec is none that VVP has")


def _validation(variable: str, message: str) -> Tree:
    return {
        "expression": f'variables.{variable} == ""',
        "message": message,
        "messageExpression": f"variables.{variable}",
    }


def _variable(name: str, expression: str) -> Tree:
    return {"name": name, "expression": expression}
