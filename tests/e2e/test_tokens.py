"""Tokens go to the VVP namespace they are for, and nowhere else; a run may make one for itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from vpsync.sandbox import HtmlPage, PresetToken, Redirect, Respond, Sandbox, fingerprint, on
from vpsync.sandbox.faults import Fault

from .harness import World
from .manifests import CANARY, deployment, namespace, target

MakeWorld = Callable[..., World]

# Every secret holds the canary, so that no output, status or event may show it.
ADMIN, OWN, SHARED = f"admin-{CANARY}", f"own-{CANARY}", f"shared-{CANARY}"


def _guarded(make_world: MakeWorld, **environment: str) -> World:
    """A VVP that checks tokens, with the VVP namespaces ``default``, ``team-a`` and ``team-b``."""
    world = make_world(
        auth=True,
        namespaces=("default", "team-a", "team-b"),
        admin_token=ADMIN,
        tokens=[
            PresetToken("default", "ops", "owner", SHARED),
            PresetToken("team-a", "ops", "owner", OWN),
        ],
    )
    world.environment = environment
    return world


def _used(world: World, path: str) -> set[str]:
    """The fingerprints of what was sent as authorization to matching paths."""
    return {
        one.headers.get("authorization", "") for one in world.sandbox.requests if path in one.path
    }


def _bearer(secret: str) -> str:
    return fingerprint(f"Bearer {secret}")


def test_each_vvp_namespace_gets_its_own_token_and_one_without_is_refused(
    make_world: MakeWorld,
) -> None:
    world = _guarded(make_world, PLATFORM_API_TOKEN=ADMIN, APPMANAGER_API_TOKEN_TEAM_A=OWN,
                     APPMANAGER_API_TOKEN_DEFAULT=SHARED)  # fmt: skip
    world.apply(
        namespace("fresh"), target(), target("a-jobs", vvp="team-a"), target("b-jobs", vvp="team-b")
    )
    run = world.reconcile("--no-create-tokens", code=3)
    assert {(name, one["outcome"]) for one in run.report["changes"] for name in [one["name"]]} == {
        ("fresh", "applied"), ("jobs", "applied"), ("a-jobs", "applied")
    }  # fmt: skip
    assert _used(world, "/namespaces/v1/") == {_bearer(ADMIN)}
    assert _used(world, "/namespaces/team-a/") == {_bearer(OWN)}
    assert _used(world, "/namespaces/default/") == {_bearer(SHARED)}
    assert _used(world, "/namespaces/team-b/") == {""}
    status, reason, text = world.told("vpdeploymenttargets", "b-jobs", "Stalled")
    assert (status, reason) == ("True", "Unauthorized")
    assert "APPMANAGER_API_TOKEN_TEAM_B" in text, "and what to set"


def test_an_env_file_gives_tokens_that_the_environment_overrides(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.env"
    file.write_text(f"PLATFORM_API_TOKEN={ADMIN}\nAPPMANAGER_API_TOKEN='{SHARED}'\n")
    world = _guarded(make_world, APPMANAGER_API_TOKEN=f"wrong-{CANARY}")
    world.apply(target())
    assert world.vpsync("reconcile", "--once", "--env-file", str(file), *world.flags).code == 5
    world.environment = {}
    run = world.vpsync("--env-file", str(file), "reconcile", "--once", *world.flags)
    assert run.code == 0, run
    assert world.vpsync("diff", "--env-file", str(tmp_path / "missing"), *world.flags).code == 2


def _tokens(world: World) -> list[str]:
    items = world.sandbox.call("GET", "/apitokens/v1/namespaces/default/apitokens")[1]["apiTokens"]
    return [one["name"].rpartition("/")[2] for one in items]


def test_a_run_makes_a_token_for_itself_and_removes_it_whatever_happens(
    make_world: MakeWorld,
) -> None:
    world = _guarded(make_world, PLATFORM_API_TOKEN=SHARED)
    world.apply(target(), deployment("orders", state="CANCELLED"))
    before = len(world.sandbox.requests)
    assert world.diff(code=5).changes == []
    assert world.reconcile("--no-create-tokens", code=5).changes == []
    assert world.sandbox.mutations(before) == [], "a preview makes none"

    world.sandbox.reject(on("POST", "/deployments$"), "No.", times=1)
    world.reconcile(code=3)
    made = [one for one in world.sandbox.mutations() if "/apitokens" in one.path]
    assert [one.method for one in made] == ["POST", "DELETE"]
    assert made[0].body["role"] == "owner"
    assert made[0].body["name"].startswith("namespaces/default/apitokens/vpsync-default-")
    assert made[1].path == f"/apitokens/v1/{made[0].body['name']}"
    assert _tokens(world) == ["ops"], "that of somebody else stays"
    assert world.sandbox.target("default", "jobs") is not None

    world.sandbox.faults.add(Fault(on("DELETE", "/apitokens/"), Respond(500)))
    run = world.vpsync("reconcile", "--once", *world.flags)
    assert "left behind in VVP" in run.err
    assert len(_tokens(world)) == 2


def test_no_proxy_netrc_or_redirect_carries_a_token_elsewhere(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    world = _guarded(make_world, PLATFORM_API_TOKEN=ADMIN, APPMANAGER_API_TOKEN=SHARED)
    given = ("reconcile", "--once", "-f", "-", "--vvp-url", world.vvp_url)
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login somebody password else-{CANARY}\n")
    with Sandbox() as elsewhere:
        proxies = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")
        world.environment |= dict.fromkeys(proxies, elsewhere.url)
        world.environment |= {"HOME": str(tmp_path), "NETRC": str(tmp_path / ".netrc")}
        run = world.vpsync(*given, stdin=json.dumps(target()))
        assert run.code == 0, run
        assert _used(world, "/api/v1/") == {_bearer(SHARED)}
        redirect = Fault(
            on("*", ""),
            Redirect(f"{elsewhere.url}/api/v1/namespaces/default/deployments", 307),
            None,
        )
        world.sandbox.faults.add(redirect)
        run = world.vpsync(*given, stdin=json.dumps(target()))
        assert run.code == 5
        assert elsewhere.requests == []


def test_the_community_edition_needs_no_token_and_has_no_namespaces(make_world: MakeWorld) -> None:
    world = make_world(edition="community")
    world.environment = {}
    world.apply(namespace("team"), target(), deployment("orders"))
    world.sync(code=3)
    assert world.told("vpdeployments", "orders")[0] == "True"
    assert world.told("vpnamespaces", "team", "Stalled")[:2] == ("True", "Unsupported")
    assert not any(one.mutating and "/apitokens" in one.path for one in world.sandbox.requests)
    world.sandbox.faults.add(Fault(on("GET", "^/namespaces/v1/"), HtmlPage(), None))
    world.reconcile("--vvp-edition", "community", code=3)
    assert world.told("vpnamespaces", "team", "Stalled")[:2] == ("True", "Unsupported")
