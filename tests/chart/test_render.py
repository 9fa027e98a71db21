"""What the chart makes of values, over the matrix in ``ci/`` and one value at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.chart import MONITORING
from vpsync.cli.doctor import command as examine
from vpsync.cli.reconcile import command
from vpsync.cli.settings_from_flags import settings_from

from .helm import (
    CHART,
    CRDS_CHART,
    MATRIX,
    URL,
    Document,
    Helm,
    container,
    kinds,
    of_kind,
    pod,
    rules,
)

OVER_THE_MATRIX = pytest.mark.parametrize("values", MATRIX, ids=lambda path: path.stem)
VP = "ververicaplatform.fintechstudios.com"


@OVER_THE_MATRIX
def test_lint_finds_nothing(values: Path, helm: Helm) -> None:
    helm.run("lint", "--strict", str(CHART), "--values", str(values))


def test_lint_finds_nothing_in_the_chart_of_crds(helm: Helm) -> None:
    helm.run("lint", "--strict", str(CRDS_CHART))


@OVER_THE_MATRIX
class TestEveryRelease:
    def test_has_flags_that_the_program_knows(self, values: Path, helm: Helm) -> None:
        context = command.make_context("reconcile", container(helm.render(values))["args"][1:])
        assert context.params["once"] or context.params["loop"]

    def test_is_looked_at_by_a_doctor_as_its_pods_would_be(self, values: Path, helm: Helm) -> None:
        documents = helm.render(values)
        examined, ours = of_kind(documents, "Pod"), pod(documents)["spec"]
        [patient], [doctor] = ours["containers"], examined["spec"]["containers"]
        name, *flags = doctor["args"]
        assert name == "doctor"
        examine.make_context(name, list(flags))
        # The doctor has no number, and looks at the Leases of all shards.
        theirs = {re.sub(r"^--shard=.*/", "--shard=0/", one) for one in patient["args"]}
        assert set(flags) <= theirs
        for flag in ("--enable-leader-election", "--events", "--shard"):
            assert [one for one in flags if one.startswith(flag)] == [
                one for one in theirs if one.startswith(flag)
            ]
        for member in ("image", "env", "envFrom", "volumeMounts", "securityContext"):
            assert doctor.get(member) == patient.get(member)
        for member in ("serviceAccountName", "securityContext", "volumes", "tolerations"):
            assert examined["spec"].get(member) == ours.get(member)
        assert examined["spec"]["restartPolicy"] == "Never"
        labels = examined["metadata"]["labels"].items()
        chosen = (_selector(one) for one in documents)
        assert not [one for one in chosen if one is not None and one.items() <= labels]

    def test_runs_in_the_restricted_profile_on_a_root_that_is_read_only(
        self, values: Path, helm: Helm
    ) -> None:
        documents = helm.render(values)
        context, whole = container(documents)["securityContext"], pod(documents)["spec"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert whole["securityContext"]["runAsNonRoot"] is True
        assert whole["securityContext"]["runAsUser"] == 65534

    def test_mounts_what_its_flags_name(self, values: Path, helm: Helm) -> None:
        documents = helm.render(values)
        mounts = container(documents).get("volumeMounts", [])
        places = [one["mountPath"] for one in mounts]
        paths = [
            one.partition("=")[2] for one in container(documents)["args"] if "=/etc/vpsync/" in one
        ]
        assert all(any(path.startswith(place) for place in places) for path in paths)
        used = [place for place in places if place.startswith("/etc/vpsync/")]
        assert all(any(path.startswith(place) for path in paths) for place in used)
        volumes = pod(documents)["spec"].get("volumes", [])
        assert [one["name"] for one in volumes] == [one["name"] for one in mounts]

    def test_has_labels_that_select_its_pods(self, values: Path, helm: Helm) -> None:
        documents = helm.render(values)
        labels = pod(documents)["metadata"]["labels"]
        selectors = [
            selector
            for one in documents
            for selector in (_selector(one),)
            if selector is not None
        ]  # fmt: skip
        assert all(selector.items() <= labels.items() for selector in selectors)
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(labels)

    def test_names_its_account_wherever_rights_are_given(self, values: Path, helm: Helm) -> None:
        documents = helm.render(values)
        account = pod(documents)["spec"]["serviceAccountName"]
        bindings = [one for one in documents if one["kind"].endswith("Binding")]
        roles = {(one["kind"], one["metadata"]["name"]) for one in documents}
        for binding in bindings:
            [subject] = binding["subjects"]
            assert (subject["name"], subject["namespace"]) == (account, "vpsync")
            assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) in roles


def _selector(document: Document) -> dict[str, Any] | None:
    spec = document.get("spec", {})
    if document["kind"] == "Service":
        selector: dict[str, Any] = spec["selector"]
        return selector
    if document["kind"] in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
        found: dict[str, Any] = spec["selector"]["matchLabels"]
        return found
    if document["kind"] == "NetworkPolicy":
        chosen: dict[str, Any] = spec["podSelector"]["matchLabels"]
        return chosen
    return None


class TestRights:
    def test_of_a_loop_over_all_namespaces_are_a_cluster_role(self, helm: Helm) -> None:
        documents = helm.render(URL)
        assert {"ClusterRole", "ClusterRoleBinding"} <= kinds(documents)
        [own] = [
            one for one in rules(documents, "ClusterRole") if "vpdeployments" in one["resources"]
        ]
        assert own["verbs"] == ["list", "watch", "patch"]
        assert len(rules(documents, "Role")) == 2, "the Lease"

    def test_of_listed_namespaces_are_a_role_in_each(self, helm: Helm) -> None:
        documents = helm.render({**URL, "watchNamespaces": ["team-a", "team-b"]})
        assert not {"ClusterRole", "ClusterRoleBinding"} & kinds(documents)
        everywhere = [
            one for one in rules(helm.render(URL), "ClusterRole") if "resourceNames" not in one
        ]
        for namespace in ("team-a", "team-b"):
            assert rules(documents, "Role", namespace) == everywhere

    def test_of_a_cronjob_are_those_of_the_shipped_one(self, helm: Helm) -> None:
        shipped = yaml.safe_load_all((CHART.parents[1] / "k8s" / "cronjob.yaml").read_text("utf-8"))
        [role] = [one for one in shipped if one["kind"] == "ClusterRole"]
        assert rules(helm.render({**URL, "mode": "cronjob"}), "ClusterRole") == role["rules"]

    def test_of_a_loop_are_those_of_a_cronjob_and_the_watch(self, helm: Helm) -> None:
        cronjob = rules(helm.render({**URL, "mode": "cronjob"}), "ClusterRole")
        [listed] = [one for one in cronjob if "list" in one["verbs"]]
        listed["verbs"] = ["list", "watch", "patch"]
        assert rules(helm.render(URL), "ClusterRole") == cronjob

    def test_without_events_there_is_no_watch(self, helm: Helm) -> None:
        found = rules(helm.render({**URL, "loop": {"events": False}}), "ClusterRole")
        assert not [one for one in found if "watch" in one["verbs"]]

    def test_the_lease_of_the_owner_id_alone_may_be_changed(self, helm: Helm) -> None:
        documents = helm.render({"vvp": {"url": "http://a.example.com", "ownerId": "main"}})
        create, change = rules(documents, "Role")
        assert create["verbs"] == ["create", "list"]
        assert (change["resourceNames"], change["verbs"]) == (["vpsync-main"], ["get", "update"])

    def test_shards_of_a_cronjob_are_indexes_each_with_its_lease(self, helm: Helm) -> None:
        documents = helm.render({**URL, "mode": "cronjob", "cronjob": {"shards": 3}})
        job = of_kind(documents, "CronJob")["spec"]["jobTemplate"]["spec"]
        assert (job["completionMode"], job["completions"], job["parallelism"]) == ("Indexed", 3, 3)
        assert job["backoffLimitPerIndex"] == 0
        assert "backoffLimit" not in job
        assert "--shard=$(JOB_COMPLETION_INDEX)/3" in container(documents)["args"]
        _, change = rules(documents, "Role")
        assert change["resourceNames"] == [f"vpsync-default-{index}" for index in range(3)]

    def test_metrics_with_authentication_may_ask_who_somebody_is(self, helm: Helm) -> None:
        secure = {"secure": {"enabled": True, "certificateSecret": "c"}}
        ours = rules(helm.render({**URL, "metrics": secure}), "ClusterRole")
        asked = [one["resources"] for one in ours if one["verbs"] == ["create"]]
        assert asked == [["tokenreviews"], ["subjectaccessreviews"]]
        shipped = yaml.safe_load_all((MONITORING / "access.yaml").read_text("utf-8"))
        for rule in rules(list(shipped), "ClusterRole"):
            assert rule in ours

    def test_none_are_given_on_demand(self, helm: Helm) -> None:
        documents = helm.render({**URL, "rbac": {"create": False}})
        assert not [kind for kind in kinds(documents) if "Role" in kind]


class TestTenancy:
    def test_the_map_is_what_the_program_reads(self, helm: Helm, tmp_path: Path) -> None:
        documents = helm.render(CHART / "ci" / "namespaced-values.yaml")
        for name, text in of_kind(documents, "ConfigMap")["data"].items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        flags = [
            one.replace("/etc/vpsync/tenancy", str(tmp_path))
            for one in container(documents)["args"]
        ]
        context = command.make_context("reconcile", flags[1:])
        tenancy = settings_from({**context.params, "create_tokens": False}).tenancy
        assert tenancy.admin_namespaces == frozenset({"vpsync"})
        assert tenancy.namespaces == {
            "team-a": frozenset({"team-a"}),
            "team-b": frozenset({"team-b", "team-b-staging"}),
        }

    def test_words_that_yaml_takes_for_others_stay_names(self, helm: Helm) -> None:
        held = {"on": ["no"], "1": ["1e3"]}
        [text] = of_kind(helm.render({**URL, "tenancy": {"namespaceMap": held}}), "ConfigMap")[
            "data"
        ].values()
        assert yaml.safe_load(text) == held

    def test_a_changed_map_replaces_the_pods(self, helm: Helm) -> None:
        before, after = (
            pod(helm.render({**URL, "tenancy": {"namespaceMap": {"a": [name]}}}))["metadata"]
            for name in ("x", "y")
        )
        assert before["annotations"] != after["annotations"]

    def test_a_map_from_elsewhere_is_mounted_and_none_is_made(self, helm: Helm) -> None:
        documents = helm.render({**URL, "tenancy": {"existingConfigMap": "theirs"}})
        assert "ConfigMap" not in kinds(documents)
        assert pod(documents)["spec"]["volumes"] == [
            {"name": "tenancy", "configMap": {"name": "theirs"}}
        ]


class TestTheLoop:
    def test_has_probes_where_it_serves_and_none_elsewhere(self, helm: Helm) -> None:
        assert {"livenessProbe", "readinessProbe"} <= set(container(helm.render(URL)))
        for values in ({"metrics": {"enabled": False}}, {"mode": "cronjob"}):
            silent = helm.render({**URL, **values})
            assert not {"livenessProbe", "readinessProbe", "ports"} & set(container(silent))
            assert "Service" not in kinds(silent)
        quiet = helm.render({**URL, "metrics": {"enabled": False}})
        assert "--metrics-addr=0" in container(quiet)["args"]

    def test_is_asked_by_https_where_it_serves_https(self, helm: Helm) -> None:
        documents = helm.render(CHART / "ci" / "secure-values.yaml")
        for probe in ("livenessProbe", "readinessProbe"):
            assert container(documents)[probe]["httpGet"]["scheme"] == "HTTPS"
        [endpoint] = of_kind(documents, "ServiceMonitor")["spec"]["endpoints"]
        assert endpoint["scheme"] == "https"
        assert endpoint["authorization"]["credentials"]["key"] == "token"

    def test_has_a_disruption_budget_from_two_replicas_on(self, helm: Helm) -> None:
        assert "PodDisruptionBudget" in kinds(helm.render(URL))
        assert "PodDisruptionBudget" not in kinds(helm.render({**URL, "replicas": 1}))

    def test_spreads_its_pods_and_keeps_a_selector_of_the_user(self, helm: Helm) -> None:
        ours, theirs = pod(helm.render(CHART / "ci" / "everything-values.yaml"))["spec"][
            "topologySpreadConstraints"
        ]
        assert ours["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "vpsync"
        assert theirs["labelSelector"]["matchLabels"] == {"tier": "tools"}


class TestShardsOfTheLoop:
    @pytest.fixture
    def documents(self, helm: Helm) -> list[Document]:
        return helm.render({**URL, "loop": {"shards": 3}})

    def test_are_a_stateful_set_whose_pods_begin_and_end_apart(
        self, documents: list[Document]
    ) -> None:
        assert not {"Deployment", "CronJob"} & kinds(documents)
        spec = of_kind(documents, "StatefulSet")["spec"]
        assert (spec["replicas"], spec["podManagementPolicy"]) == (3, "Parallel")

    def test_have_the_number_of_their_pod(self, documents: list[Document]) -> None:
        one = container(documents)
        assert "--shard=$(POD_INDEX)/3" in one["args"]
        [index] = [variable for variable in one["env"] if variable["name"] == "POD_INDEX"]
        path = index["valueFrom"]["fieldRef"]["fieldPath"]
        assert path == "metadata.labels['apps.kubernetes.io/pod-index']"

    def test_may_change_the_lease_of_each_and_no_other(self, documents: list[Document]) -> None:
        _, change = rules(documents, "Role")
        assert change["resourceNames"] == [f"vpsync-default-{index}" for index in range(3)]

    def test_are_as_many_whatever_replicas_says_unless_that_is_none(self, helm: Helm) -> None:
        for replicas, pods in ((1, 3), (5, 3), (0, 0)):
            documents = helm.render({**URL, "replicas": replicas, "loop": {"shards": 3}})
            assert of_kind(documents, "StatefulSet")["spec"]["replicas"] == pods
            assert ("PodDisruptionBudget" in kinds(documents)) == (pods > 1)

    def test_one_is_the_deployment_and_shares_with_nobody(self, helm: Helm) -> None:
        documents = helm.render({**URL, "loop": {"shards": 1}})
        assert documents == helm.render(URL)
        assert "StatefulSet" not in kinds(documents)
        assert not [one for one in container(documents)["args"] if "shard" in one]

    def test_are_none_in_a_release_with_values_that_know_none(self, helm: Helm) -> None:
        """As `helm upgrade --reuse-values` has them, which takes no default of a newer chart."""
        assert helm.render({**URL, "loop": {"shards": None}}) == helm.render(URL)

    def test_are_scraped_each(self, helm: Helm) -> None:
        """The Service and the ServiceMonitor choose the pods of all shards, by the port that they have."""
        documents = helm.render(CHART / "ci" / "shards-values.yaml")
        labels = pod(documents)["metadata"]["labels"]
        service, monitor = of_kind(documents, "Service"), of_kind(documents, "ServiceMonitor")
        assert service["spec"]["selector"].items() <= labels.items()
        chosen = monitor["spec"]["selector"]["matchLabels"]
        assert chosen.items() <= service["metadata"]["labels"].items()
        [port], [endpoint] = service["spec"]["ports"], monitor["spec"]["endpoints"]
        [ours] = container(documents)["ports"]
        assert endpoint["port"] == port["name"]
        assert port["targetPort"] == ours["name"]

    def test_are_those_of_the_overlay(self, documents: list[Document]) -> None:
        overlay = CHART.parents[1] / "k8s" / "overlays" / "shards" / "kustomization.yaml"
        [patch] = yaml.safe_load(overlay.read_text("utf-8"))["patches"]
        shipped = {one["path"]: one["value"] for one in yaml.safe_load(patch["patch"])}
        ours, one = of_kind(documents, "StatefulSet"), container(documents)
        assert shipped.pop("/kind") == ours["kind"]
        for name in ("replicas", "serviceName", "podManagementPolicy"):
            assert shipped.pop(f"/spec/{name}") == ours["spec"][name]
        below = "/spec/template/spec/containers/0"
        assert shipped.pop(f"{below}/env/-") in one["env"]
        assert shipped.pop(f"{below}/args/-") in one["args"]
        assert shipped == {}


class TestMonitoring:
    @pytest.fixture
    def documents(self, helm: Helm) -> list[Document]:
        metrics = {
            "prometheusRule": {"enabled": True, "docsUrl": "https://docs.example.com",
                               "labels": {"release": "prometheus"}},
            "dashboard": {"enabled": True, "namespace": "grafana", "annotations": {"folder": "a"}},
        }  # fmt: skip
        return helm.render({**URL, "metrics": metrics})

    def test_rules_are_the_shipped_ones_with_our_copy_of_the_runbook(
        self, documents: list[Document]
    ) -> None:
        rule = of_kind(documents, "PrometheusRule")
        shipped = (MONITORING / "rules.yaml").read_text("utf-8")
        assert "https://example.com/vpsync/docs" in shipped
        wanted = shipped.replace("https://example.com/vpsync/docs", "https://docs.example.com")
        assert rule["spec"] == yaml.safe_load(wanted)
        assert rule["metadata"]["labels"]["release"] == "prometheus"

    def test_a_loop_with_long_pauses_has_an_alert_that_waits_for_them(self, helm: Helm) -> None:
        rules = {"enabled": True, "noSuccessSeconds": 5400}
        documents = helm.render({**URL, "metrics": {"prometheusRule": rules}})
        [group] = of_kind(documents, "PrometheusRule")["spec"]["groups"]
        [alert] = [one for one in group["rules"] if one["alert"] == "VpsyncNoSuccess"]
        assert "(vpsync_last_success_timestamp_seconds) > 5400" in alert["expr"]
        assert alert["annotations"]["summary"].endswith("for 5400 seconds")
        assert "900" not in alert["expr"]

    def test_the_dashboard_is_the_shipped_one_where_a_sidecar_finds_it(
        self, documents: list[Document]
    ) -> None:
        found = of_kind(documents, "ConfigMap")
        shipped = (MONITORING / "dashboard.json").read_text("utf-8")
        assert json.loads(found["data"]["vpsync.json"]) == json.loads(shipped)
        assert found["metadata"]["namespace"] == "grafana"
        assert found["metadata"]["labels"]["grafana_dashboard"] == "1"


class TestNetworkPolicy:
    def test_lets_dns_out_where_egress_is_limited(self, helm: Helm) -> None:
        policy = of_kind(helm.render(CHART / "ci" / "everything-values.yaml"), "NetworkPolicy")
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
        assert {one["port"] for one in policy["spec"]["egress"][0]["ports"]} == {53}

    def test_lets_nobody_in_to_a_cronjob_and_everything_out(self, helm: Helm) -> None:
        values = {**URL, "mode": "cronjob", "networkPolicy": {"enabled": True}}
        spec = of_kind(helm.render(values), "NetworkPolicy")["spec"]
        assert spec["policyTypes"] == ["Ingress"]
        assert "ingress" not in spec


def names(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a document that names something, with its path."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key.lower().endswith(("name", "namespace")) and not isinstance(below, dict):
                yield f"{path}.{key}", below
            yield from names(below, f"{path}.{key}")
    elif isinstance(value, list):
        for below in value:
            yield from names(below, path)


class TestNames:
    @pytest.mark.parametrize("word", ["1e3", "true", "0123"])
    def test_that_yaml_takes_for_others_stay_names(self, word: str, helm: Helm) -> None:
        values = {
            "fullnameOverride": word, "priorityClassName": word, "watchNamespaces": [word],
            "serviceAccount": {"name": word}, "imagePullSecrets": [{"name": word}],
            "vvp": {**URL["vvp"], "clientCertificate": {"secret": word}, "ca": {"secret": word},
                    "tokens": {"envSecret": word, "filesSecret": word}},
            "tenancy": {"existingConfigMap": word},
            "metrics": {"secure": {"enabled": True, "certificateSecret": word},
                        "serviceMonitor": {"enabled": True, "namespace": word}},
        }  # fmt: skip
        for mode in ("loop", "cronjob"):
            documents = helm.render({**values, "mode": mode}, namespace=word)
            found = [one for document in documents for one in names(document)]
            assert len(found) > 20
            assert [one for one in found if not isinstance(one[1], str)] == []

    @pytest.mark.parametrize(
        ("release", "name"),
        [("vpsync", "vpsync"), ("prod", "prod-vpsync"), ("my-vpsync", "my-vpsync")],
    )
    def test_hold_the_release_once(self, release: str, name: str, helm: Helm) -> None:
        assert of_kind(helm.render(URL, name=release), "Deployment")["metadata"]["name"] == name

    def test_leave_a_cronjob_room_for_its_jobs(self, helm: Helm) -> None:
        documents = helm.render({**URL, "mode": "cronjob"}, name="r" * 53)
        assert len(of_kind(documents, "CronJob")["metadata"]["name"]) <= 52

    def test_an_image_is_taken_by_its_digest_first(self, helm: Helm) -> None:
        digest = f"sha256:{'a' * 64}"
        image = {"repository": "r.example.com/v", "tag": "1", "digest": digest}
        assert (
            container(helm.render({**URL, "image": image}))["image"] == f"r.example.com/v@{digest}"
        )
