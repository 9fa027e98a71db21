"""Values: what is refused, and that the schema, the defaults and the program say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft7Validator

from pages import blocks, page, sections
from vpsync.cli.reconcile import command
from vpsync.errors import SettingsError
from vpsync.kinds import KINDS
from vpsync.settings import duration

from .helm import CHART, CRDS_CHART, URL, Helm

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text("utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
BOTH = pytest.mark.parametrize("chart", [CHART, CRDS_CHART], ids=lambda path: path.name)
FLAGS = {
    "--vvp-edition": DEFAULTS["vvp"]["edition"],
    "--owner-id": DEFAULTS["vvp"]["ownerId"],
    "--vvp-request-timeout": DEFAULTS["vvp"]["requestTimeout"],
    "--concurrency": DEFAULTS["vvp"]["concurrency"],
    "--adopt": DEFAULTS["policy"]["adopt"],
    "--drift": DEFAULTS["policy"]["drift"],
    "--max-delete-percent": DEFAULTS["policy"]["maxDeletePercent"],
    "--max-update-percent": DEFAULTS["policy"]["maxUpdatePercent"],
    "--max-deletes": DEFAULTS["policy"]["maxDeletes"],
    "--max-restarts": DEFAULTS["policy"]["maxRestarts"],
    "--savepoint-retries": DEFAULTS["policy"]["savepointRetries"],
    "--transition-timeout": DEFAULTS["policy"]["transitionTimeout"],
    "--interval": DEFAULTS["loop"]["interval"],
    "--timeout": DEFAULTS["loop"]["timeout"],
    "--min-event-sync-interval": DEFAULTS["loop"]["minEventSyncInterval"],
    "--lease-timeout": DEFAULTS["cronjob"]["leaseTimeout"],
}


def options() -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield parameter


@pytest.mark.parametrize("flag", FLAGS)
def test_a_default_of_the_chart_is_that_of_the_program(flag: str) -> None:
    [option] = [one for one in options() if flag in one.opts]
    assert FLAGS[flag] == option.default or (FLAGS[flag], option.required) == (None, False)


def test_words_of_the_schema_are_those_of_the_program() -> None:
    policy, vvp = (SCHEMA["properties"][name]["properties"] for name in ("policy", "vvp"))
    for flag, words in (
        ("--adopt", policy["adopt"]), ("--drift", policy["drift"]), ("--vvp-edition", vvp["edition"])
    ):  # fmt: skip
        [option] = [one for one in options() if flag in one.opts]
        assert isinstance(option.type, click.Choice)
        assert set(words["enum"]) == set(option.type.choices)
    listed = SCHEMA["properties"]["kinds"]["items"]["enum"]
    assert listed == [kind.name for kind in KINDS]


@pytest.mark.parametrize(
    "text",
    ["90s", "5m", "1h30m", "1h30m10s", "60", "0", "0s", "1.5", "1.5h", "500ms", "", "s", "-1s", "5 m", "1m1h",
     "1d", "a minute", "1e3", "5M"],
)  # fmt: skip
def test_a_duration_is_taken_where_the_program_takes_it(text: str) -> None:
    schema = {**SCHEMA["definitions"]["duration"], "definitions": SCHEMA["definitions"]}
    try:
        duration(text)
    except SettingsError:
        taken = False
    else:
        taken = True
    assert Draft7Validator(schema).is_valid(text) == taken


@BOTH
def test_the_schema_knows_every_value_and_no_other(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text("utf-8"))
    values = yaml.safe_load((chart / "values.yaml").read_text("utf-8"))
    _assert_same_keys(schema, values | {"global": {}}, "")


def _assert_same_keys(schema: Mapping[str, Any], values: Mapping[str, Any], path: str) -> None:
    """Where a value is no map of the user's, its keys are those of the schema, and closed."""
    if "properties" not in schema:
        return
    assert schema["additionalProperties"] is False, path
    known = set(schema["properties"]) - {"rollingUpdate"}
    assert known == set(values), path
    for key in known:
        if isinstance(values[key], dict):
            _assert_same_keys(schema["properties"][key], values[key], f"{path}.{key}")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a typo": ({"vvp": {"edtion": "auto"}}, "edtion"),
    "a typo at the top": ({"replica": 2}, "replica"),
    "an unknown mode": ({"mode": "daemon"}, "/mode"),
    "a word for a number": ({"replicas": "two"}, "/replicas"),
    "an address without a scheme": ({"vvp": {"url": "vvp.example.com"}}, "/vvp/url"),
    "a percentage beyond all": ({"policy": {"maxDeletePercent": 101}}, "/policy/maxDeletePercent"),
    "a duration in words": ({"loop": {"interval": "a minute"}}, "/loop/interval"),
    "an owner id that is no name": ({"vvp": {"ownerId": "Main_1"}}, "/vvp/ownerId"),
    "a kind that is none": ({"kinds": ["Deployment"]}, "/kinds/0"),
    "a namespace that is none": ({"watchNamespaces": ["Team A"]}, "/watchNamespaces/0"),
    "a port that needs a right": ({"metrics": {"port": 80}}, "/metrics/port"),
    "labels that are no text": ({"podLabels": {"a": 1}}, "/podLabels/a"),
    "a map that is no map of lists": ({"tenancy": {"namespaceMap": {"a": "b"}}}, "/namespaceMap/a"),
    "a deadline that never starts": ({"cronjob": {"startingDeadlineSeconds": 5}}, "/cronjob/starting"),
    "no address": ({"vvp": {"url": ""}}, "vvp.url is empty"),
    "half an address": ({"vvp": {"url": "", "platformUrl": "http://p.example.com"}}, "vvp.url"),
    "one address beside that of both": (
        {"vvp": {"appManagerUrl": "http://a.example.com/api"}}, "vvp.appManagerUrl and vvp.platformUrl go"
    ),
    "three addresses": (
        {"vvp": {"appManagerUrl": "http://a.example.com/api", "platformUrl": "http://p.example.com"}},
        "vvp.url is set beside",
    ),
    "a duration that ended before": ({"loop": {"interval": -5}}, "/loop/interval"),
    # Helm writes larger numbers as 1e+06, which is no duration.
    "a duration of many digits": ({"loop": {"interval": 1000000}}, "/loop/interval"),
    "two without a Lease": ({"loop": {"leaderElection": False}}, "set replicas to 1"),
    "overlap without a Lease": (
        {"replicas": 1, "loop": {"leaderElection": False}}, "loop.strategy.type to Recreate"
    ),
    "shards without Leases": (
        {"loop": {"shards": 3, "leaderElection": False}}, "set loop.leaderElection to true"
    ),
    "no shard": ({"loop": {"shards": 0}}, "/loop/shards"),
    "HTTPS without a certificate": (
        {"metrics": {"secure": {"enabled": True}}}, "metrics.secure.certificateSecret is empty"
    ),
}  # fmt: skip


TAKEN: dict[str, dict[str, Any]] = {
    "seconds as a number": {"loop": {"interval": 30}},
    "a schedule by its name": {"mode": "cronjob", "cronjob": {"schedule": "@hourly"}},
    "nobody may be away": {"podDisruptionBudget": {"maxUnavailable": 0}},
    "no uid, as OpenShift wants it": {
        "podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}
    },
    "values of a chart above": {"global": {"anything": 1}},
}


SHOWN = [
    block.text for block in blocks(sections(page("install.md"), 2)["Common cases"])
    if block.language == "yaml"
]  # fmt: skip


@pytest.mark.parametrize("text", SHOWN)
def test_every_case_that_the_page_shows_is_one(text: str, helm: Helm) -> None:
    values = yaml.safe_load(text)
    assert helm.render({**values, "vvp": URL["vvp"] | values.get("vvp", {})})


def test_values_in_a_release_of_flux_are_ours(helm: Helm) -> None:
    [block] = blocks(sections(page("install.md"), 2)["From Git"])
    assert helm.render(yaml.safe_load(block.text)["spec"]["values"])


@pytest.mark.parametrize("case", TAKEN)
def test_taken_is(case: str, helm: Helm) -> None:
    assert "null" not in json.dumps(helm.render({**URL, **TAKEN[case]}))


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_its_place_is(case: str, helm: Helm) -> None:
    values, told = REFUSED[case]
    merged = {**values, "vvp": URL["vvp"] | values.get("vvp", {})}
    assert told in helm.refusal(merged)
