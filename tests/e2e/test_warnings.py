"""The shipped admission policies: whoever applies a typo is warned, and what is right goes in silently."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generated.maximal import EXCLUDED, maximal, places
from generated.variants import Variant, thinned, variants
from vpsync.kinds import BY_NAME
from vpsync.schema.closed import CLOSED
from vpsync.schema.load import SchemaSet, load_schema

from .admin import Admin, Refused
from .apiserver.server import ApiServer
from .harness import ROOT, World
from .manifests import Document, deployment, note, target

POLICIES = ROOT / "k8s" / "admission"
PATIENCE_SECONDS = 30
SAID = (
    "Warning: Validation failed for ValidatingAdmissionPolicy 'vpsync-{0}' with binding"
    " 'vpsync-{0}': "
)


@pytest.fixture(scope="module", autouse=True)
def policies(apiserver: ApiServer, shipped: object) -> Iterator[None]:
    """The policies, in force: the API server takes them up some time after it has stored them."""
    apiserver.kubectl("apply", "--validate=strict", "-k", str(POLICIES))
    admin, deadline = Admin(apiserver), time.monotonic() + PATIENCE_SECONDS
    while not all(len(admin.create_warnings("default", slip)) == 2 for slip in SLIPS):
        assert time.monotonic() < deadline, "the policies do not warn"
        time.sleep(0.2)
    yield
    apiserver.kubectl("delete", "-k", str(POLICIES))
    while any(admin.create_warnings("default", slip) for slip in SLIPS):
        time.sleep(0.2)


def _slip(kind: str) -> Document:
    group = "ververicaplatform.fintechstudios.com"
    return {
        "apiVersion": f"{group}/v1beta1",
        "kind": kind,
        "metadata": {"name": "slip", "annotations": {note("pausd"): "true"}},
        "spec": {"metdata": {}},
    }


SLIPS = tuple(map(_slip, ("VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint")))


def applied(world: World, document: Document, *flags: str) -> tuple[str, str]:
    """What kubectl says on its two streams when it applies a manifest."""
    place = f"--namespace={world.namespace}"
    done = world.apiserver.kubectl("apply", place, *flags, "-f", "-", input=json.dumps(document))
    return done.stdout.strip(), done.stderr.strip()


def told(world: World, document: Document) -> list[str]:
    """What the API server warns of at a manifest, without what it says before each warning."""
    metadata = {key: value for key, value in document["metadata"].items() if key == "annotations"}
    document = {**document, "metadata": {"name": "any", **metadata}}
    found = world.admin.create_warnings(world.namespace, document)
    texts = [json.loads(one.removeprefix("299 - ").replace("\\'", "'")) for one in found]
    return [text.partition("': ")[2] for text in texts]


def told_unless_refused(world: World, document: Document) -> list[str] | None:
    """The same; None where the CRD refuses it."""
    try:
        return told(world, document)
    except Refused as refusal:
        if refusal.code in (400, 422):
            return None
        raise


def orders(version: str = "v1beta2", **spec: Any) -> Document:
    return deployment("orders", version=version, **spec)


CREATED = "vpdeployment.ververicaplatform.fintechstudios.com/orders created"


class TestDeployment:
    @pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
    def test_is_silent_when_it_is_right(self, world: World, version: str) -> None:
        assert applied(world, orders(version)) == (CREATED, "")

    @pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
    def test_with_a_slip_is_applied_with_a_warning(self, world: World, version: str) -> None:
        out, err = applied(world, orders(version, template={"paralellism": 12}))
        assert out == CREATED
        field = "spec.spec.template.spec.paralellism is not a known field"
        assert err == f"{SAID.format('vpdeployments')}{field}; did you mean 'parallelism'?"

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("flinkConfig", "; did you mean 'flinkConfiguration'?"),
            ("numberofTaskmanager", "; did you mean 'numberOfTaskManagers'?"),
            ("restoreStrategy", "; it belongs to spec.spec.restoreStrategy."),
            ("kind", None),
            ("newInThisRelease", None),
        ],
    )
    def test_has_fields_that_resemble_a_known_one_or_belong_elsewhere(
        self, world: World, field: str, said: str | None
    ) -> None:
        """A name with several places, or with no likeness, may be new in VVP."""
        expected = [f"spec.spec.template.spec.{field} is not a known field{said}"] if said else []
        assert told(world, orders(template={field: {}})) == expected

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"template": {"parallelism\n": 1}}, "a field below spec is not a known one"),
            (
                {"upgradeStrategy": {"kind": "STATE\nFUL"}},
                "a value below spec is none that VVP has",
            ),
        ],
    )
    def test_is_warned_of_in_general_where_a_line_cannot_say_it(
        self, world: World, changes: Document, said: str
    ) -> None:
        assert told(world, orders(**changes)) == [said]

    def test_with_a_strategy_that_vvp_does_not_have_is_applied_with_a_warning(
        self, world: World
    ) -> None:
        out, err = applied(world, orders(upgradeStrategy={"kind": "STATEFULL"}))
        assert out == CREATED
        told = "is not a valid upgrade strategy; VVP has STATEFUL, STATELESS, NONE"
        assert err == (
            f"{SAID.format('vpdeployments')}spec.spec.upgradeStrategy.kind: 'STATEFULL' {told};"
            " did you mean 'STATEFUL'?"
        )

    def test_is_looked_at_when_its_spec_changes_or_it_is_applied_as_it_is(
        self, world: World
    ) -> None:
        wrong = orders(template={"paralellism": 12})
        server = ("--server-side", "--field-manager=somebody")
        assert "paralellism" in applied(world, wrong, *server)[1]
        assert "paralellism" in applied(world, wrong, *server)[1], "an apply that changes nothing"
        assert "paralellism" in applied(world, orders(template={"paralellism": 13}), *server)[1]
        assert applied(world, orders(), *server, "--force-conflicts")[1] == ""

    def test_is_not_looked_at_when_only_metadata_or_status_changes(self, world: World) -> None:
        applied(world, orders(template={"paralellism": 12}))
        place = ("vpdeployments", world.namespace, "orders")
        changes: list[tuple[Document, bool]] = [
            ({"metadata": {"annotations": {"any": "thing"}}}, False),
            ({"metadata": {"finalizers": ["example.com/any"]}}, False),
            ({"metadata": {"finalizers": None}}, False),
            ({"status": {"state": "RUNNING"}}, True),
        ]
        for patch, status in changes:
            assert list(world.admin.patch(*place, patch, status=status)) == []
        assert world.admin.patch(*place, {"spec": {"spec": {"state": "CANCELLED"}}})

    def test_with_a_slip_is_reconciled_as_ever(self, world: World) -> None:
        wrong = orders(state="CANCELLED", template={"paralellism": 12}, notes={"pausd": "true"})
        world.apply(target(), wrong)
        world.settle()
        assert world.vvp("orders")["spec"]["state"] == "CANCELLED"
        assert not any("ValidatingAdmissionPolicy" in run.out + run.err for run in world.runs)


def right() -> dict[str, Document]:
    """Manifests in which nothing is wrong, by where they are from."""
    found = {
        f"{path.relative_to(ROOT)} {number}": document
        for path in sorted((ROOT / "examples").rglob("vp*.yaml"))
        for number, document in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    }
    library = (ROOT / "tests" / "scenarios" / "library.yaml").read_text(encoding="utf-8")
    found |= {f"library {name}": one for name, one in yaml.safe_load(library).items()}
    found |= {" ".join(each): maximal(*each, "any") for each in EXCLUDED}
    return {name: one for name, one in found.items() if one["kind"] in BY_NAME}


def typos(name: str) -> dict[str, bool]:
    """Names that are nearly another one; whether the difference is a single slip of the pen."""
    chance = random.Random(name)
    at, other = chance.randrange(len(name) - 1), chance.choice("abcxyz")
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    slips = {
        swapped, name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:],
        name[:at] + other + name[at + 1 :], name.upper(), name + "s",
    }  # fmt: skip
    more = {swapped[:-1], f"{other}{swapped}", name[: len(name) * 2 // 3], f"{name}Of{name}"}
    return {**dict.fromkeys(more, False), **dict.fromkeys(slips, len(name) > 3)}


def renamed(document: Document, path: tuple[Any, ...], name: str) -> Document:
    """The document with another name for the field at a path."""
    document = copy.deepcopy(document)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[name] = holder.pop(path[-1])
    return document


class TestAnnotations:
    SCHEMAS = SchemaSet(BY_NAME)
    ODD = (
        "example.com/deletion-polcy", "resource-version", note("resource-version"),
        note("v1beta2-state"), note("id"),
    )  # fmt: skip

    @pytest.mark.parametrize(("kind", "version"), EXCLUDED)
    def test_are_warned_of_when_validate_does(self, world: World, kind: str, version: str) -> None:
        slips = {note("deletion-polcy"): "deletion-policy", note("DRIFT"): "drift"}
        for key in (*sorted(SCHEMA_ANNOTATIONS), *self.ODD, *slips):
            document = maximal(kind, version, "any")
            document["metadata"]["annotations"] = {key: "any"}
            said = told(world, document)
            doubts = [*self.SCHEMAS.unknown_annotations(kind, {key: "any"})]
            assert len(said) == len(doubts)
            for one in said:
                assert one.startswith(f"{key} is not a known annotation here")
            if key in slips:
                assert said[0].endswith(f"; did you mean {slips[key]!r}?")

    def test_are_looked_at_when_they_change(self, world: World) -> None:
        applied(world, orders(template={"paralellism": 12}))
        place = ("vpdeployments", world.namespace, "orders")
        wrong = {note("deletion-polcy"): "Orphan"}
        assert world.admin.patch(*place, {"metadata": {"annotations": wrong}})
        for patch in ({"finalizers": ["example.com/any"]}, {"annotations": {"example.com/a": "b"}}):
            assert list(world.admin.patch(*place, {"metadata": patch})) == []


SCHEMA_ANNOTATIONS = frozenset(
    key
    for kind in BY_NAME
    for key in load_schema(kind)["properties"]["metadata"]["properties"]["annotations"][
        "properties"
    ]
)
"""Those that mean something to any kind."""


class TestEveryKind:
    SCHEMAS = SchemaSet(BY_NAME)

    def test_is_silent_about_what_is_right(self, world: World) -> None:
        documents = right()
        assert len(documents) >= 20
        found = {name: told(world, document) for name, document in documents.items()}
        assert {name: said for name, said in found.items() if said} == {}

    @pytest.mark.parametrize(("kind", "version"), EXCLUDED)
    def test_warns_of_slips_and_never_of_what_a_preview_does_not(
        self, world: World, kind: str, version: str
    ) -> None:
        document, chance = maximal(kind, version, "any"), random.Random(kind)
        for path, _, schema in places(kind, version):
            if "description" not in schema or path[-1] in ("spec", 0) or "/" in str(path[-1]):
                continue
            names = typos(str(path[-1]))
            for name in chance.sample(sorted(names), 2):
                wrong = renamed(document, path, name)
                doubts = self.SCHEMAS.doubts(kind, wrong)
                said = told(world, wrong)
                if names[name] and doubts:
                    assert said, f"{path}: {name}"
                for one in said:
                    assert f".{name} is not a known field" in one
                    assert doubts, f"{path}: {name}"
                    meant = doubts[0].text.rpartition(" ")[2].rstrip("?").replace("/", ".")
                    assert meant.strip(".") in one

    @pytest.mark.parametrize(("kind", "version"), EXCLUDED)
    def test_is_silent_about_every_form_of_a_manifest_that_validate_is_silent_about(
        self, world: World, kind: str, version: str
    ) -> None:
        for variant in thinned(variants(kind, version), 1, seed=13):
            document = variant.of(maximal(kind, version, "any"))
            said = told_unless_refused(world, document)
            if said is not None and not self.SCHEMAS.findings(kind, document):
                assert bool(said) is any(self.SCHEMAS.outside_the_sets(kind, document)), variant

    @pytest.mark.parametrize(("kind", "version"), EXCLUDED)
    def test_looks_at_the_rest_whatever_is_null_or_empty(
        self, world: World, kind: str, version: str
    ) -> None:
        for path, held, schema in places(kind, version):
            if "properties" not in {**schema, **schema.get("items", {})} or len(path) < 2:
                continue
            empty: tuple[Any, ...] = (None, {}) if isinstance(held, dict) else (None, [], [None])
            for value in empty:
                document = Variant(path, "now", value).of(maximal(kind, version, "any"))
                document["spec"]["metdata"] = {}
                said = told_unless_refused(world, document)
                assert said is not None, path
                assert ["did you mean 'metadata'?" in one for one in said] == [True], path

    @pytest.mark.parametrize(("kind", "version"), EXCLUDED)
    def test_warns_of_values_outside_of_closed_sets(
        self, world: World, kind: str, version: str
    ) -> None:
        document = maximal(kind, version, "any")
        for path, _, schema in places(kind, version):
            for value in schema.get(CLOSED, {}).get("values", ()):
                for written in (value, value.lower(), value.capitalize()):
                    assert told(world, Variant(path, "now", written).of(document)) == []
                wrong = Variant(path, "now", f"{value[:-1]}XY'").of(document)
                [said] = told(world, wrong)
                assert f": '{value[:-1]}XY'' is not a valid {schema[CLOSED]['noun']}; VVP" in said
