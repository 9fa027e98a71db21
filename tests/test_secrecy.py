"""No token, secret value or password of a URL is shown anywhere, wherever it stands.

The canaries stand in every place of every schema where a text fits, in what VVP and Kubernetes answer,
and in the environment; they are looked for in every output that there is.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.faults import Answer, on
from passes.oracles import CANARY, assert_no_secret_is_shown
from passes.scenario import LIBRARY
from passes.world import TOKEN, Document, World
from vpsync.kinds import KINDS
from vpsync.model.json import value_at
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER
from vpsync.redact.log import hushed_log
from vpsync.redact.redactor import hiding
from vpsync.sandbox import Fault, PresetToken, Respond, Sandbox, SandboxOptions
from vpsync.sandbox import on as vvp_on
from vpsync.schema.load import load_schema

PASSWORD_IN_URL = "https://ci:CANARY-password@example.com/x"
BOTH = f"{PASSWORD_IN_URL} {TOKEN} x{TOKEN}y"
"""A password by its place, and a token by its value."""

Place = tuple[str, ...]


def places(schema: Document, place: Place = ()) -> Iterator[Place]:
    """Every place below a schema where a text fits; ``*`` for a key, ``0`` for an item of a list."""
    for name, member in (schema.get("properties") or {}).items():
        yield from places(member, (*place, name))
    for step, inner in (("*", schema.get("additionalProperties")), ("0", schema.get("items"))):
        if isinstance(inner, dict):
            yield from places(inner, (*place, step))
    if "string" in schema.get("type", ()) or schema.get("x-kubernetes-preserve-unknown-fields"):
        yield place


def put(document: Any, place: Place, value: Any) -> Any:
    """The document with the value at a place; lists have one item there."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if step == "0":
        first = document[0] if isinstance(document, list) and document else {}
        return [put(first, rest, value)]
    held = dict(document) if isinstance(document, dict) else {}
    name = "example.com/key" if step == "*" else step
    return {**held, name: put(held.get(name), rest, value)}


SPECS = {kind.name: list(places(load_schema(kind.name)["properties"]["spec"])) for kind in KINDS}
NOUNS = {"VpNamespace": "namespace", "VpDeploymentTarget": "target", "VpDeployment": "deployment",
         "VpSavepoint": "savepoint"}  # fmt: skip


def spoiled(kind: str) -> Iterator[Document]:
    """Resources for every place of their kind, with canaries there."""
    values = [(place, value) for place in SPECS[kind] for value in (BOTH, PASSWORD_IN_URL)]
    for number, (place, value) in enumerate(values):
        plain = LIBRARY[NOUNS[kind]]
        spec = put(plain["spec"], place, value)
        if kind == "VpDeployment" and "envVars" in place and place[-1] == "value":
            spec["spec"]["template"]["spec"]["kubernetes"]["pods"]["envVars"][0]["name"] = "URL"
        yield {**plain, "metadata": {"name": f"x-{number}", "namespace": "team"}, "spec": spec}


def test_there_are_places_to_hide_things_in() -> None:
    assert {kind: len(found) for kind, found in SPECS.items()} == {
        kind: pytest.approx(most, abs=10)
        for kind, most in {"VpNamespace": 4, "VpDeploymentTarget": 10, "VpDeployment": 58,
                           "VpSavepoint": 14}.items()
    }  # fmt: skip


def assert_vvp_annotations_are_clean(world: World) -> None:
    """Marker and record on VVP objects hold names and paths only."""
    for namespace, held in world.sandbox.snapshot().items():
        for look, names in (
            (world.sandbox.target, held["targets"]),
            (world.sandbox.deployment, held["deployments"]),
        ):
            for name in names:
                notes = value_at(look(namespace, name), ("metadata", "annotations")) or {}
                for key in (OWNER, MANAGED):
                    assert CANARY not in str(notes.get(key)), notes


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
@pytest.mark.parametrize("where", ["cluster", "files"])
def test_nothing_is_shown_of_what_stands_in_any_place_of_a_manifest(
    kind: str, where: str, tmp_path: Path
) -> None:
    with World(directory=tmp_path if where == "files" else None) as world:
        for noun in ("target", "deployment"):
            world.create(LIBRARY[noun])
        world.settle(15)
        for document in spoiled(kind):
            world.create(document)
        world.run(apply=False)
        for _ in range(3):
            world.run()
        for document in spoiled(kind):
            name = document["metadata"]["name"]
            world.edit(kind, name, {"spec": {"spec": {"template": {"spec": {"parallelism": 7}}}}})
        world.run(apply=False)
        world.run()
        shown = world.output.getvalue().upper()
        assert CANARY not in shown, shown[shown.index(CANARY) - 200 :][:300]
        assert_no_secret_is_shown(world)
        assert_vvp_annotations_are_clean(world)


SAID = (
    f"denied for {PASSWORD_IN_URL}",
    f"no such token: {TOKEN}",
    f"Authorization: Bearer {TOKEN}",
    "db.password=CANARY-value is wrong",
)


@pytest.mark.parametrize("words", SAID)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 503])
def test_nothing_is_shown_of_what_vvp_quotes_in_an_error(status: int, words: str) -> None:
    with World() as world:
        for noun in ("target", "deployment"):
            world.create(LIBRARY[noun])
        action = Respond(status, {"message": words})
        world.sandbox.faults.add(Fault(vvp_on("POST", "/deployments$"), action, None))
        world.exit_code()
        world.sandbox.faults.clear()
        world.settle(15)
        world.create(LIBRARY["savepoint"])
        world.sandbox.faults.add(Fault(vvp_on("*", "."), action, None))
        for _ in range(2):
            world.exit_code()
        assert_no_secret_is_shown(world)


def test_nothing_is_shown_of_a_sensitive_value_that_vvp_quotes() -> None:
    secret = "CANARY plain words"
    with World() as world:
        world.create(LIBRARY["target"])
        document = json.loads(json.dumps(LIBRARY["deployment"]))
        template = document["spec"]["spec"]["template"]["spec"]
        template["flinkConfiguration"] = {"s3.secret-key": secret}
        world.create(document)
        refusal = Respond(400, {"message": f"{secret} is no key"})
        world.sandbox.faults.add(Fault(vvp_on("POST", "/deployments$"), refusal, None))
        world.exit_code()
        assert "*** is no key" in world.output.getvalue()
        assert_no_secret_is_shown(world)


@pytest.mark.parametrize("words", SAID)
def test_nothing_is_shown_of_what_vvp_tells_of_jobs_savepoints_and_events(words: str) -> None:
    with World() as world:
        for noun in ("target", "deployment", "savepoint"):
            world.create(LIBRARY[noun])
        world.settle(15)
        world.sandbox.script_state("default", "orders", "RUNNING", words, job_failing=True)
        world.run()
        world.sandbox.fail_next_savepoint("default", "orders", words)
        again = {**LIBRARY["savepoint"], "metadata": {"name": "again", "namespace": "team"}}
        world.create(again)
        for _ in range(4):
            world.run()
        world.sandbox.script_state("default", "orders", "FAILED", words)
        for _ in range(2):
            world.run()
        mark = world.mark()
        world.run()
        assert world.writes(mark) == [], "what is hidden is no news in the next pass"
        assert_no_secret_is_shown(world)


@pytest.mark.parametrize("words", SAID)
@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 500])
def test_nothing_is_shown_of_what_kubernetes_quotes_in_an_error(status: int, words: str) -> None:
    with World() as world:
        for noun in ("target", "deployment"):
            world.create(LIBRARY[noun])
        world.kubernetes.fault(on("PATCH", "."), Answer(status, message=words), None)
        world.kubernetes.fault(on("POST", "."), Answer(status, message=words), None)
        world.exit_code()
        world.kubernetes.faults.clear()
        world.kubernetes.fault(on("GET", "."), Answer(status, message=words), None)
        world.exit_code()
        assert_no_secret_is_shown(world)


# The command line, as a process: its environment, its files, its flags.

SECRET = "owner-CANARY-secret"


@pytest.fixture
def vvp() -> Iterator[Sandbox]:
    """A VVP that quotes the token of the run in all that it says."""
    people = [PresetToken("default", "people", "owner", SECRET)]
    with Sandbox(SandboxOptions(auth=True), tokens=people) as sandbox:
        yield sandbox


def vpsync(*arguments: str, **environment: str) -> str:
    """All that a command shows."""
    kept = {name: text for name, text in os.environ.items() if name in ("PATH", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-m", "vpsync", *arguments],
        capture_output=True,
        text=True,
        env=kept | environment,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """A deployment that holds the token of the run in a label, and VVP's answer will quote it."""
    directory = tmp_path / "manifests"
    directory.mkdir()
    document = json.loads(json.dumps(LIBRARY["deployment"]))
    document["spec"]["metadata"]["labels"] = {"pasted": SECRET, SECRET: "pasted"}
    for name, content in (("target", LIBRARY["target"]), ("job", document)):
        (directory / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return directory


@pytest.mark.parametrize("log", ["text", "json"])
@pytest.mark.parametrize("form", ["text", "json", "yaml"])
@pytest.mark.parametrize("command", [("diff",), ("reconcile", "--once")])
def test_no_form_of_output_and_no_log_shows_a_token(
    vvp: Sandbox, manifests: Path, command: tuple[str, ...], form: str, log: str
) -> None:
    refusal = Respond(400, {"message": f"label {SECRET} is not allowed, {PASSWORD_IN_URL}"})
    vvp.faults.add(Fault(vvp_on("POST", "/deployments$"), refusal))
    flags = ("-f", str(manifests), "--vvp-url", vvp.url, "-o", form, "--debug", "--log-format", log)
    shown = vpsync(*command, *flags, APPMANAGER_API_TOKEN=SECRET)
    assert "orders" in shown
    assert form == "text" or "***" in shown
    assert CANARY not in shown


@pytest.mark.parametrize("source", ["env-file", "token-dir", "token-file", "created"])
def test_a_token_of_whatever_source_is_hidden(
    vvp: Sandbox, manifests: Path, tmp_path: Path, source: str
) -> None:
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    (tokens / "default").write_text(SECRET)
    (tmp_path / "tokens.env").write_text(
        f"PLATFORM_API_TOKEN={SECRET}\nAPPMANAGER_API_TOKEN={SECRET}\n"
    )
    given = {
        "env-file": ("--env-file", str(tmp_path / "tokens.env")),
        "token-dir": ("--vvp-token-dir", str(tokens)),
        "token-file": ("--vvp-token-file", str(tokens / "default")),
        "created": (),
    }[source]
    environment = {"PLATFORM_API_TOKEN": SECRET} if source == "created" else {}
    flags = ("-f", str(manifests), "--vvp-url", vvp.url, "--debug")
    shown = vpsync("reconcile", "--once", *given, *flags, **environment)
    assert "created" in shown
    assert CANARY not in shown


@pytest.mark.parametrize(
    "flags",
    [
        ("--vvp-url", "https://ci:CANARY-password@example.com"),
        ("--vvp-url", "https:/ci:CANARY-password@example.com"),
        ("--vvp-url", "ci:CANARY-password@example.com"),
        ("--app-manager-api-url", "ftp://ci:CANARY-password@example.com/api"),
        ("--vvp-url", "http://127.0.0.1:9", "--vvp-proxy", "http://ci:CANARY-password@127.0.0.1:9"),
        ("--vvp-url", "http://127.0.0.1:9", "--vvp-proxy", "http://ci:CANARY-password@:x"),
        ("--vvp-url", "http://127.0.0.1:9", "--vvp-proxy", "ci:CANARY-password@127.0.0.1:9"),
    ],
    ids=lambda flags: " ".join(flags),
)
def test_a_password_in_a_flag_is_not_repeated(manifests: Path, flags: tuple[str, ...]) -> None:
    shown = vpsync("diff", "-f", str(manifests), *flags, "--debug", APPMANAGER_API_TOKEN=SECRET)
    assert shown
    assert CANARY not in shown


@pytest.mark.parametrize(
    "user",
    [
        {"token": "CANARY-token"},
        {"username": "ci", "password": "CANARY-password"},
        {"tokenFile": "/nowhere/CANARY"},
    ],
    ids=str,
)
def test_the_credentials_of_a_kubeconfig_are_not_shown(tmp_path: Path, user: Document) -> None:
    config = tmp_path / "config"
    cluster = {"server": "https://ci:CANARY-password@127.0.0.1:9"}
    config.write_text(
        yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "x", "cluster": cluster}],
            "users": [{"name": "x", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        })
    )  # fmt: skip
    shown = vpsync(
        "diff", "--kubeconfig", str(config), "--debug", "--vvp-url", "http://127.0.0.1:9"
    )
    assert shown
    assert CANARY not in shown.replace("/nowhere/CANARY", "")


class TestTheLog:
    def test_hides_what_was_learnt_since_it_was_opened(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        known: list[str] = []
        logger = logging.getLogger("vpsync")
        logger.addHandler(caplog.handler)
        try:
            with hushed_log(lambda: hiding(known)):
                logger.warning("the token %s", "CANARY-later-value")
                assert CANARY in caplog.text
                caplog.clear()
                known.append("CANARY-later-value")
                logger.warning("the token %s", "CANARY-later-value")
                try:
                    raise ValueError("about CANARY-later-value")
                except ValueError:
                    logger.exception("broken")
        finally:
            logger.removeHandler(caplog.handler)
        assert "the token ***" in caplog.text
        assert "ValueError: about ***" in caplog.text
        assert CANARY not in caplog.text
