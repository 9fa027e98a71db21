"""Tokens and roles of the Enterprise edition."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vpsync.sandbox import PresetToken, Sandbox, SandboxOptions

from .api import Api, Json, deployment, target

ROLES = ("viewer", "editor", "owner", "admin")
AM = "/api/v1/namespaces/default"
SPACES = "/namespaces/v1/namespaces"
TOKENS = "/apitokens/v1/namespaces/default/apitokens"
SECRET = {"metadata": {"name": "S"}, "spec": {"kind": "PLAIN", "value": "x"}}
CLUSTER = {"metadata": {"name": "c"}, "spec": {"deploymentTargetName": "jobs"}}
TOKEN = {"name": "namespaces/default/apitokens/t", "role": "viewer"}


@pytest.fixture
def clients() -> Iterator[Callable[[str | None], Api]]:
    """Gives a client by role (or by secret, or None) of a sandbox that checks tokens."""
    sandbox = Sandbox(
        SandboxOptions(auth=True, namespaces=("default", "billing")),
        admin_token="admin-secret",
        tokens=[
            PresetToken("default", name, name if name in ROLES else "viewer", f"{name}-secret")
            for name in (*ROLES[:3], "spare")
        ],
    )
    opened: list[Api] = []

    def connect(role: str | None) -> Api:
        secret = f"{role}-secret" if role in ROLES else role
        opened.append(Api(sandbox, secret))
        return opened[-1]

    with sandbox:
        sandbox.call("POST", f"{AM}/deployment-targets", target())
        yield connect
        for api in opened:
            api.close()
    assert sandbox.failures == []


def operations() -> Iterator[tuple[str, str, str, str, Any]]:
    """Resource, verb, method, path, body: at least one for each cell of the role table."""
    flat: list[tuple[str, str, str, Any]] = [
        ("ApiToken", TOKENS, "spare", TOKEN),
        ("Namespace", SPACES, "default", {"name": "namespaces/new"}),
        ("DeploymentTarget", f"{AM}/deployment-targets", "jobs", target("new")),
        ("SecretValue", f"{AM}/secret-values", "S", SECRET),
        ("Deployment", f"{AM}/deployments", "d", deployment("new")),
        ("SessionCluster", f"{AM}/sessionclusters", "c", CLUSTER),
    ]
    for resource, base, name, body in flat:
        yield resource, "List", "GET", base, None
        yield resource, "Get", "GET", f"{base}/{name}", None
        yield resource, "Create", "POST", base, body
        yield resource, "Delete", "DELETE", f"{base}/{name}", None
    yield "Namespace", "Update", "PUT", f"{SPACES}/default", {"name": "namespaces/default"}
    yield "Namespace", "Update", "PATCH", f"{SPACES}/default", {}
    yield "DeploymentDefaults", "Get", "GET", f"{AM}/deployment-defaults", None
    yield "DeploymentDefaults", "Update", "PATCH", f"{AM}/deployment-defaults", {}
    yield "DeploymentTarget", "Update", "PUT", f"{AM}/deployment-targets/jobs", target()
    yield "SecretValue", "Update", "PATCH", f"{AM}/secret-values/S", {}
    yield "Deployment", "Update", "PATCH", f"{AM}/deployments/d", {}
    yield "Deployment", "Update", "PUT", f"{AM}/deployments/d", deployment("d")
    yield "SessionCluster", "Update", "PATCH", f"{AM}/sessionclusters/c", {}
    yield "Savepoint", "List", "GET", f"{AM}/savepoints", None
    yield "Savepoint", "Create", "POST", f"{AM}/savepoints", {"metadata": {"deploymentId": "x"}}
    yield "Savepoint", "Delete", "DELETE", f"{AM}/savepoints/x", None
    yield "Job", "List", "GET", f"{AM}/jobs", None
    yield "Job", "Get", "GET", f"{AM}/jobs/x", None
    yield "Event", "List", "GET", f"{AM}/events", None


READ = {"List", "Get"}
ALL = {"List", "Get", "Create", "Update", "Delete"}
REST: dict[str, set[str]] = {"viewer": READ, "editor": ALL, "owner": ALL, "admin": set()}
TABLE: dict[str, dict[str, set[str]]] = {
    "ApiToken": {"viewer": set(), "editor": set(), "owner": ALL, "admin": set()},
    "DeploymentDefaults": {"viewer": {"Get"}, "editor": {"Get"}, "owner": ALL, "admin": set()},
    "DeploymentTarget": {"viewer": READ, "editor": READ, "owner": ALL, "admin": set()},
    "Namespace": {"viewer": set(), "editor": set(), "owner": {"Get", "Update"}, "admin": ALL},
    "SecretValue": {"viewer": set(), "editor": ALL, "owner": ALL, "admin": set()},
    "Deployment": REST,
    "SessionCluster": REST,
    "Savepoint": REST,
    "Job": REST,
    "Event": REST,
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_role_table_says_and_nothing_else(
    clients: Callable[[str | None], Api], role: str
) -> None:
    api = clients(role)
    wrong = []
    for resource, verb, method, path, body in operations():
        refused = api.request(method, path, body).status_code == 403
        if refused is (verb in TABLE[resource][role]):
            wrong.append((resource, verb, method, path))
    assert wrong == []


def test_a_request_without_a_token_answers_401(clients: Callable[[str | None], Api]) -> None:
    for secret in (None, "wrong"):
        api = clients(secret)
        for path in (f"{AM}/deployments", SPACES, TOKENS, "/api/v1/status/system-info", "/nowhere"):
            answer = api.get(path)
            assert answer.status_code == 401
            assert "message" in answer.json()


def test_only_the_bearer_scheme_counts(clients: Callable[[str | None], Api]) -> None:
    api = clients(None)
    api.session.headers["Authorization"] = "Basic owner-secret"
    assert api.get("deployments").status_code == 401
    api.session.headers["Authorization"] = "bearer owner-secret"
    assert api.get("deployments").status_code == 200


def test_the_plain_status_needs_no_token_and_system_info_any(
    clients: Callable[[str | None], Api],
) -> None:
    assert clients(None).get("/api/v1/status").status_code == 200
    for role in ROLES:
        assert clients(role).get("/api/v1/status/system-info").status_code == 200


def test_a_token_counts_in_its_own_namespace_only(clients: Callable[[str | None], Api]) -> None:
    api = clients("owner")
    assert api.get(f"{AM}/deployments").status_code == 200
    assert api.get("/api/v1/namespaces/billing/deployments").status_code == 403
    assert api.get("/api/v1/namespaces/nowhere/deployments").status_code == 403
    assert api.get(f"{SPACES}/billing").status_code == 403


def test_a_new_token_works_at_once_and_a_deleted_one_no_more(
    clients: Callable[[str | None], Api],
) -> None:
    owner = clients("owner")
    answer = owner.post(TOKENS, {"name": "namespaces/default/apitokens/robot", "role": "editor"})
    assert answer.status_code == 200
    robot = clients(answer.json()["apiToken"]["secret"])
    assert robot.get("deployments").status_code == 200
    assert owner.delete(f"{TOKENS}/robot").json() == {}
    assert robot.get("deployments").status_code == 401


def test_the_secret_of_a_token_is_shown_at_creation_only(
    clients: Callable[[str | None], Api],
) -> None:
    owner = clients("owner")
    body = {"name": "namespaces/default/apitokens/robot", "role": "editor"}
    made = owner.post(TOKENS, body).json()["apiToken"]
    shown = owner.read(f"{TOKENS}/robot")["apiToken"]
    assert shown == {key: value for key, value in made.items() if key != "secret"}
    names = [own["name"].rsplit("/", 1)[-1] for own in owner.read(TOKENS)["apiTokens"]]
    assert names == ["viewer", "editor", "owner", "spare", "robot"]
    assert "secret" not in owner.get(TOKENS).text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "robot", "role": "owner"}, 400),
        ({"name": "namespaces/billing/apitokens/robot", "role": "owner"}, 400),
        ({"name": "namespaces/default/apitokens/robot", "role": "admin"}, 400),
        ({"name": "namespaces/default/apitokens/robot"}, 400),
        ({"name": "namespaces/default/apitokens/owner", "role": "owner"}, 409),
        ([], 400),
    ],
)
def test_an_invalid_token_is_refused(
    clients: Callable[[str | None], Api], body: Json, status: int
) -> None:
    assert clients("owner").post(TOKENS, body).status_code == status


def test_tokens_go_with_their_namespace(clients: Callable[[str | None], Api]) -> None:
    owner, admin = clients("owner"), clients("admin")
    admin.delete(f"{SPACES}/default")
    owner.sandbox.settle()
    assert owner.get("deployments").status_code == 401


def test_without_authentication_nobody_asks_for_a_token() -> None:
    with Sandbox() as sandbox:
        api = Api(sandbox, "whatever")
        assert api.get("deployments").status_code == 200
        api.close()


def test_community_ignores_tokens() -> None:
    with Sandbox(SandboxOptions(edition="community", auth=True)) as sandbox:
        api = Api(sandbox)
        assert api.get("deployments").status_code == 200
        api.close()


def test_the_log_keeps_a_fingerprint_of_the_token(clients: Callable[[str | None], Api]) -> None:
    api, other = clients("owner"), clients("viewer")
    for client in (api, api, other):
        client.get("deployments")
    prints = [entry.headers["authorization"] for entry in api.sandbox.requests]
    assert prints[0] == prints[1] != prints[2]
    assert "secret" not in str(api.sandbox.requests)
