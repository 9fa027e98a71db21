"""The shipped CRDs on a real API server: installed anew, and over those of the Go operator."""

from __future__ import annotations

import copy
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from .admin import Admin
from .apiserver.server import ApiServer

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "k8s" / "crds.yaml"
EXAMPLES = ROOT / "examples"
GROUP = "ververicaplatform.fintechstudios.com"
NAMESPACE = "old-operator"
"""Kubernetes namespace of the objects that were there before."""

BOTH = ("v1beta1", "v1beta2")
PLURALS = {
    "VpNamespace": ("vpnamespaces", ("v1beta1",)),
    "VpDeploymentTarget": ("vpdeploymenttargets", BOTH),
    "VpDeployment": ("vpdeployments", BOTH),
    "VpSavepoint": ("vpsavepoints", ("v1beta1",)),
}
NAMES = [f"{plural}.{GROUP}" for plural, _versions in PLURALS.values()]

PATIENCE_SECONDS = 60
"""How long a changed CRD may take to be served."""

Tree = dict[str, Any]


# The CRDs of the Go operator, cut down to the fields that matter here: all but two were required
# or limited there (its config/crd/bases). It pruned unknown fields, and converted by a webhook.


def _text(**limits: Any) -> Tree:
    return {"type": "string", **limits}


def _map(values: Tree) -> Tree:
    return {"type": "object", "additionalProperties": values}


def _object(required: tuple[str, ...] = (), /, **properties: Tree) -> Tree:
    node: Tree = {"type": "object", "properties": properties}
    return {**node, "required": list(required)} if required else node


_STATES = ["CANCELLED", "RUNNING", "TRANSITIONING", "SUSPENDED", "FAILED"]
_VP_METADATA = _object(namespace=_text(), labels=_map(_text()), annotations=_map(_text()))
_TEMPLATE = _object(
    ("artifact",),
    artifact=_object(("jarUri", "kind"), kind=_text(), jarUri=_text(), flinkVersion=_text()),
    parallelism={"type": "integer", "format": "int32", "minimum": 1},
    resources=_map(_object(cpu=_text(), memory=_text())),
    flinkConfiguration=_map(_text()),
    kubernetes=_object(pods=_object(securityContext=_object(fsGroup={"type": "integer"}))),
)
_OLD_SPECS = {
    "VpNamespace": _object(
        roleBindings={
            "type": "array",
            "items": _object(role=_text(), members={"type": "array", "items": _text()}),
        }
    ),
    "VpDeploymentTarget": _object(
        metadata=_VP_METADATA,
        spec=_object(("kubernetes",), kubernetes=_object(namespace=_text())),
    ),
    "VpDeployment": _object(
        ("metadata", "spec"),
        metadata=_VP_METADATA,
        deploymentTargetName=_text(),
        spec=_object(
            ("state", "template", "upgradeStrategy"),
            state=_text(enum=_STATES),
            upgradeStrategy=_object(kind=_text()),
            startFromSavepoint=_object(kind=_text()),
            template=_object(("spec",), spec=_TEMPLATE),
        ),
    ),
    "VpSavepoint": _object(
        metadata=_VP_METADATA,
        deploymentName=_text(),
        spec=_object(
            ("flinkSavepointId", "savepointLocation"),
            flinkSavepointId=_text(),
            savepointLocation=_text(),
        ),
    ),
}
_OLD_STATUSES = {
    "VpNamespace": _object(lifecyclePhase=_text()),
    "VpDeployment": _object(state=_text(enum=_STATES)),
    "VpSavepoint": _object(
        ("state",),
        state=_text(enum=["STARTED", "COMPLETED", "FAILED"]),
        failure=_object(message=_text(), reason=_text(), failedAt=_text()),
    ),
}
_WEBHOOK = {
    "strategy": "Webhook",
    "webhook": {
        "clientConfig": {
            "service": {"namespace": "old-operator", "name": "webhook-service", "path": "/convert"}
        },
        "conversionReviewVersions": ["v1beta1"],
    },
}


def _old_crd(kind: str) -> Tree:
    """A CRD as the Go operator's chart installed it, in today's API version."""
    plural, versions = PLURALS[kind]
    properties: Tree = {"metadata": {"type": "object"}, "spec": _OLD_SPECS[kind]}
    version: Tree = {"served": True}
    if kind in _OLD_STATUSES:
        properties["status"] = _OLD_STATUSES[kind]
        version["subresources"] = {"status": {}}
    version["schema"] = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "conversion": _WEBHOOK if len(versions) > 1 else {"strategy": "None"},
            "versions": [
                {"name": name, "storage": name == "v1beta1", **copy.deepcopy(version)}
                for name in versions
            ],
        },
    }


# Objects as the Go operator left them.


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource that was stored before the shipped CRDs came."""

    kind: str
    name: str
    spec: Tree
    status: Tree | None = None
    annotations: Mapping[str, str] | None = None

    @property
    def manifest(self) -> Tree:
        notes = {f"{GROUP}/{key}": value for key, value in (self.annotations or {}).items()}
        return {
            "apiVersion": f"{GROUP}/v1beta1",
            "kind": self.kind,
            "metadata": {"name": self.name, "namespace": NAMESPACE, "annotations": notes},
            "spec": self.spec,
        }


def _deployment(state: str, **template: Any) -> Tree:
    artifact = {"kind": "JAR", "jarUri": "https://artifacts.example.com/one.jar"}
    return {
        "metadata": {"namespace": "default"},
        "deploymentTargetName": "bare",
        "spec": {
            "state": state,
            "upgradeStrategy": {},
            "template": {"spec": {"artifact": artifact, **template}},
        },
    }


STORED = [
    Stored("VpNamespace", "cleared", {"roleBindings": [{}]}, {"lifecyclePhase": "UNRECOGNIZED"}),
    Stored("VpNamespace", "empty", {}, {}),
    Stored(
        "VpDeploymentTarget",
        "bare",
        {"metadata": {}, "spec": {"kubernetes": {}}},
        annotations={"v1beta2.VpDeploymentTarget.patch-set": "null"},
    ),
    Stored(
        "VpDeployment",
        "zero-cpu",
        _deployment("FAILED", resources={"jobmanager": {"cpu": "0", "memory": "1g"}}),
        {"state": "RUNNING"},
        {
            "id": "9d9e1a3c-6a0f-4b5e-9a51-7d0a6b1f3c22",
            "v1beta2.VpDeployment.state": "FINISHED",
            "v1beta2.VpDeployment.status-running": '{"jobId":"3f1da3c8-6f22-430f-9200-eda0"}',
            "v1beta2.VpDeployment.pod-labels": '{"team":"orders"}',
        },
    ),
    Stored("VpDeployment", "wiped-resources", _deployment("RUNNING", resources={}), {}),
    Stored(
        "VpSavepoint",
        "empty-strings",
        {"metadata": {}, "spec": {"savepointLocation": "", "flinkSavepointId": ""}},
        {"state": "STARTED", "failure": {}},
    ),
]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The API server with the shipped CRDs, in one of their histories."""

    server: ApiServer

    def apply(self, manifest: Tree) -> str:
        return self.server.kubectl("apply", "--filename=-", input=json.dumps(manifest)).stdout

    def create(self, namespace: str, manifest: Tree) -> Tree:
        return Admin(self.server).create(namespace, manifest)

    def get(self, kind: str, name: str, version: str, namespace: str = NAMESPACE) -> Tree:
        found = Admin(self.server).get(PLURALS[kind][0], namespace, name, version)
        assert found is not None, f"there is no {kind} {name}"
        return found

    def patch_status(
        self, namespace: str, kind: str, name: str, status: Tree, *, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return self.server.kubectl(
            "patch", f"{PLURALS[kind][0]}.v1beta1.{GROUP}", name, f"--namespace={namespace}",
            "--subresource=status", "--type=merge", f"--patch={json.dumps({'status': status})}",
            check=check,
        )  # fmt: skip


def _eventually(attempt: Callable[[], object]) -> None:
    """Repeat until nothing fails: a changed CRD is served a little later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            attempt()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _remove_crds(server: ApiServer) -> None:
    server.kubectl("delete", "crd", "--ignore-not-found", *NAMES)


def _wait_for_crds(server: ApiServer) -> None:
    for plural, versions in PLURALS.values():
        server.wait_for_crds("crd", f"{plural}.{GROUP}")
        for version in versions:
            path = f"/apis/{GROUP}/{version}/{plural}"
            _eventually(lambda path=path: server.kubectl("get", "--raw", path))  # type: ignore[misc]


def _store_objects(server: ApiServer) -> None:
    for stored in STORED:
        text = json.dumps(stored.manifest)
        _eventually(lambda text=text: server.kubectl("create", "--filename=-", input=text))  # type: ignore[misc]
        if stored.status is not None:
            Cluster(server).patch_status(NAMESPACE, stored.kind, stored.name, stored.status)


def _install_old_crds(server: ApiServer, verb: str) -> None:
    for kind in PLURALS:
        server.kubectl(verb, "--filename=-", input=json.dumps(_old_crd(kind)))
    _store_objects(server)
    unreadable = server.kubectl("get", f"vpdeployments.v1beta2.{GROUP}", "-A", check=False)
    assert "conversion webhook" in unreadable.stderr


def _install_shipped_crds(server: ApiServer, *, server_side: bool) -> None:
    if server_side:
        # Server-side apply does not read null as "remove": the webhook has to go first.
        patch = json.dumps({"spec": {"conversion": {"strategy": "None", "webhook": None}}})
        for name in NAMES:
            server.kubectl("patch", "crd", name, "--type=merge", f"--patch={patch}")
    flags = ("--server-side", "--force-conflicts") if server_side else ()
    server.kubectl("apply", *flags, f"--filename={CRDS}")
    _wait_for_crds(server)


HISTORIES = ["installed anew", "over created", "over applied", "server-side over applied"]


@pytest.fixture(scope="module", params=HISTORIES)
def cluster(apiserver: ApiServer, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The shipped CRDs, alone or after the Go operator's, and objects of that time."""
    _remove_crds(apiserver)
    apiserver.kubectl("create", "namespace", NAMESPACE, check=False)
    if request.param != "installed anew":
        _install_old_crds(apiserver, "create" if request.param == "over created" else "apply")
    _install_shipped_crds(apiserver, server_side=request.param.startswith("server-side"))
    if request.param == "installed anew":
        _store_objects(apiserver)
    yield Cluster(apiserver)
    _remove_crds(apiserver)


def _document(path: Path) -> Tree:
    [document] = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return dict(document)


def _fresh(kind: str, version: str) -> Tree:
    return {
        "apiVersion": f"{GROUP}/{version}",
        "kind": kind,
        "metadata": {"name": f"fresh-{version}"},
        "spec": {},
    }


KIND_VERSIONS = [(kind, version) for kind, (_, served) in PLURALS.items() for version in served]
STORED_VERSIONS = [
    pytest.param(stored, version, id=f"{stored.kind} {stored.name} {version}")
    for stored in STORED
    for version in PLURALS[stored.kind][1]
]


class TestInstallation:
    def test_the_conversion_webhook_is_gone(self, cluster: Cluster) -> None:
        for name in NAMES:
            answer = cluster.server.kubectl("get", "crd", name, "--output=json").stdout
            assert json.loads(answer)["spec"]["conversion"] == {"strategy": "None"}

    def test_the_schemas_are_structural(self, cluster: Cluster) -> None:
        for name in NAMES:
            answer = cluster.server.kubectl("get", "crd", name, "--output=json").stdout
            conditions = json.loads(answer)["status"]["conditions"]
            assert "NonStructuralSchema" not in {one["type"] for one in conditions}


@pytest.mark.parametrize(("stored", "version"), STORED_VERSIONS)
class TestStoredObjects:
    def test_are_readable_as_they_were(
        self, cluster: Cluster, stored: Stored, version: str
    ) -> None:
        answer = cluster.get(stored.kind, stored.name, version)
        assert answer["spec"] == stored.spec
        assert stored.manifest["metadata"]["annotations"].items() <= (
            answer["metadata"].get("annotations", {}).items()
        )

    def test_have_a_status_that_says_unobserved(
        self, cluster: Cluster, stored: Stored, version: str
    ) -> None:
        expected = {"observedGeneration": -1, **(stored.status or {})}
        assert cluster.get(stored.kind, stored.name, version)["status"] == expected

    def test_can_be_annotated(self, cluster: Cluster, stored: Stored, version: str) -> None:
        resource = f"{PLURALS[stored.kind][0]}.{version}.{GROUP}"
        note = f"{GROUP}/reconcile-requested-at={version}"
        cluster.server.kubectl(
            "annotate", resource, stored.name, note, "--overwrite", f"--namespace={NAMESPACE}"
        )

    def test_can_be_applied(self, cluster: Cluster, stored: Stored, version: str) -> None:
        manifest = {**stored.manifest, "apiVersion": f"{GROUP}/{version}"}
        cluster.apply(manifest)
        assert "unchanged" in cluster.apply(manifest)

    def test_can_be_given_a_status_of_the_old_shape(
        self, cluster: Cluster, stored: Stored, version: str
    ) -> None:
        old = {"state": "", "failure": {}, "lifecyclePhase": ""}
        manifest = {**stored.manifest, "apiVersion": f"{GROUP}/{version}"}
        manifest["metadata"]["name"] = f"{stored.name}-{version}"
        cluster.create(NAMESPACE, manifest)
        cluster.patch_status(NAMESPACE, stored.kind, manifest["metadata"]["name"], old)


@pytest.mark.parametrize(("kind", "version"), KIND_VERSIONS)
class TestFreshObjects:
    def test_have_a_status_that_says_unobserved(
        self, cluster: Cluster, namespace: str, kind: str, version: str
    ) -> None:
        cluster.create(namespace, _fresh(kind, version))
        for other in PLURALS[kind][1]:
            answer = cluster.get(kind, f"fresh-{version}", other, namespace)
            assert answer["status"] == {"observedGeneration": -1}

    def test_keep_unknown_fields_at_every_level(
        self, cluster: Cluster, namespace: str, kind: str, version: str
    ) -> None:
        spec = _filled(_schema(cluster, kind, version)["properties"]["spec"])
        answer = cluster.create(namespace, {**_fresh(kind, version), "spec": spec})
        assert answer["spec"] == spec

    def test_may_say_null_anywhere_in_the_spec(
        self, cluster: Cluster, namespace: str, kind: str, version: str
    ) -> None:
        specs = _nulls(_schema(cluster, kind, version)["properties"]["spec"])
        manifests = [{**_fresh(kind, version), "spec": spec} for spec in specs]
        flags = ("--dry-run=server", f"--namespace={namespace}", "--filename=-")
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        created = cluster.server.kubectl("create", *flags, input=text).stdout
        assert len(created.splitlines()) == len(manifests)

    def test_take_conditions_and_refuse_broken_ones(
        self, cluster: Cluster, namespace: str, kind: str, version: str
    ) -> None:
        cluster.create(namespace, _fresh(kind, version))
        condition = {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "observedGeneration": 1,
        }
        name = f"fresh-{version}"
        status = {"observedGeneration": 1, "id": "a", "lastHandled": {"adopt": "b"}}
        cluster.patch_status(namespace, kind, name, {**status, "conditions": [condition]})
        broken = [{**condition, "status": "Maybe"}]
        refused = cluster.patch_status(namespace, kind, name, {"conditions": broken}, check=False)
        assert "Unsupported value" in refused.stderr
        flags = (f"{kind}.{GROUP}/{name}", "--for=condition=Ready", "--timeout=30s")
        cluster.server.kubectl("wait", f"--namespace={namespace}", *flags)


def _schema(cluster: Cluster, kind: str, version: str) -> Tree:
    name = f"{PLURALS[kind][0]}.{GROUP}"
    crd = json.loads(cluster.server.kubectl("get", "crd", name, "--output=json").stdout)
    [found] = [v for v in crd["spec"]["versions"] if v["name"] == version]
    schema: Tree = found["schema"]["openAPIV3Schema"]
    return schema


_VALUES = {"string": "", "integer": 7, "boolean": False, None: 0.5}


def _filled(node: Tree) -> Any:
    """A value for a schema in which every object also has a field that the schema lacks."""
    match node.get("type"):
        case "object" if "additionalProperties" in node:
            return {"a.b/c": _filled(node["additionalProperties"])}
        case "object":
            members = {key: _filled(child) for key, child in node.get("properties", {}).items()}
            return {**members, "fieldOfNextYear": {"deep": [{"er": 1}]}}
        case "array":
            return [_filled(node["items"])]
        case leaf:
            return _VALUES["string" if node.get("x-kubernetes-int-or-string") else leaf]


def _nulls(node: Tree) -> Iterator[Any]:
    """For each place below a schema, a value that is null there and absent elsewhere."""
    yield None
    for key, child in node.get("properties", {}).items():
        for value in _nulls(child):
            yield {key: value}
    if "items" in node:
        yield from ([value] for value in _nulls(node["items"]))
    if "additionalProperties" in node:
        yield from ({"key": value} for value in _nulls(node["additionalProperties"]))


class TestKubectl:
    @pytest.mark.parametrize(
        ("resource", "columns"),
        [
            ("vpns", "NAME READY STATUS LIFECYCLEPHASE AGE"),
            ("vpdt", "NAME READY STATUS NAMESPACE AGE"),
            ("vpd", "NAME READY STATUS STATE AGE"),
            ("vpsp", "NAME READY STATUS STATE AGE"),
            (
                "vpd --output=wide",
                "NAME READY STATUS STATE SYNCED FLINK-VERSION FLINK-IMAGE-TAG FLINK-IMAGE-REGISTRY "
                "FLINK-IMAGE-REPOSITORY VVP-ID AGE",
            ),
        ],
    )
    def test_shows_the_columns(self, cluster: Cluster, resource: str, columns: str) -> None:
        def header() -> None:
            words = resource.split()
            shown = cluster.server.kubectl("get", *words, f"--namespace={NAMESPACE}").stdout
            assert shown.splitlines()[0].split() == columns.split()

        _eventually(header)

    def test_lists_all_kinds_by_category(self, cluster: Cluster) -> None:
        shown = cluster.server.kubectl("get", "vvp", f"--namespace={NAMESPACE}", "--output=name")
        kinds = {line.split(".", 1)[0] for line in shown.stdout.splitlines()}
        assert kinds == {kind.lower() for kind in PLURALS}

    def test_explains_fields(self, cluster: Cluster) -> None:
        def explained() -> None:
            field = "vpdeployment.spec.spec.template.spec.parallelism"
            shown = " ".join(cluster.server.kubectl("explain", field).stdout.split())
            assert "parallelism <integer>" in shown
            assert "how many parallel subtasks each operator has" in shown

        _eventually(explained)


class TestExamples:
    def test_all_apply_and_are_stored_as_they_are(self, cluster: Cluster, namespace: str) -> None:
        cluster.server.kubectl("apply", f"--filename={EXAMPLES / 'team' / 'namespace.yaml'}")
        places = (
            (f"--namespace={namespace}", f"--filename={EXAMPLES}"),
            (f"--filename={EXAMPLES / 'team'}",),
        )
        for place in places:
            cluster.server.kubectl("apply", "--dry-run=server", *place)
            cluster.server.kubectl("apply", *place)
            again = cluster.server.kubectl("apply", *place).stdout.splitlines()
            assert all(line.endswith("unchanged") for line in again)
        for path in EXAMPLES.rglob("vp*.yaml"):
            document = _document(path)
            where = document["metadata"].get("namespace", namespace)
            version = document["apiVersion"].rsplit("/", 1)[1]
            answer = cluster.get(document["kind"], document["metadata"]["name"], version, where)
            assert answer["spec"] == document["spec"]
