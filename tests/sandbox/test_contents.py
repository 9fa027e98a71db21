"""What else a namespace holds: SQL scripts, UDF artifacts, connectors, files, tables; and /swagger."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from .api import Api, Json

OpenApi = Callable[..., Api]

SQL = "/sql/v1beta1/namespaces/default"
FILES = "/artifacts/v1/namespaces/default/artifacts"
CATALOG = "/catalog/v1beta2/namespaces/default/catalogs"
PLAIN: dict[str, tuple[str, Json]] = {
    "sqlscripts": ("sqlScript", {"displayName": "Orders", "script": "SELECT 1"}),
    "udfartifacts": ("udfArtifact", {"jarUrl": "s3://bucket/udf.jar"}),
    "connectors": ("connector", {"type": "kafka", "sink": True}),
    "formats": ("format", {"type": "avro"}),
    "catalog-connectors": ("catalogConnector", {"type": "hive", "readOnly": True}),
}


def named(collection: str, name: str, **more: Any) -> Json:
    return {"name": f"namespaces/default/{collection}/{name}", **more}


def upload(api: Api, path: str, name: str, part: str = "file") -> requests.Response:
    files = {part: (name, b"\x00\x01jar")}
    return requests.post(api.sandbox.url + path, files=files, timeout=10)


@pytest.mark.parametrize("collection", PLAIN)
def test_an_object_of_a_plain_collection_is_made_read_changed_and_removed(
    api: Api, collection: str
) -> None:
    member, members = PLAIN[collection]
    path = f"{SQL}/{collection}"
    assert api.read(path) == {f"{member}s": []}
    made = api.post(path, named(collection, "a", **members))
    assert made.status_code == 200
    assert made.json()[member].items() >= members.items()
    assert api.post(path, named(collection, "a")).status_code == 409
    assert api.read(f"{path}/a") == made.json()
    assert api.read(path)[f"{member}s"] == [made.json()[member]]
    key = next(iter(members))
    changed = api.put(f"{path}/a", named(collection, "a", **{key: "other"}))
    assert changed.json()[member][key] == "other"
    assert changed.json()[member].get("createTime") == made.json()[member].get("createTime")
    assert api.put(f"{path}/b", named(collection, "b")).status_code == 404
    assert api.put(f"{path}/a", named(collection, "b")).status_code == 400
    assert api.post(path, {"name": "a"}).status_code == 400
    assert api.delete(f"{path}/a").status_code == 200
    assert api.get(f"{path}/a").status_code == 404
    assert api.delete(f"{path}/a").status_code == 404


@pytest.mark.parametrize(
    ("collection", "action", "answer"),
    [
        ("connectors", "list-tables", {"tables": []}),
        ("formats", "list-tables", {"tables": []}),
        ("catalog-connectors", "list-catalogs", {"catalogs": []}),
    ],
)
def test_nothing_refers_to_an_object_of_a_plain_collection(
    api: Api, collection: str, action: str, answer: Json
) -> None:
    assert api.get(f"{SQL}/{collection}/a:{action}").status_code == 404
    api.post(f"{SQL}/{collection}", named(collection, "a"))
    assert api.read(f"{SQL}/{collection}/a:{action}") == answer


def test_a_file_is_uploaded_listed_described_and_removed(api: Api) -> None:
    assert api.read(f"{FILES}:list") == {"artifacts": []}
    made = upload(api, f"{FILES}:upload", "orders-1.jar").json()["artifact"]
    assert made["filename"] == "orders-1.jar"
    assert made["uri"] == "s3://vvp/artifacts/namespaces/default/orders-1.jar"
    assert len(made["createTime"]) == len("2024-02-01T08:00:00Z")
    assert upload(api, f"{FILES}:upload", "orders-1.jar").status_code == 200
    assert [own["filename"] for own in api.read(f"{FILES}:list")["artifacts"]] == ["orders-1.jar"]
    described = api.read(f"{FILES}:getMetadata?filename=orders-1.jar")["artifact"]
    assert described["uri"] == made["uri"]
    assert api.delete(f"{FILES}:delete?filename=orders-1.jar").status_code == 200
    assert api.delete(f"{FILES}:delete?filename=orders-1.jar").status_code == 404
    assert api.get(f"{FILES}:getMetadata?filename=orders-1.jar").status_code == 404


def test_an_upload_is_a_form_with_a_file(api: Api) -> None:
    assert api.post(f"{FILES}:upload", {}).status_code == 415
    assert upload(api, f"{FILES}:upload", "a.jar", part="jar").status_code == 400
    assert requests.post(f"{api.sandbox.url}{FILES}:upload", timeout=10).status_code == 400
    targets = "/api/v1/namespaces/default/deployment-targets"
    assert upload(api, targets, "a.jar").status_code == 415


def test_a_jar_of_a_udf_artifact_is_uploaded_and_then_named_in_it(api: Api) -> None:
    path = f"{SQL}/udfartifacts"
    assert upload(api, f"{path}/a:upload-jar", "udf.jar").status_code == 404
    api.post(path, named("udfartifacts", "a"))
    uri = upload(api, f"{path}/a:upload-jar", "udf.jar").json()["jarUri"]
    assert uri.endswith("/udf.jar")
    shown = api.put(f"{path}/a", named("udfartifacts", "a", jarUrl=uri)).json()["udfArtifact"]
    assert shown["jarUrl"] == uri


@pytest.mark.parametrize(
    ("statement", "judged"),
    [
        ("INSERT INTO a SELECT 1", "VALID_INSERT_QUERY"),
        ("select 1", "VALID_SELECT_QUERY"),
        ("CREATE TABLE a (b INT)", "VALID_DDL_STATEMENT"),
        ("SHOW TABLES", "VALID_COMMAND_STATEMENT"),
        ("SELEKT 1", "INVALID_QUERY"),
    ],
)
def test_a_statement_is_judged_with_200(api: Api, statement: str, judged: str) -> None:
    answer = api.post(f"{SQL}/sqlscripts:validate", {"statement": statement})
    assert answer.status_code == 200
    assert answer.json()["validationResult"] == f"VALIDATION_RESULT_{judged}"
    assert ("errorDetails" in answer.json()) is (judged == "INVALID_QUERY")


def test_a_table_is_made_and_dropped_by_a_statement(api: Api) -> None:
    tables = f"{CATALOG}/vvp:listTables"
    assert api.read(tables) == {"tables": []}
    run = f"{SQL}/sqlscripts:execute"
    made = api.post(run, {"statement": "CREATE TABLE IF NOT EXISTS `vvp`.`default`.`a` (b INT)"})
    assert made.json() == {"result": "RESULT_SUCCESS"}
    assert api.read(f"{tables}?database=default") == {"tables": [{"name": "a"}]}
    found = api.read(f"{CATALOG}/vvp:getTable?database=default&table=a")
    assert found == {"table": {"name": "a"}}
    assert api.get(f"{CATALOG}/vvp:getTable?database=default&table=b").status_code == 404
    api.post(run, {"statement": "DROP TABLE a"})
    assert api.read(tables) == {"tables": []}
    assert api.get(f"{CATALOG}/hive:listTables").status_code == 404


def test_a_view_is_no_table(api: Api) -> None:
    run = f"{SQL}/sqlscripts:execute"
    api.post(run, {"statement": "CREATE VIEW a AS SELECT 1"})
    assert api.read(f"{CATALOG}/vvp:listViews?database=default") == {"views": [{"name": "a"}]}
    assert api.read(f"{CATALOG}/vvp:listTables") == {"tables": []}
    found = api.read(f"{CATALOG}/vvp:getView?database=default&view=a")
    assert found == {"view": {"name": "a"}}
    api.post(run, {"statement": "DROP VIEW IF EXISTS a"})
    assert api.read(f"{CATALOG}/vvp:listViews") == {"views": []}
    assert api.get(f"{CATALOG}/vvp:getView?database=default&view=a").status_code == 404


@pytest.mark.parametrize(("query", "last"), [("", "SKIPPED"), ("?stopOnError=false", "SUCCESS")])
def test_after_an_error_the_rest_of_the_statements_is_skipped(
    api: Api, query: str, last: str
) -> None:
    path = f"{SQL}/sqlscripts:execute-multi{query}"
    answers = api.post(path, ["SHOW TABLES", "SHAW TABLES", "SHOW TABLES"]).json()["responses"]
    results = [own["result"].removeprefix("RESULT_") for own in answers]
    assert results == ["SUCCESS", "ERROR_WITH_DETAILS", last]
    assert api.post(path, {"statement": "SHOW TABLES"}).status_code == 400


def test_what_a_namespace_holds_goes_with_it(api: Api) -> None:
    api.post("/namespaces/v1/namespaces", {"name": "namespaces/a"})
    body = {"name": "namespaces/a/sqlscripts/s", "script": "SELECT 1"}
    api.post("/sql/v1beta1/namespaces/a/sqlscripts", body)
    upload(api, "/artifacts/v1/namespaces/a/artifacts:upload", "a.jar")
    statement = {"statement": "CREATE TABLE t (a INT)"}
    api.post("/sql/v1beta1/namespaces/a/sqlscripts:execute", statement)
    held = api.sandbox.snapshot()["a"]
    assert (held["plain"], held["artifacts"], held["tables"]) == (
        {"sqlscripts": ["s"]},
        ["a.jar"],
        ["t"],
    )
    api.delete("/namespaces/v1/namespaces/a")
    api.sandbox.settle()
    api.post("/namespaces/v1/namespaces", {"name": "namespaces/a"})
    assert api.read("/sql/v1beta1/namespaces/a/sqlscripts") == {"sqlScripts": []}
    assert api.read("/artifacts/v1/namespaces/a/artifacts:list") == {"artifacts": []}


def test_community_has_sql_and_files(open_api: OpenApi) -> None:
    api = open_api(edition="community")
    assert api.read(f"{SQL}/sqlscripts") == {"sqlScripts": []}
    assert api.read(f"{FILES}:list") == {"artifacts": []}


@pytest.mark.parametrize(
    ("path", "since", "before"),
    [
        (f"{SQL}/sqlscripts", "2.2.0", "2.1.0"),
        (f"{SQL}/connectors", "2.4.0", "2.3.0"),
        (f"{SQL}/catalog-connectors", "2.6.0", "2.5.0"),
        (f"{CATALOG}/vvp:listTables", "2.4.0", "2.3.0"),
        (f"{CATALOG}/vvp:listViews", "2.6.0", "2.5.0"),
        ("deployments/with-cr", "2.15.0", "2.14.0"),
    ],
)
def test_a_collection_is_there_from_its_release_on(
    open_api: OpenApi, path: str, since: str, before: str
) -> None:
    assert open_api(version=since).get(path).status_code == 200
    assert open_api(version=before).get(path).status_code == 404


def test_deployments_come_with_what_the_operator_holds(open_api: OpenApi) -> None:
    api = open_api(version="2.15.8")
    made = api.make_deployment()
    assert api.read("deployments/with-cr") == {"items": [{"deployment": made}]}
    assert api.read("deployments/with-cr/orders") == {"deployment": made}
    assert api.get("deployments/with-cr/no").status_code == 404


def test_the_specifications_name_what_the_played_release_has(open_api: OpenApi) -> None:
    for version, has_put in (("2.3.0", False), ("2.8.1", True)):
        api = open_api(version=version)
        found = api.read("/api/swagger.json")
        assert (found["swagger"], found["info"]["version"]) == ("2.0", version)
        assert found["produces"] == ["application/json", "application/yaml"]
        paths = found["paths"]
        assert ("put" in paths["/api/v1/namespaces/{namespace}/deployments/{name}"]) is has_put
        platform = api.read("/swagger.json")
        assert platform["produces"] == ["application/json"]
        assert "/namespaces/v1/namespaces" in platform["paths"]
        assert not platform["paths"].keys() & paths.keys()
    assert "text/html" in api.get("/swagger").headers["Content-Type"]
