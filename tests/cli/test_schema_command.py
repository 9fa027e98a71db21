"""``vpsync schema``: what editors complete and check manifests with."""

from __future__ import annotations

import json

import jsonschema
import pytest

from passes.scenario import manifest
from vpsync.kinds import BY_NAME
from vpsync.schema.load import load_schema

from .conftest import Vpsync


@pytest.mark.parametrize("kind", BY_NAME)
def test_one_kind_is_its_schema_in_any_case(vpsync: Vpsync, kind: str) -> None:
    for name in (kind, kind.lower()):
        done = vpsync("schema", name)
        assert (done.code, json.loads(done.out)) == (0, load_schema(kind))


class TestAllKindsInOne:
    @pytest.fixture
    def validator(self, vpsync: Vpsync) -> jsonschema.Draft202012Validator:
        schema = json.loads(vpsync("schema").out)
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    @pytest.mark.parametrize("name", ["target", "deployment", "savepoint"])
    def test_judge_a_resource_by_its_kind(
        self, validator: jsonschema.Draft202012Validator, name: str
    ) -> None:
        document = manifest(name)
        assert validator.is_valid(document)
        assert not validator.is_valid({**document, "spec": 5})

    def test_leave_other_kinds_alone(self, validator: jsonschema.Draft202012Validator) -> None:
        assert validator.is_valid({"kind": "Pod", "spec": 5})
