"""What a pass reads of VVP, and that what could not be read never counts as absent."""

from __future__ import annotations

import pytest

from vpsync.errors import PlatformFault, PlatformNotFound, PlatformUnauthorized
from vpsync.model.json import JsonObject
from vpsync.model.observed import PlatformKey
from vpsync.planning.ownership.marker import OWNER
from vpsync.planning.queries import DetailQuery, InitialQuery
from vpsync.sandbox import Fault, HtmlPage, Reshape, Respond, Sandbox, SandboxOptions, on
from vpsync.ververica.client import Client
from vpsync.ververica.contents import CONTENTS, NEWER, PARTS, ContentCollection
from vpsync.ververica.observe import observe_details, observe_lists
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import READS, HttpOptions, Transport

from .conftest import OpenTransport

DEPLOYMENTS = ("default", "VpDeployment")
TARGETS = ("default", "VpDeploymentTarget")


@pytest.fixture
def client(sandbox: Sandbox, open_transport: OpenTransport) -> Client:
    return Client(open_transport(), f"{sandbox.url}/api", sandbox.url, Tokens({}))


def wanted(*places: tuple[str, str], contents: tuple[str, ...] = ()) -> InitialQuery:
    return InitialQuery(frozenset(places), frozenset(contents))


def held_in_default(client: Client) -> tuple[str, ...]:
    seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
    return tuple(seen.contents["default"])


def run_sql(sandbox: Sandbox, statement: str) -> None:
    path = "/sql/v1beta1/namespaces/default/sqlscripts:execute"
    assert sandbox.call("POST", path, {"statement": statement})[0] == 200


def answer(sandbox: Sandbox, path: str, body: JsonObject) -> None:
    sandbox.faults.add(Fault(on("GET", path), Respond(200, body), times=None))


def make_target(sandbox: Sandbox, name: str = "jobs") -> None:
    body = {"metadata": {"name": name}, "spec": {"kubernetes": {"namespace": "flink"}}}
    status, _ = sandbox.call("POST", "/api/v1/namespaces/default/deployment-targets", body)
    assert status == 201


def make_deployment(sandbox: Sandbox, name: str) -> str:
    template = {"spec": {"artifact": {"kind": "JAR", "jarUri": "s3://b/x.jar"}}}
    spec = {"deploymentTargetName": "jobs", "state": "RUNNING", "template": template}
    body = {"metadata": {"name": name}, "spec": spec}
    status, made = sandbox.call("POST", "/api/v1/namespaces/default/deployments", body)
    assert status == 201
    sandbox.settle()
    return str(made["metadata"]["id"])


def test_each_kind_and_namespace_is_listed_once(sandbox: Sandbox, client: Client) -> None:
    make_target(sandbox)
    seen = observe_lists(client, wanted(DEPLOYMENTS, TARGETS), "auto", 8)
    assert sorted(request.path for request in sandbox.requests) == [
        "/api/v1/namespaces/default/deployment-targets",
        "/api/v1/namespaces/default/deployments",
        "/namespaces/v1/namespaces",
    ]
    assert seen.find(PlatformKey("VpDeploymentTarget", "default", "jobs")) is not None
    assert seen.listed == {("VpDeployment", "default"), ("VpDeploymentTarget", "default")}
    assert seen.namespaces == frozenset({"default"})
    assert not seen.failed


def test_a_namespace_that_the_platform_does_not_list_is_not_asked(
    sandbox: Sandbox, client: Client
) -> None:
    seen = observe_lists(client, wanted(("gone", "VpDeployment")), "auto", 8)
    assert [request.path for request in sandbox.requests] == ["/namespaces/v1/namespaces"]
    assert seen.failure("VpDeployment", "gone") is None, "its absence is proved"


def test_a_list_that_failed_is_known_as_failed(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add(Fault(on("GET", "/deployments$"), HtmlPage(), times=None))
    make_target(sandbox)
    seen = observe_lists(client, wanted(DEPLOYMENTS, TARGETS), "auto", 8)
    assert isinstance(seen.failure("VpDeployment", "default"), PlatformFault)
    assert seen.failure("VpDeploymentTarget", "default") is None
    assert ("VpDeployment", "default") not in seen.listed


def test_two_objects_of_one_name_are_told(sandbox: Sandbox, client: Client) -> None:
    items = [{"metadata": {"id": i, "name": "orders"}} for i in ("1", "2")]
    sandbox.faults.add(Fault(on("GET", "/deployments$"), Reshape({"items": items})))
    seen = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
    assert seen.doubled == {PlatformKey("VpDeployment", "default", "orders")}


class TestEdition:
    def test_that_is_named_is_not_asked_for(self, sandbox: Sandbox, client: Client) -> None:
        seen = observe_lists(client, wanted(DEPLOYMENTS), "community", 8)
        assert [r.path for r in sandbox.requests] == ["/api/v1/namespaces/default/deployments"]
        assert seen.community
        assert seen.namespaces is None

    @pytest.mark.parametrize("status", [404, 501])
    def test_community_is_recognised_and_proves_no_absence(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("GET", "^/namespaces/"), Respond(status), times=None))
        seen = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        assert seen.community
        assert seen.namespaces is None

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refusal_is_no_sign_of_community(
        self, sandbox: Sandbox, client: Client, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("GET", "^/namespaces/"), Respond(status), times=None))
        seen = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        assert not seen.community
        assert isinstance(seen.namespaces_failure, PlatformUnauthorized)
        assert isinstance(seen.failure("VpNamespace", "default"), PlatformUnauthorized)

    def test_a_fault_that_quotes_another_status_is_no_sign_of_community(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        fault = Respond(500, {"message": "upstream said: 501 Not Implemented"})
        sandbox.faults.add(Fault(on("GET", "^/namespaces/"), fault, times=None))
        seen = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        assert not seen.community
        assert isinstance(seen.namespaces_failure, PlatformFault)
        assert seen.namespaces_failure.status == 500

    def test_enterprise_that_is_named_has_namespaces(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        sandbox.faults.add(Fault(on("GET", "^/namespaces/"), Respond(404), times=None))
        seen = observe_lists(client, wanted(DEPLOYMENTS), "enterprise", 8)
        assert not seen.community
        assert isinstance(seen.namespaces_failure, PlatformNotFound)


class TestContents:
    def test_of_a_namespace_that_is_to_go_are_counted(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        make_target(sandbox, "one")
        make_target(sandbox, "two")
        make_target(sandbox)
        make_deployment(sandbox, "orders")
        seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
        assert seen.contents["default"] == (
            "1 deployment (orders)",
            "3 deployment targets (jobs, one, two)",
        )

    def test_of_a_namespace_that_is_to_go_are_read_with_their_markers(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        make_target(sandbox)
        made = make_deployment(sandbox, "orders")
        body = {"metadata": {"annotations": {OWNER: "whose"}}}
        path = f"/api/v1/namespaces/default/deployments/{made}"
        assert sandbox.call("PATCH", path, body)[0] == 200
        seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
        assert seen.content_markers == {"default": ("whose",)}

    @pytest.mark.parametrize("part", PARTS, ids=[part.noun for part in PARTS])
    def test_of_the_platform_api_are_counted_and_the_first_five_named(
        self, sandbox: Sandbox, client: Client, part: ContentCollection
    ) -> None:
        items = [{part.name: f"namespaces/default/x/n{number}"} for number in range(7)]
        packaged = {part.name: "namespaces/default/x/kafka", "packaged": True}
        answer = Respond(200, {part.member: [*items, packaged]})
        sandbox.faults.add(Fault(on("GET", f"/{part.collection}$"), answer, None))
        seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
        assert seen.contents["default"] == (f"7 {part.noun}s (n0, n1, n2, n3, n4 and 2 more)",)

    @pytest.mark.parametrize("status", [404, 501])
    @pytest.mark.parametrize("collection", [*NEWER, *(part.collection for part in PARTS)])
    def test_that_a_release_lacks_are_none(
        self, sandbox: Sandbox, client: Client, collection: str, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("GET", f"/{collection}$"), Respond(status), times=None))
        seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
        assert seen.contents == {"default": ()}

    def test_that_are_all_missing_are_not_known_to_be_none(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        sandbox.faults.add(Fault(on("GET", "/namespaces/default/"), Respond(404), times=None))
        seen = observe_lists(client, wanted(contents=("default",)), "auto", 8)
        assert len(seen.contents["default"]) == len(CONTENTS) + len(PARTS) + len(["catalogs"])

    @pytest.mark.parametrize("part", PARTS, ids=[part.noun for part in PARTS])
    def test_of_the_platform_api_that_cannot_be_listed_count_as_present(
        self, sandbox: Sandbox, client: Client, part: ContentCollection
    ) -> None:
        sandbox.faults.add(Fault(on("GET", f"/{part.collection}$"), Respond(403), times=None))
        [held] = observe_lists(client, wanted(contents=("default",)), "auto", 8).contents.values()
        assert held == (f"{part.noun}s that could not be listed",)

    def test_tables_and_views_of_the_built_in_catalog_are_counted_and_named(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        for number in range(7):
            run_sql(sandbox, f"CREATE TABLE t{number} (a INT)")
        run_sql(sandbox, "CREATE VIEW `vvp`.`default`.v AS SELECT a FROM t1")
        first = ", ".join(f"vvp.default.t{number}" for number in range(5))
        assert held_in_default(client) == (
            f"7 catalog tables ({first} and 2 more)",
            "1 catalog view (vvp.default.v)",
        )

    def test_tables_of_each_database_of_each_catalog_that_vvp_stores_are_counted(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        catalogs = [
            {"name": "namespaces/default/catalogs/vvp", "properties": {}},
            {"name": "own", "properties": {"type": "vvp", "defaultDatabase": "main"}},
            {"name": "lake", "properties": {"type": "hive"}},
        ]
        answer(sandbox, "/catalogs$", {"catalogs": catalogs})
        answer(sandbox, "/own:listDatabases$", {"databases": [{"name": "main"}, {"name": "raw"}]})
        answer(sandbox, "/own:listTables$", {"tables": [{"name": "orders"}]})
        answer(sandbox, "/own:listViews$", {})
        assert held_in_default(client) == (
            "2 catalogs (lake, own)",
            "2 catalog tables (own.main.orders, own.raw.orders)",
        )
        asked = [one for one in sandbox.requests if "/catalogs/" in one.path]
        assert [one.query.get("database") for one in asked if "own:listT" in one.path] == [
            "main",
            "raw",
        ]
        assert not any("lake" in one.path for one in asked)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/catalogs$", "catalogs that could not be listed"),
            ("/vvp:listDatabases$", "catalog tables that could not be listed"),
            ("/vvp:listTables$", "catalog tables that could not be listed"),
            ("/vvp:listViews$", "catalog views that could not be listed"),
        ],
    )
    @pytest.mark.parametrize(
        "wrong",
        [
            Respond(403),
            Respond(500),
            Respond(200, {"catalogs": {}, "databases": {}, "tables": {}, "views": {}}),
            Respond(200, {key: [{}] for key in ("catalogs", "databases", "tables", "views")}),
            HtmlPage(),
        ],
        ids=["refused", "failed", "no list", "no name", "page"],
    )
    def test_of_a_catalog_that_cannot_be_read_count_as_present(
        self, sandbox: Sandbox, client: Client, path: str, words: str, wrong: Respond | HtmlPage
    ) -> None:
        sandbox.faults.add(Fault(on("GET", path), wrong, times=None))
        assert words in held_in_default(client)

    @pytest.mark.parametrize("status", [404, 501])
    @pytest.mark.parametrize("path", ["/catalogs$", "/vvp:listViews$"])
    def test_catalogs_and_views_that_a_release_lacks_are_none(
        self, sandbox: Sandbox, client: Client, path: str, status: int
    ) -> None:
        sandbox.faults.add(Fault(on("GET", path), Respond(status), times=None))
        assert held_in_default(client) == ()

    @pytest.mark.parametrize("action", ["listDatabases", "listTables"])
    def test_a_catalog_that_is_listed_but_not_found_is_not_known_to_be_empty(
        self, sandbox: Sandbox, client: Client, action: str
    ) -> None:
        sandbox.faults.add(Fault(on("GET", f"/vvp:{action}$"), Respond(404), times=None))
        assert "catalog tables that could not be listed" in held_in_default(client)

    def test_no_catalog_is_read_where_no_namespace_is_to_go(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        assert not [one for one in sandbox.requests if one.path.startswith("/catalog/")]

    def test_of_an_empty_namespace_are_none(self, client: Client) -> None:
        assert observe_lists(client, wanted(contents=("default",)), "auto", 8).contents == {
            "default": ()
        }

    @pytest.mark.parametrize("collection", sorted(CONTENTS))
    def test_that_cannot_be_listed_count_as_present(
        self, sandbox: Sandbox, client: Client, collection: str
    ) -> None:
        sandbox.faults.add(Fault(on("GET", f"/{collection}$"), Respond(500), times=None))
        [held] = observe_lists(client, wanted(contents=("default",)), "auto", 8).contents.values()
        assert held == (f"{CONTENTS[collection]}s that could not be listed",)


class TestDetails:
    def test_savepoints_are_those_of_the_deployment_whatever_vvp_filters(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        items = [
            {"metadata": {"id": "1", "deploymentId": "mine"}},
            {"metadata": {"id": "2", "deploymentId": "another"}},
            {"metadata": {"id": "3"}},
        ]
        sandbox.faults.add(Fault(on("GET", "/savepoints$"), Reshape({"items": items})))
        lists = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        details = DetailQuery(savepoints=frozenset({("default", "mine")}))
        seen = observe_details(client, lists, details, 8)
        assert [savepoint.id for savepoint in seen.savepoints["default", "mine"]] == ["1"]
        assert sandbox.requests[-1].query == {"deploymentId": "mine"}

    def test_savepoints_that_could_not_be_listed_are_known_as_failed(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        sandbox.faults.add(Fault(on("GET", "/savepoints$"), Respond(500), times=None))
        lists = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        details = DetailQuery(savepoints=frozenset({("default", "mine")}))
        seen = observe_details(client, lists, details, 8)
        assert ("default", "mine") not in seen.savepoints
        assert isinstance(seen.failed_savepoints["default", "mine"], PlatformFault)

    def test_what_one_vvp_namespace_answers_about_a_deployment_says_nothing_of_another(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        # Whoever may write a status can name any deployment in his own VVP namespace.
        sandbox.call("POST", "/namespaces/v1/namespaces", {"name": "namespaces/playground"})
        mine = {"items": [{"metadata": {"id": "1", "deploymentId": "mine"}}]}
        sandbox.faults.add(Fault(on("GET", "/default/savepoints$"), Reshape(mine), times=None))
        lists = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        places = frozenset({("default", "mine"), ("playground", "mine")})
        seen = observe_details(client, lists, DetailQuery(savepoints=places), 8)
        assert [one.id for one in seen.savepoints["default", "mine"]] == ["1"]
        assert list(seen.savepoints["playground", "mine"]) == []

    @pytest.mark.parametrize("trouble", [None, Respond(503)])
    def test_a_savepoint_that_is_to_go_is_gone_only_by_vvps_own_404(
        self, sandbox: Sandbox, client: Client, trouble: Respond | None
    ) -> None:
        make_target(sandbox)
        source = make_deployment(sandbox, "orders")
        path = "/api/v1/namespaces/default/savepoints"
        body = {"metadata": {"deploymentId": source, "type": "FULL"}, "spec": {}}
        _, made = sandbox.call("POST", path, body)
        place, identity = ("default", source), str(made["metadata"]["id"])
        lists = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        for there in (identity, "another"):
            sandbox.faults.add(Fault(on("GET", "/savepoints$"), Reshape({"items": []})))
            if trouble is not None:
                sandbox.faults.add(Fault(on("GET", f"/savepoints/{there}$"), trouble, times=None))
            details = DetailQuery(frozenset({place}), going=frozenset({(place, there)}))
            seen = observe_details(client, lists, details, 8)
            is_doubtful = there == identity or trouble is not None
            assert (place in seen.failed_savepoints) is is_doubtful
            assert (place in seen.savepoints) is not is_doubtful

    @pytest.mark.parametrize("path", ["/events$", "/jobs/"])
    def test_what_is_only_shown_may_fail_without_a_word(
        self, sandbox: Sandbox, client: Client, path: str
    ) -> None:
        make_target(sandbox)
        identity = make_deployment(sandbox, "orders")
        [job] = sandbox.jobs("default", identity)
        details = DetailQuery(
            jobs=frozenset({("default", job["metadata"]["id"])}),
            events=frozenset({("default", identity)}),
        )
        lists = observe_lists(client, wanted(DEPLOYMENTS), "auto", 8)
        whole = observe_details(client, lists, details, 8)
        assert whole.jobs
        assert whole.events
        sandbox.faults.add(Fault(on("GET", path), Respond(500), times=None))
        part = observe_details(client, lists, details, 8)
        assert bool(part.jobs) is not bool(part.events)
        assert not part.failed


def test_hundreds_of_namespaces_take_one_list_each_and_one_more() -> None:
    names = tuple(f"n{number}" for number in range(50))
    with Sandbox(SandboxOptions(namespaces=names)) as sandbox:
        transport = Transport(HttpOptions(), READS)
        client = Client(transport, f"{sandbox.url}/api", sandbox.url, Tokens({}))
        seen = observe_lists(client, wanted(*((n, "VpDeployment") for n in names)), "auto", 8)
        transport.close()
        assert len(seen.listed) == 50
        assert len(sandbox.requests) == 51
