"""Strings stay strings for every reader of YAML, and the order of members is always the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from builders import manifest as resource
from builders import observed
from vpsync.export.declare import Exported
from vpsync.export.text import json_text, yaml_text
from vpsync.source.documents import documents

ODD = (
    "", " ", "1e3", "0o17", "0x1F", "1_000", "12", "-1.5", ".5", ".inf", ".NaN", "2024-01-01", "1:30",
    "y", "No", "on", "OFF", "true", "null", "~", "=", "<<", "-", "---", "...", "a: b", "a #b", "#",
    "- a", "? a", "& a", "* a", "! a", "%a", "@a", "`a", "'", '"', "[", "{", "a\n", "\na", " a\n b\n",
    "a\n\n\nb", "tab\tbed", "line\rreturn", "next\x85line", "\u2028", "\ufeff", "été", "日本", "🙂", "\x07",
    "{{deploymentName}}", "${SECRET}", "10s", "1G", "SELECT 1;\nSELECT 2;", "x" * 300, "a" + " b" * 99,
)  # fmt: skip


def exported(spec: dict[str, Any], left_out: tuple[str, ...] = ()) -> Exported:
    document = {"apiVersion": "v1", "kind": "VpDeployment", "metadata": {"name": "x"}, "spec": spec}
    return Exported(observed(resource()), document, left_out)


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_every_string_is_read_back_as_it_was_by_both_versions_of_yaml(text: str) -> None:
    # As a key, `<<` is the merge key of YAML 1.1, quoted or not.
    key = text if text != "<<" else "key"
    spec = {"metadata": {"labels": {"value": text, key: "key"}}}
    written = yaml_text(exported(spec))
    [(_, document)] = documents(written)
    assert document["spec"] == spec
    assert yaml.safe_load(written)["spec"] == spec


@pytest.mark.parametrize("text", ["1e3", "0o17", "off", "y", "2024-01-01", "1:30", ""])
def test_what_some_reader_takes_for_something_else_stands_in_quotes(text: str) -> None:
    assert f'value: "{text}"' in yaml_text(exported({"metadata": {"labels": {"value": text}}}))


@pytest.mark.parametrize("text", ["10s", "1G", "RUNNING", "s3://a/b.jar", "org.example.Main"])
def test_plain_words_stand_without_quotes(text: str) -> None:
    assert f"value: {text}\n" in yaml_text(exported({"metadata": {"labels": {"value": text}}}))


def test_lines_of_a_script_stay_lines() -> None:
    written = yaml_text(exported({"spec": {"sqlScript": "SELECT 1;\nSELECT 2;\n"}}))
    assert "sqlScript: |\n      SELECT 1;\n      SELECT 2;\n" in written


@pytest.mark.parametrize(
    "text",
    ["::error::x", "a\n  ::error::x\n", "##[group]x", "a\n##vso[x]\n", "\u202egnp", "\x1b[2J"],
)
def test_no_pipeline_obeys_a_manifest_that_it_prints(text: str) -> None:
    spec = {"spec": {"sqlScript": text, text: "x"}}
    written = yaml_text(exported(spec))
    assert not re.search(r"^\s*::|##\w*\[", written, re.MULTILINE)
    assert written.replace("\n", "").isprintable()
    [(_, document)] = documents(written)
    assert document["spec"] == spec
    as_json = json_text((exported(spec),))
    assert as_json.replace("\n", "").isprintable()
    assert "##" not in as_json
    assert json.loads(as_json)["items"][0]["spec"] == spec


def test_the_root_logger_has_a_simple_key() -> None:
    assert '"": INFO\n' in yaml_text(exported({"spec": {"loggers": {"": "INFO"}}}))


def test_members_stand_in_the_order_of_the_schema_and_keys_of_maps_by_name() -> None:
    one = {"spec": {"template": {"spec": {}}, "state": "RUNNING", "zeta": 1, "alpha": 2}}
    two = {"spec": {"alpha": 2, "zeta": 1, "state": "RUNNING", "template": {"spec": {}}}}
    assert yaml_text(exported(one)) == yaml_text(exported(two))
    [(_, document)] = documents(yaml_text(exported(one)))
    assert list(document["spec"]["spec"]) == ["state", "template", "alpha", "zeta"]


def test_what_was_left_out_is_told_in_comments_that_nothing_can_leave() -> None:
    written = yaml_text(exported({}, ("/spec/a", "/spec/b\nkind: Secret")))
    comments = [line for line in written.splitlines() if line.startswith("#")]
    assert len(comments) == 3
    assert "/spec/a" in comments[1]
    assert written.splitlines()[3] == "apiVersion: v1"


def test_json_is_one_list() -> None:
    document = json.loads(json_text((exported({}), exported({}))))
    assert (document["kind"], len(document["items"])) == ("List", 2)
