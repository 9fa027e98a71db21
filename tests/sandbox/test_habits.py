"""What VVP makes of values: masking, canonical quantities, fields that came later, refilling."""

from collections.abc import Callable
from typing import Any

import pytest

from vpsync.sandbox.quantities import canonical

from .api import Api, Json, deployment, template

OpenApi = Callable[..., Api]

SECRETS = {"s3.secret-key": "hidden-1", "a.PASSWORD": "hidden-2", "plain": "shown"}


def pods(limit: str) -> Json:
    container = {"name": "flink", "resources": {"limits": {"cpu": limit, "memory": "1024Mi"}}}
    volume = {"name": "scratch", "emptyDir": {"sizeLimit": "2048Mi"}}
    spec = {"containers": [container], "volumes": [volume]}
    return {"taskManagerPodTemplate": {"spec": spec}}


def shown(api: Api) -> Json:
    found: Json = api.read("deployments/orders")["spec"]["template"]["spec"]
    return found


def test_reads_hide_values_of_sensitive_keys_from_2_5_4_on(open_api: OpenApi) -> None:
    for version, hidden in (("2.5.3", False), ("2.5.4", True), ("2.8.1", True)):
        api = open_api(version=version, masks_sensitive_values=True)
        made = api.make_deployment(**merged(template(flinkConfiguration=SECRETS)["spec"]))
        for read in (made, api.items("deployments")[0]):
            text = str(read)
            assert ("hidden-1" not in text and "hidden-2" not in text) is hidden
            assert read["spec"]["template"]["spec"]["flinkConfiguration"]["plain"] == "shown"


def test_what_is_known_of_vvp_needs_no_option(open_api: OpenApi) -> None:
    api = open_api(version="2.6.0")
    spec = template(flinkConfiguration=SECRETS)["spec"] | {"jobFailureExpirationTime": "1h"}
    read = api.make_deployment(**merged(spec))["spec"]
    assert "hidden" not in str(read)
    assert "jobFailureExpirationTime" not in read


def test_what_is_hidden_still_takes_effect(open_api: OpenApi) -> None:
    api = open_api(masks_sensitive_values=True)
    made = api.make_running(**merged(template(flinkConfiguration=SECRETS)["spec"]))
    again = api.patch("deployments/orders", template(flinkConfiguration=SECRETS)).json()
    assert again["metadata"]["annotations"] == made["metadata"]["annotations"]
    api.patch("deployments/orders", template(flinkConfiguration={"a.PASSWORD": "new"}))
    assert next(api.states()) == "TRANSITIONING"


def test_quantities_of_pods_are_kept_in_canonical_form(open_api: OpenApi) -> None:
    api = open_api(canonical_quantities=True)
    api.make_running(**merged(template(kubernetes=pods("1000m"))["spec"]))
    spec = shown(api)["kubernetes"]["taskManagerPodTemplate"]["spec"]
    assert spec["containers"][0]["resources"]["limits"] == {"cpu": "1", "memory": "1Gi"}
    assert spec["volumes"][0]["emptyDir"] == {"sizeLimit": "2Gi"}
    api.patch("deployments/orders", template(kubernetes=pods("1")))
    assert next(api.states()) == "RUNNING"
    assert shown(api)["resources"]["jobmanager"] == {"cpu": 1.0, "memory": "1G"}


def test_quantities_of_session_clusters_are_kept_in_canonical_form(open_api: OpenApi) -> None:
    api = open_api(canonical_quantities=True)
    api.make_target()
    spec = {"deploymentTargetName": "jobs", "kubernetes": pods("1000m")}
    made = api.post("sessionclusters", {"metadata": {"name": "s"}, "spec": spec}).json()
    container = made["spec"]["kubernetes"]["taskManagerPodTemplate"]["spec"]["containers"][0]
    assert container["resources"]["limits"]["cpu"] == "1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("1", "1"),
        ("1000", "1k"),
        ("0", "0"),
        ("0Mi", "0"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("512", "512"),
        ("0.5Ki", "512"),
        ("1e3", "1e3"),
        ("12E6", "12e6"),
        ("5E", "5E"),
        ("1024M", "1024M"),
        ("-2000m", "-2"),
        ("0.0000000001", "1n"),
        (".5", "500m"),
        ("much", "much"),
        ("${SIZE}", "${SIZE}"),
    ],
)
def test_a_quantity_has_one_canonical_form(sent: str, kept: str) -> None:
    assert canonical(sent) == kept
    assert canonical(kept) == kept


NEWER: dict[str, tuple[str, str, Json]] = {
    "jobFailureExpirationTime": ("2.6.2", "2.7.0", {"jobFailureExpirationTime": "1h"}),
    "template.spec.kubernetes.labels": (
        "2.5.4",
        "2.6.0",
        template(kubernetes={"labels": {"a": "b"}})["spec"],
    ),
    "template.spec.latestCheckpointFetchInterval": (
        "2.10.4",
        "2.11.0",
        template(latestCheckpointFetchInterval=60)["spec"],
    ),
    "template.spec.kubernetes.annotations": (
        "2.15.10",
        "2.15.11",
        template(kubernetes={"annotations": {"a": "b"}})["spec"],
    ),
}


@pytest.mark.parametrize("name", NEWER)
def test_a_field_of_a_newer_release_is_dropped(open_api: OpenApi, name: str) -> None:
    before, since, spec = NEWER[name]
    *path, member = name.split(".")
    for version, kept in ((before, False), (since, True)):
        api = open_api(version=version, drops_newer_fields=True)
        api.make_target()
        found = api.post("deployments", deployment(**merged(spec))).json()["spec"]
        for key in path:
            found = found[key]
        assert (member in found) is kept


def test_a_member_of_metadata_of_a_newer_release_is_dropped(open_api: OpenApi) -> None:
    for version, kept in (("2.3.0", False), ("2.4.0", True)):
        api = open_api(version=version, drops_newer_fields=True)
        owner = api.make_target()["metadata"]["id"]
        body = deployment(deploymentTargetId=owner)
        body["metadata"]["displayName"] = "All orders"
        assert ("displayName" in api.post("deployments", body).json()["metadata"]) is kept


def test_a_field_of_a_session_cluster_of_a_newer_release_is_dropped(open_api: OpenApi) -> None:
    for version, kept in (("2.5.4", False), ("2.6.0", True)):
        api = open_api(version=version, drops_newer_fields=True)
        api.make_target()
        spec = {"deploymentTargetName": "jobs", "kubernetes": {"labels": {"a": "b"}}}
        made = api.post("sessionclusters", {"metadata": {"name": "s"}, "spec": spec}).json()
        assert ("labels" in made["spec"]["kubernetes"]) is kept


def test_an_emptied_list_gets_its_default_again_if_told_so(open_api: OpenApi) -> None:
    added = {"additionalDependencies": ["s3://bucket/lib.jar"]}
    for fills in (True, False):
        api = open_api(fills_emptied=fills)
        api.patch("deployment-defaults", template(artifact=added))
        api.make_deployment()
        patch = template(artifact={"additionalDependencies": []})
        answer = api.patch("deployments/orders", patch).json()
        found = answer["spec"]["template"]["spec"]["artifact"]["additionalDependencies"]
        assert found == (added["additionalDependencies"] if fills else [])


def merged(spec: Json) -> dict[str, Any]:
    """`spec` with the artifact that a deployment needs."""
    own = spec.get("template", {}).get("spec", {})
    jar = {"kind": "JAR", "jarUri": "s3://bucket/orders.jar"}
    return {**spec, "template": {"spec": {"artifact": jar, **own}}}
