"""The admission policies follow the schemas, warn only, and look at nothing but what people apply."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.resource import GROUP
from vpsync.schema import cel
from vpsync.schema.admission import annotations_policy, policies, spec_policy
from vpsync.schema.closed import CLOSED
from vpsync.schema.crds import to_yaml
from vpsync.schema.load import SchemaSet, load_schema

SHIPPED = Path(__file__).resolve().parents[2] / "k8s" / "admission" / "policies.yaml"
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

Node = dict[str, Any]


def nodes(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Every node of a schema with the path that messages give it."""
    yield path, node
    for name, inner in node.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    if "items" in node:
        yield from nodes(node["items"], f"{path}[]")


def spec(kind: Kind) -> list[tuple[str, Node]]:
    return list(nodes(load_schema(kind.name)["properties"]["spec"], "spec"))


def variables(kind: Kind) -> dict[str, str]:
    return {one["name"]: one["expression"] for one in spec_policy(kind)["spec"]["variables"]}


def test_the_shipped_file_is_what_the_schemas_give() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert text == to_yaml(policies(KINDS), "vpsync admission")
    assert list(yaml.safe_load_all(text)) == list(policies(KINDS))


def test_kubectl_apply_can_record_each_in_its_annotation() -> None:
    assert all(len(json.dumps(document)) < 262_144 for document in policies(KINDS))


def test_every_policy_has_a_binding_that_warns_and_does_nothing_else() -> None:
    found = policies(KINDS)
    assert len(found) == 2 * (len(KINDS) + 1)
    for one, binding in zip(found[::2], found[1::2], strict=True):
        assert binding["spec"]["policyName"] == one["metadata"]["name"]
        assert binding["spec"]["validationActions"] == ["Warn"]
        assert one["spec"]["failurePolicy"] == "Ignore", "what cannot be evaluated says nothing"


def test_the_one_about_annotations_knows_those_of_every_kind() -> None:
    policy = annotations_policy(KINDS)["spec"]
    assert [rule["resources"] for rule in policy["matchConstraints"]["resourceRules"]] == [
        [kind.plural] for kind in KINDS
    ]
    [known] = [one["expression"] for one in policy["variables"] if one["name"] == "known"]
    for kind in KINDS:
        metadata = load_schema(kind.name)["properties"]["metadata"]
        for key in metadata["properties"]["annotations"]["properties"]:
            assert f'"{key.removeprefix(f"{GROUP}/")}"' in known
        assert f'"{kind.name}": [' in known


@EACH
class TestPolicy:
    def test_is_about_the_resource_in_all_its_versions_and_not_about_its_status(
        self, kind: Kind
    ) -> None:
        [rule] = spec_policy(kind)["spec"]["matchConstraints"]["resourceRules"]
        assert rule["resources"] == [kind.plural]
        assert rule["apiVersions"] == list(kind.versions)
        assert rule["operations"] == ["CREATE", "UPDATE"]

    def test_knows_every_field_that_the_schema_has_at_every_level(self, kind: Kind) -> None:
        levels = variables(kind)["levels"]
        for path, node in spec(kind):
            if "properties" in node:
                assert f'"path": dyn({cel.text(path)})' in levels
                assert f'"known": dyn({cel.texts(node["properties"])})' in levels

    def test_knows_every_closed_set_that_the_schema_has(self, kind: Kind) -> None:
        sets = variables(kind).get("sets", "")
        closed = [(path, node[CLOSED]) for path, node in spec(kind) if CLOSED in node]
        assert sets.count('"path"') == len(closed)
        for path, one in closed:
            assert f'"path": dyn({cel.text(path)})' in sets
            assert f'"values": dyn({cel.texts(one["values"])})' in sets

    def test_has_places_enough_for_the_longest_name(self, kind: Kind) -> None:
        names = {name for _, node in spec(kind) for name in node.get("properties", {})}
        assert len(json.loads(variables(kind)["places"])) > max(map(len, names))


class TestClosedSet:
    SETS = tuple(
        (kind.name, path, node) for kind in KINDS for path, node in spec(kind) if CLOSED in node
    )

    def test_is_there_for_strategies_states_and_roles(self) -> None:
        assert [path for _, path, _ in self.SETS] == [
            "spec.roleBindings[].role",
            "spec.spec.state",
            "spec.spec.upgradeStrategy.kind",
            "spec.spec.restoreStrategy.kind",
        ]

    @pytest.mark.parametrize(("kind", "path", "node"), SETS, ids=lambda one: str(one)[:40])
    def test_has_what_editors_offer_and_is_judged_in_any_case(
        self, kind: str, path: str, node: Node
    ) -> None:
        values = node[CLOSED]["values"]
        assert set(node["examples"]) <= set(values)
        schemas = SchemaSet([kind])
        for value in (*values, *map(str.lower, values), *map(str.upper, values)):
            assert not list(schemas.outside_the_sets(kind, at(path, value)))
        [problem] = schemas.outside_the_sets(kind, at(path, f"{values[0]}X"))
        assert problem.text.endswith(f"did you mean {values[0]!r}?")


def at(path: str, value: str) -> Node:
    """A document with nothing but a value at a path."""
    document: Any = value
    for step in reversed(path.split(".")):
        name = step.removesuffix("[]")
        document = {name: [document] if step != name else document}
    return dict(document)
