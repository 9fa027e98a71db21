"""The Helm charts on a real API server: every object is valid, pods are admitted, releases come and go."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from chart.helm import CHART, CRDS_CHART, MATRIX, ROOT, RUNNERS, Document, Helm, pod
from pages import blocks, page, sections
from vpsync.kinds import KINDS
from vpsync.schema.admission import policies
from vpsync.schema.crds import crds

from .admin import GROUP, Admin
from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.helm_binary import find_helm
from .apiserver.server import ApiServer

NAMESPACES = ("vpsync", "team-a", "team-b", "monitoring")
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
PLURAL = "vpdeploymenttargets"
WEBHOOK = {
    "strategy": "Webhook",
    "webhook": {
        "conversionReviewVersions": ["v1"],
        "clientConfig": {"url": "https://webhook.example.com/convert"},
    },
}
MONITORS = ("ServiceMonitor", "PrometheusRule")
ONE = {
    "apiVersion": "ververicaplatform.fintechstudios.com/v1beta1",
    "kind": "VpDeploymentTarget",
    "metadata": {"name": "jobs"},
    "spec": {"spec": {"kubernetes": {"namespace": "flink"}}},
}
OVER_THE_MATRIX = pytest.mark.parametrize("values", MATRIX, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ApiServer]:
    """An API server of its own, because CRDs come and go; with the namespaces that values name."""
    with ApiServer(find_binaries()) as server:
        for name in NAMESPACES:
            server.create_namespace(name)
        server.kubectl("label", "namespace", "vpsync", RESTRICTED)
        documents = {"apiVersion": "v1", "kind": "List", "items": [*map(_monitor, MONITORS)]}
        server.kubectl("create", "-f", "-", input=json.dumps(documents))
        server.wait_for_crds("crd", "--all")
        yield server


@pytest.fixture(scope="module")
def helm(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """helm as the admin. ``.ci/run`` fails where there is none, so there these tests are not skipped."""
    try:
        program = find_helm()
    except BinariesError as error:
        pytest.skip(str(error))
    return Helm(program, tmp_path_factory.mktemp("helm"), cluster.admin_kubeconfig)


def _monitor(kind: str) -> Document:
    """A stand-in for a CRD of the Prometheus operator: of its group and names, with any spec."""
    plural, group = f"{kind.lower()}s", "monitoring.coreos.com"
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {"name": "v1", "served": True, "storage": True,
                 "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }  # fmt: skip


def _tried(cluster: ApiServer, documents: list[Document], *flags: str) -> str:
    """What the API server says against documents that it is asked to create, strictly, and not to keep."""
    # One by one: a List is held against the schemas by kubectl, and by the server not at all.
    text = "\n---\n".join(map(json.dumps, documents))
    done = cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", *flags,
                           input=text, check=False)  # fmt: skip
    assert (done.returncode != 0) == bool(done.stderr)
    return done.stderr


@OVER_THE_MATRIX
def test_every_object_is_valid_to_the_letter(values: Path, cluster: ApiServer, helm: Helm) -> None:
    documents = helm.render(values)
    assert _tried(cluster, documents) == ""
    [main] = [one for one in documents if one["kind"] in RUNNERS]
    main["spec"]["replica"] = 1
    assert 'unknown field "spec.replica"' in _tried(cluster, documents), "so that it was asked"


@OVER_THE_MATRIX
def test_pods_are_admitted_to_a_restricted_namespace(
    values: Path, cluster: ApiServer, helm: Helm
) -> None:
    template = pod(helm.render(values))
    metadata = {**template["metadata"], "name": "pass", "namespace": "vpsync"}
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    assert _tried(cluster, [document]) == ""
    del document["spec"]["securityContext"]["runAsNonRoot"]
    assert "violates PodSecurity" in _tried(cluster, [document]), "so that the profile was asked"


@OVER_THE_MATRIX
def test_the_notes_say_which_commands_come_next(
    values: Path, cluster: ApiServer, helm: Helm
) -> None:
    done = helm.run("install", "vpsync", str(CHART), "--namespace", "vpsync", "--values",
                    str(values), "--dry-run=server")  # fmt: skip
    notes = done.stdout.partition("NOTES:")[2]
    [main] = [one for one in helm.render(values) if one["kind"] in RUNNERS]
    assert f"{main['kind'].lower()}/{main['metadata']['name']}" in notes
    assert "helm upgrade --install vpsync-crds" in notes
    assert "<no value>" not in notes
    elsewhere = values.stem == "everything-values"
    assert ("There is no image at example.com/vpsync" in notes) != elsewhere
    assert ("--clusterrole=vpsync-metrics-reader" in notes) == (values.stem == "secure-values")
    unlimited = "-A" in notes.split()
    assert unlimited != ("namespaced" in values.stem)


class TestReleases:
    """Each begins and ends without our CRDs."""

    @pytest.fixture(autouse=True)
    def _none_before(self, cluster: ApiServer) -> Iterator[None]:
        yield
        names = cluster.kubectl("get", "crd", "-o=name").stdout.split()
        for name in (one for one in names if one.endswith(GROUP)):
            cluster.kubectl("delete", name, "--wait=false", "--ignore-not-found")
            cluster.wait_for_no_crd(name.partition("/")[2])

    def test_come_change_go_back_and_go_and_leave_resources(
        self, cluster: ApiServer, helm: Helm
    ) -> None:
        helm.run("install", "vpsync-crds", str(CRDS_CHART), "-n=vpsync")
        _store(cluster)
        values = ["-n=vpsync", "--set=vvp.url=http://vvp.example.com"]
        helm.run("install", "vpsync", str(CHART), *values)
        first = _held(cluster)
        assert ("Deployment", "vpsync") in first
        helm.run("upgrade", "vpsync", str(CHART), *values, "--set=mode=cronjob")
        second = _held(cluster)
        assert ("CronJob", "vpsync") in second
        assert ("Deployment", "vpsync") not in second
        helm.run("upgrade", "vpsync", str(CHART), *values, "--set=loop.shards=3")
        third = _held(cluster)
        assert ("StatefulSet", "vpsync") in third
        assert not {("CronJob", "vpsync"), ("Deployment", "vpsync")} & third
        helm.run("upgrade", "vpsync", str(CHART), *values, "--set=loop.shards=5")
        assert _held(cluster) == third
        helm.run("rollback", "vpsync", "1", "-n=vpsync")
        assert _held(cluster) == first
        helm.run("uninstall", "vpsync", "-n=vpsync")
        assert _held(cluster) == set()
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")
        assert _stored(cluster), "the CRDs are kept, and with them the resources"

    def test_of_the_chart_of_crds_delete_all_resources_on_demand_alone(
        self, cluster: ApiServer, helm: Helm
    ) -> None:
        helm.run("install", "vpsync-crds", str(CRDS_CHART), "-n=vpsync", "--set=keep=false")
        _store(cluster)
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")
        cluster.wait_for_no_crd(f"{PLURAL}.{GROUP}")

    def test_of_the_chart_of_crds_bring_and_take_policies_that_warn(
        self, cluster: ApiServer, helm: Helm
    ) -> None:
        values = ("-n=vpsync", "--set=warnings=true")
        helm.run("install", "vpsync-crds", str(CRDS_CHART), *values)
        kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
        held = cluster.kubectl("get", kinds, "-o=name").stdout.split()
        assert len(held) == len(policies(KINDS))
        helm.run("upgrade", "vpsync-crds", str(CRDS_CHART), *values)
        helm.run("upgrade", "vpsync-crds", str(CRDS_CHART), "-n=vpsync", "--set=warnings=false")
        assert cluster.kubectl("get", kinds, "-o=name").stdout == ""
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")

    def test_of_vpsync_install_crds_and_never_upgrade_them_but_the_chart_of_crds_does(
        self, cluster: ApiServer, helm: Helm
    ) -> None:
        values = ["-n=vpsync", "--set=vvp.url=http://vvp.example.com"]
        helm.run("install", "vpsync", str(CHART), *values)
        _store(cluster)
        _age(cluster)
        helm.run("upgrade", "vpsync", str(CHART), *values)
        assert _is_old(cluster)
        helm.run("upgrade", "--install", "vpsync-crds", str(CRDS_CHART), "-n=vpsync",
                 "--take-ownership")  # fmt: skip
        assert not _is_old(cluster)
        assert _stored(cluster)
        helm.run("uninstall", "vpsync", "-n=vpsync")
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")
        assert _stored(cluster)

    def test_are_made_and_upgraded_as_the_pages_say(self, cluster: ApiServer, helm: Helm) -> None:
        for text in _shown("install.md", "First steps")[:2]:
            _type(cluster, helm, text)
        assert ("Deployment", "vpsync") in _held(cluster)
        _store(cluster)
        _age(cluster)
        for text in _shown("install.md", "Upgrade"):
            _type(cluster, helm, text)
        assert not _is_old(cluster)
        told = helm.run("get", "values", "vpsync", "--namespace=vpsync", "--output=json").stdout
        assert json.loads(told)["vvp"] == {
            "url": "http://vvp.example.com", "tokens": {"envSecret": "vpsync-vvp-tokens"}
        }  # fmt: skip
        for release in ("vpsync", "vpsync-crds"):
            helm.run("uninstall", release, "--namespace=vpsync")
        [text] = [one for one in _shown("../README.md", "Run it for real") if "helm" in one]
        _type(cluster, helm, text)
        assert ("Deployment", "vpsync") in _held(cluster)
        helm.run("uninstall", "vpsync", "--namespace=vpsync")
        assert _stored(cluster)

    def test_can_be_made_by_a_team_that_may_do_nothing_outside_of_its_namespace(
        self, cluster: ApiServer, helm: Helm
    ) -> None:
        helm.run("install", "vpsync-crds", str(CRDS_CHART), "-n=vpsync")
        everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        token = Admin(cluster).service_account("team-a", "team", everything)
        theirs = replace(helm, kubeconfig=cluster.kubeconfig_for(token))
        cluster.wait_until_allowed(cluster.kubeconfig_for(token), "list", "secrets", "-n=team-a")
        install = ("install", "vpsync", str(CHART), "-n=team-a", "--skip-crds",
                   "--set=vvp.url=http://vvp.example.com")  # fmt: skip
        refused = theirs.run(*install, code=1).stderr
        assert "clusterroles" in refused
        theirs.run(*install[:4], "--set=watchNamespaces={team-a}", *install[4:])
        theirs.run("uninstall", "vpsync", "-n=team-a")
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")

    @pytest.mark.parametrize("outdated", [False, True], ids=["current", "of an API that is gone"])
    def test_of_the_old_chart_of_crds_are_forgotten_and_taken_over_as_the_guide_says(
        self, outdated: bool, cluster: ApiServer, helm: Helm, tmp_path: Path
    ) -> None:
        helm.run("install", "old-crds", str(_old_chart(tmp_path)), "-n=vpsync")
        if outdated:
            _rewrite_record(cluster, "old-crds")
            helm.run("upgrade", "old-crds", str(CRDS_CHART), "-n=vpsync", code=1)
        _store(cluster)
        assert _is_old(cluster)
        _type(cluster, helm, _guide("The move", "kubectl delete secret"))
        helm.run("status", "old-crds", "-n=vpsync", code=1)
        _type(cluster, helm, _guide("With Helm", "vpsync-crds"))
        assert not _is_old(cluster)
        assert _stored(cluster)
        helm.run("uninstall", "vpsync-crds", "-n=vpsync")
        assert _stored(cluster)

    def test_of_the_old_chart_of_crds_delete_all_in_spite_of_an_annotation_in_the_cluster(
        self, cluster: ApiServer, helm: Helm, tmp_path: Path
    ) -> None:
        """Why the guide has Helm forget the release: if this changes, so may the guide."""
        helm.run("install", "old-crds", str(_old_chart(tmp_path)), "-n=vpsync")
        _store(cluster)
        cluster.kubectl("annotate", "crd", f"{PLURAL}.{GROUP}", "helm.sh/resource-policy=keep")
        helm.run("uninstall", "old-crds", "-n=vpsync")
        cluster.wait_for_no_crd(f"{PLURAL}.{GROUP}")

    def test_of_the_old_chart_of_crds_may_become_those_of_the_new_one(
        self, cluster: ApiServer, helm: Helm, tmp_path: Path
    ) -> None:
        helm.run("install", "old-crds", str(_old_chart(tmp_path)), "-n=vpsync")
        _store(cluster)
        helm.run("upgrade", "old-crds", str(CRDS_CHART), "-n=vpsync")
        assert not _is_old(cluster)
        helm.run("uninstall", "old-crds", "-n=vpsync")
        assert _stored(cluster)


def _old_chart(folder: Path) -> Path:
    """A chart such as ``vp-k8s-operator-crds``: CRDs as templates, with a webhook and without ``keep``."""
    definitions = json.loads(json.dumps(crds(KINDS)))
    for document in definitions:
        del document["spec"]["names"]["shortNames"]
        if len(document["spec"]["versions"]) > 1:
            document["spec"]["conversion"] = WEBHOOK
    (folder / "templates").mkdir()
    (folder / "templates" / "crds.yaml").write_text(yaml.safe_dump_all(definitions), "utf-8")
    about = {"apiVersion": "v1", "name": "vp-k8s-operator-crds", "version": "0.2.2"}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about), "utf-8")
    return folder


def _rewrite_record(cluster: ApiServer, release: str) -> None:
    """Helm's record of a release as it is when its objects are of an API that the cluster no longer has."""
    name = f"secret/sh.helm.release.v1.{release}.v1"
    record = json.loads(cluster.kubectl("get", name, "-n=vpsync", "-o=json").stdout)
    packed = b64decode(b64decode(record["data"]["release"]))
    text = gzip.decompress(packed).replace(
        b"apiextensions.k8s.io/v1", b"apiextensions.k8s.io/v1beta1"
    )
    record["data"]["release"] = b64encode(b64encode(gzip.compress(text))).decode()
    cluster.kubectl("replace", "-f", "-", input=json.dumps(record))


def _shown(name: str, heading: str) -> list[str]:
    """The blocks of commands in a section of a page."""
    text = sections(page(name), 2)[heading]
    return [block.text for block in blocks(text) if block.language == "console"]


def _guide(heading: str, mark: str) -> str:
    """The block of commands in a section of the guide that has a mark."""
    [found] = [text for text in _shown("migration.md", heading) if mark in text]
    return found.replace("<its namespace>", "vpsync").replace("<its CRD release>", "old-crds")


def _type(cluster: ApiServer, helm: Helm, text: str) -> None:
    """Commands in a shell of the admin, in the checkout; none of them may fail."""
    programs = f"{helm.program.parent}:{find_binaries().kubectl.parent}"
    done = subprocess.run(
        ["bash", "-e"], input=text, cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(helm.home),
             "KUBECONFIG": str(cluster.admin_kubeconfig)},
    )  # fmt: skip
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


def _store(cluster: ApiServer) -> None:
    """One resource, as soon as the cluster takes it."""
    cluster.wait_for_crds("crd", "--all")
    cluster.kubectl("apply", "-n=vpsync", "-f", "-", input=json.dumps(ONE))


def _stored(cluster: ApiServer) -> bool:
    done = cluster.kubectl("get", f"{PLURAL}.{GROUP}", "jobs", "-n=vpsync", check=False)
    return done.returncode == 0


def _crd(cluster: ApiServer) -> Document:
    text = cluster.kubectl("get", "crd", f"{PLURAL}.{GROUP}", "-o=json").stdout
    document: Document = json.loads(text)
    return document


def _age(cluster: ApiServer) -> None:
    """The CRD as an older one was: with a webhook, and without a short name."""
    patch = {"spec": {"names": {"shortNames": None}, "conversion": WEBHOOK}}
    cluster.kubectl("patch", "crd", f"{PLURAL}.{GROUP}", "--type=merge", "-p", json.dumps(patch))


def _is_old(cluster: ApiServer) -> bool:
    spec = _crd(cluster)["spec"]
    signs = {"shortNames" not in spec["names"], spec["conversion"]["strategy"] != "None"}
    assert len(signs) == 1, spec["conversion"]
    return signs == {True}


def _held(cluster: ApiServer) -> set[tuple[str, str]]:
    """What there is of a release: kinds and names."""
    wanted = ("deployments,statefulsets,cronjobs,services,serviceaccounts,configmaps,poddisruptionbudgets,"
              "networkpolicies,roles,rolebindings,clusterroles,clusterrolebindings")  # fmt: skip
    text = cluster.kubectl("get", wanted, "-n=vpsync", "-o=json",
                           "-l=app.kubernetes.io/instance=vpsync").stdout  # fmt: skip
    return {(one["kind"], one["metadata"]["name"]) for one in json.loads(text)["items"]}
