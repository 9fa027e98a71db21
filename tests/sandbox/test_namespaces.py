"""Namespaces over the Platform API."""

from collections.abc import Callable
from typing import Any

import pytest

from .api import Api, Json, deployment, target

OpenApi = Callable[..., Api]

BASE = "/namespaces/v1/namespaces"


def namespace(name: str = "billing", **more: Any) -> Json:
    return {"name": f"namespaces/{name}", **more}


OWNERS = {"role": "owner", "members": ["group:admins"]}
VIEWERS = {"role": "viewer", "members": ["user:a", "system:authenticated"]}


def test_default_is_always_there(api: Api) -> None:
    names = [own["name"] for own in api.read(BASE)["namespaces"]]
    assert names == ["namespaces/default"]


def test_post_answers_200_with_an_active_namespace(api: Api) -> None:
    answer = api.post(BASE, namespace(roleBindings=[OWNERS]))
    assert answer.status_code == 200
    shown = answer.json()["namespace"]
    assert shown["lifecyclePhase"] == "LIFECYCLE_PHASE_ACTIVE"
    assert shown["roleBindings"] == [OWNERS]
    assert api.read(f"{BASE}/billing") == answer.json()


def test_a_new_namespace_has_empty_lists_and_defaults_of_its_own(api: Api) -> None:
    api.post(BASE, namespace())
    inside = "/api/v1/namespaces/billing"
    assert api.items(f"{inside}/deployments") == []
    api.patch(f"{inside}/deployment-defaults", {"spec": {"maxJobCreationAttempts": 9}})
    assert api.read("deployment-defaults")["spec"] == {}


def test_put_replaces_the_bindings_and_ignores_what_the_server_sets(api: Api) -> None:
    made = api.post(BASE, namespace(roleBindings=[OWNERS])).json()["namespace"]
    body = {**made, "roleBindings": [VIEWERS], "lifecyclePhase": "UNRECOGNIZED"}
    answer = api.put(f"{BASE}/billing", body)
    assert answer.status_code == 200
    assert answer.json()["namespace"] == {**made, "roleBindings": [VIEWERS]}
    assert api.put(f"{BASE}/billing", namespace()).json()["namespace"]["roleBindings"] == []


def test_patch_changes_only_what_it_names(api: Api) -> None:
    api.post(BASE, namespace(roleBindings=[OWNERS]))
    shown = api.patch(f"{BASE}/billing", {}).json()["namespace"]
    assert shown["roleBindings"] == [OWNERS]
    shown = api.patch(f"{BASE}/billing", {"roleBindings": [VIEWERS]}).json()["namespace"]
    assert shown["roleBindings"] == [VIEWERS]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "billing"},
        {"name": "namespaces/"},
        {"name": "namespaces/Billing"},
        {"name": "namespaces/a_b"},
        {"name": "namespaces/" + "a" * 64},
        namespace(roleBindings=[{"role": "admin", "members": []}]),
        namespace(roleBindings=[{"members": []}]),
        namespace(roleBindings={"owner": []}),
        namespace(roleBindings=[{"role": "owner", "members": [{}]}]),
    ],
)
def test_an_invalid_namespace_is_refused(api: Api, body: Any) -> None:
    assert api.post(BASE, body).status_code == 400


def test_a_second_namespace_of_that_name_is_refused(api: Api) -> None:
    assert api.post(BASE, namespace("default")).status_code == 409


def test_put_needs_the_name_of_the_path_and_an_existing_namespace(api: Api) -> None:
    assert api.put(f"{BASE}/default", namespace("other")).status_code == 400
    assert api.put(f"{BASE}/other", namespace("other")).status_code == 404


def test_delete_is_asynchronous_and_ends_in_404(api: Api) -> None:
    api.post(BASE, namespace())
    answer = api.delete(f"{BASE}/billing")
    assert answer.status_code == 200
    assert answer.json()["namespace"]["lifecyclePhase"] == "LIFECYCLE_PHASE_TERMINATING"
    for _ in range(2):
        shown = api.read(f"{BASE}/billing")["namespace"]
        assert shown["lifecyclePhase"] == "LIFECYCLE_PHASE_TERMINATING"
    assert api.get(f"{BASE}/billing").status_code == 404


def test_lists_push_a_deletion_on(api: Api) -> None:
    api.post(BASE, namespace())
    api.delete(f"{BASE}/billing")
    counts = [len(api.read(BASE)["namespaces"]) for _ in range(3)]
    assert counts == [2, 2, 1]


def test_everything_inside_goes_with_its_namespace(api: Api) -> None:
    api.post(BASE, namespace())
    inside = "/api/v1/namespaces/billing"
    api.post(f"{inside}/deployment-targets", target())
    api.post(f"{inside}/deployments", deployment())
    api.delete(f"{BASE}/billing")
    api.sandbox.settle()
    assert api.get(f"{inside}/deployments").status_code == 404
    api.post(BASE, namespace())
    assert api.items(f"{inside}/deployments") == []
    assert api.items(f"{inside}/deployment-targets") == []


def test_nothing_new_may_be_created_while_a_namespace_is_deleted(api: Api) -> None:
    api.post(BASE, namespace())
    api.delete(f"{BASE}/billing")
    inside = "/api/v1/namespaces/billing"
    assert api.post(f"{inside}/deployment-targets", target()).status_code == 409
    assert api.post(BASE, namespace()).status_code == 409
    assert api.get(f"{inside}/deployments").status_code == 200


def test_an_unknown_namespace_answers_404_with_a_message(api: Api) -> None:
    for path in ("deployments", "deployment-targets", "savepoints", "events", "jobs"):
        answer = api.get(f"/api/v1/namespaces/nowhere/{path}")
        assert answer.status_code == 404
        assert "nowhere" in answer.json()["message"]
    assert api.get(f"{BASE}/nowhere").status_code == 404
    assert api.delete(f"{BASE}/nowhere").status_code == 404


def test_namespaces_keep_their_objects_apart(api: Api) -> None:
    api.post(BASE, namespace())
    api.make_deployment()
    inside = "/api/v1/namespaces/billing"
    assert api.get(f"{inside}/deployments/orders").status_code == 404
    answer = api.post(f"{inside}/deployments", deployment())
    assert answer.status_code == 400
    assert "jobs" in answer.json()["message"]


def test_before_2_4_there_is_no_patch_of_a_namespace(open_api: OpenApi) -> None:
    api = open_api(version="2.3.0")
    assert api.patch(f"{BASE}/default", {}).status_code == 405


def test_community_has_one_namespace_and_no_platform_api(open_api: OpenApi) -> None:
    api = open_api(edition="community", namespaces=("default", "other"))
    assert api.get("deployments").status_code == 200
    assert api.get("/api/v1/namespaces/other/deployments").status_code == 404
    for path in (
        BASE,
        f"{BASE}/default",
        "/apitokens/v1/namespaces/default/apitokens",
        "/autopilot/v1alpha1/namespaces/default",
    ):
        assert api.get(path).status_code == 404
        assert "message" in api.get(path).json()


def test_the_documented_slash_behind_namespaces_works(api: Api) -> None:
    assert api.post(f"{BASE}/", namespace()).status_code == 200
