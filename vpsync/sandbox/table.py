"""Which method and path is served by which handler, since which version.

Paths are those of the Application Manager swagger 2.1.0 to 2.7.1 and the Platform swagger 2.0.0 to
2.7.1; artifacts and `with-cr` are in none, but in public clients. An endpoint that is newer than the
simulated version does not exist.
"""

from vpsync.sandbox import (
    artifacts,
    autopilot,
    defaults,
    deployments,
    events,
    information,
    jobs,
    namespaces,
    savepoints,
    secretvalues,
    sessionclusters,
    sql,
    targets,
    tokens,
)
from vpsync.sandbox.access import Resource, Verb
from vpsync.sandbox.plain import (
    CATALOG_CONNECTORS,
    CONNECTORS,
    FORMATS,
    SQL_SCRIPTS,
    UDF_ARTIFACTS,
    Plain,
)
from vpsync.sandbox.routes import Entry

_AM = "/api/v1/namespaces/{ns}"
_NS = "/namespaces/v1/namespaces"
_TOKENS = "/apitokens/v1/namespaces/{ns}/apitokens"
_PILOT = "/autopilot/v1alpha1/namespaces/{ns}"
_POLICY = _PILOT + "/deployments/{ref}/autopilotpolicy"
_SQL = "/sql/v1beta1/namespaces/{ns}"
_CATALOGS = "/catalog/v1beta2/namespaces/{ns}/catalogs"
_CATALOG = _CATALOGS + "/{ref}"
_ARTIFACTS = "/artifacts/v1/namespaces/{ns}/artifacts"

_OTHER, _TARGET, _SECRET = Resource.OTHER, Resource.TARGET, Resource.SECRET_VALUE
_SPACE, _TOKEN, _DEFAULTS = Resource.NAMESPACE, Resource.API_TOKEN, Resource.DEFAULTS
_LIST, _GET, _CREATE, _UPDATE, _DELETE = Verb.LIST, Verb.GET, Verb.CREATE, Verb.UPDATE, Verb.DELETE


def _plain(since: tuple[int, ...], kind: Plain) -> tuple[Entry, ...]:
    """The operations of a plain collection."""
    path = f"{_SQL}/{kind.collection}"
    return (
        (since, "GET", path, _OTHER, _LIST, kind.list_all),
        (since, "POST", path, _OTHER, _CREATE, kind.create),
        (since, "GET", path + "/{ref}", _OTHER, _GET, kind.get),
        (since, "PUT", path + "/{ref}", _OTHER, _UPDATE, kind.put),
        (since, "DELETE", path + "/{ref}", _OTHER, _DELETE, kind.delete),
    )


TABLE: tuple[Entry, ...] = (
    ((2, 0), "GET", _NS, _SPACE, _LIST, namespaces.list_namespaces),
    ((2, 0), "POST", _NS, _SPACE, _CREATE, namespaces.create_namespace),
    ((2, 0), "GET", _NS + "/{ns}", _SPACE, _GET, namespaces.get_namespace),
    ((2, 0), "PUT", _NS + "/{ns}", _SPACE, _UPDATE, namespaces.put_namespace),
    ((2, 4), "PATCH", _NS + "/{ns}", _SPACE, _UPDATE, namespaces.patch_namespace),
    ((2, 0), "DELETE", _NS + "/{ns}", _SPACE, _DELETE, namespaces.delete_namespace),
    (
        (2, 4),
        "POST",
        _NS + "/{ns}:setPreviewSessionCluster",
        _SPACE,
        _UPDATE,
        namespaces.set_preview_cluster,
    ),
    ((2, 0), "GET", _TOKENS, _TOKEN, _LIST, tokens.list_tokens),
    ((2, 0), "POST", _TOKENS, _TOKEN, _CREATE, tokens.create_token),
    ((2, 0), "GET", _TOKENS + "/{ref}", _TOKEN, _GET, tokens.get_token),
    ((2, 0), "DELETE", _TOKENS + "/{ref}", _TOKEN, _DELETE, tokens.delete_token),
    ((2, 0), "GET", _AM + "/deployment-targets", _TARGET, _LIST, targets.list_targets),
    ((2, 0), "POST", _AM + "/deployment-targets", _TARGET, _CREATE, targets.create_target),
    ((2, 0), "GET", _AM + "/deployment-targets/{ref}", _TARGET, _GET, targets.get_target),
    ((2, 4), "PUT", _AM + "/deployment-targets/{ref}", _TARGET, _UPDATE, targets.put_target),
    ((2, 0), "DELETE", _AM + "/deployment-targets/{ref}", _TARGET, _DELETE, targets.delete_target),
    ((2, 0), "GET", _AM + "/deployments", _OTHER, _LIST, deployments.list_deployments),
    ((2, 0), "POST", _AM + "/deployments", _OTHER, _CREATE, deployments.create_deployment),
    ((2, 15), "GET", _AM + "/deployments/with-cr", _OTHER, _LIST, deployments.list_with_cr),
    ((2, 15), "GET", _AM + "/deployments/with-cr/{ref}", _OTHER, _GET, deployments.get_with_cr),
    ((2, 0), "GET", _AM + "/deployments/{ref}", _OTHER, _GET, deployments.get_deployment),
    ((2, 0), "PATCH", _AM + "/deployments/{ref}", _OTHER, _UPDATE, deployments.patch_deployment),
    ((2, 4), "PUT", _AM + "/deployments/{ref}", _OTHER, _UPDATE, deployments.put_deployment),
    ((2, 0), "DELETE", _AM + "/deployments/{ref}", _OTHER, _DELETE, deployments.delete_deployment),
    ((2, 1), "GET", _AM + "/deployment-defaults", _DEFAULTS, _GET, defaults.get_defaults),
    ((2, 1), "PATCH", _AM + "/deployment-defaults", _DEFAULTS, _UPDATE, defaults.patch_defaults),
    (
        (2, 1),
        "GET",
        "/api/v1/global-deployment-defaults",
        Resource.SYSTEM_INFO,
        _GET,
        defaults.get_global_defaults,
    ),
    ((2, 3), "GET", _AM + "/sessionclusters", _OTHER, _LIST, sessionclusters.list_clusters),
    ((2, 3), "POST", _AM + "/sessionclusters", _OTHER, _CREATE, sessionclusters.create_cluster),
    ((2, 3), "GET", _AM + "/sessionclusters/{ref}", _OTHER, _GET, sessionclusters.get_cluster),
    ((2, 3), "PUT", _AM + "/sessionclusters/{ref}", _OTHER, _UPDATE, sessionclusters.put_cluster),
    (
        (2, 3),
        "PATCH",
        _AM + "/sessionclusters/{ref}",
        _OTHER,
        _UPDATE,
        sessionclusters.patch_cluster,
    ),
    (
        (2, 3),
        "DELETE",
        _AM + "/sessionclusters/{ref}",
        _OTHER,
        _DELETE,
        sessionclusters.delete_cluster,
    ),
    ((2, 0), "GET", _AM + "/savepoints", _OTHER, _LIST, savepoints.list_savepoints),
    ((2, 0), "POST", _AM + "/savepoints", _OTHER, _CREATE, savepoints.create_savepoint),
    ((2, 0), "GET", _AM + "/savepoints/{ref}", _OTHER, _GET, savepoints.get_savepoint),
    ((2, 6), "DELETE", _AM + "/savepoints/{ref}", _OTHER, _DELETE, savepoints.delete_savepoint),
    ((2, 0), "GET", _AM + "/jobs", _OTHER, _LIST, jobs.list_jobs),
    ((2, 0), "GET", _AM + "/jobs/{ref}", _OTHER, _GET, jobs.get_job),
    ((2, 0), "GET", _AM + "/events", _OTHER, _LIST, events.list_events),
    ((2, 0), "GET", _AM + "/secret-values", _SECRET, _LIST, secretvalues.list_secrets),
    ((2, 0), "POST", _AM + "/secret-values", _SECRET, _CREATE, secretvalues.create_secret),
    ((2, 0), "GET", _AM + "/secret-values/{ref}", _SECRET, _GET, secretvalues.get_secret),
    ((2, 0), "PATCH", _AM + "/secret-values/{ref}", _SECRET, _UPDATE, secretvalues.patch_secret),
    ((2, 0), "DELETE", _AM + "/secret-values/{ref}", _SECRET, _DELETE, secretvalues.delete_secret),
    ((2, 0), "GET", "/api/v1/status", Resource.LIVENESS, _GET, information.get_status),
    (
        (2, 0),
        "GET",
        "/api/v1/status/system-info",
        Resource.SYSTEM_INFO,
        _GET,
        information.get_system_info,
    ),
    ((2, 2), "GET", _PILOT, _OTHER, _LIST, autopilot.list_policies),
    ((2, 2), "GET", _POLICY, _OTHER, _GET, autopilot.get_policy),
    ((2, 2), "PUT", _POLICY, _OTHER, _UPDATE, autopilot.put_policy),
    ((2, 2), "GET", _POLICY + ":recommendation", _OTHER, _GET, autopilot.get_recommendation),
    ((2, 2), "GET", _POLICY + ":status", _OTHER, _GET, autopilot.get_policy_status),
    *_plain((2, 2), SQL_SCRIPTS),
    ((2, 2), "POST", _SQL + "/sqlscripts:validate", _OTHER, _GET, sql.validate),
    ((2, 2), "POST", _SQL + "/sqlscripts:execute", _OTHER, _CREATE, sql.execute),
    ((2, 4), "POST", _SQL + "/sqlscripts:execute-multi", _OTHER, _CREATE, sql.execute_multi),
    ((2, 4), "POST", _SQL + "/sqlscripts:suggest", _OTHER, _GET, sql.suggest),
    *_plain((2, 2), UDF_ARTIFACTS),
    (
        (2, 2),
        "POST",
        _SQL + "/udfartifacts/{ref}:upload-jar",
        _OTHER,
        _UPDATE,
        artifacts.upload_jar,
    ),
    *_plain((2, 4), CONNECTORS),
    (
        (2, 4),
        "GET",
        _SQL + "/connectors/{ref}:list-tables",
        _OTHER,
        _LIST,
        CONNECTORS.referring({"tables": []}),
    ),
    *_plain((2, 4), FORMATS),
    (
        (2, 4),
        "GET",
        _SQL + "/formats/{ref}:list-tables",
        _OTHER,
        _LIST,
        FORMATS.referring({"tables": []}),
    ),
    *_plain((2, 6), CATALOG_CONNECTORS),
    (
        (2, 6),
        "GET",
        _SQL + "/catalog-connectors/{ref}:list-catalogs",
        _OTHER,
        _LIST,
        CATALOG_CONNECTORS.referring({"catalogs": []}),
    ),
    ((2, 4), "GET", _CATALOGS, _OTHER, _LIST, sql.list_catalogs),
    ((2, 4), "GET", _CATALOG, _OTHER, _GET, sql.get_catalog),
    ((2, 4), "GET", _CATALOG + ":listDatabases", _OTHER, _LIST, sql.list_databases),
    ((2, 4), "GET", _CATALOG + ":getDatabase", _OTHER, _GET, sql.get_database),
    ((2, 4), "GET", _CATALOG + ":listTables", _OTHER, _LIST, sql.list_tables),
    ((2, 4), "GET", _CATALOG + ":getTable", _OTHER, _GET, sql.get_table),
    ((2, 4), "GET", _CATALOG + ":listFunctions", _OTHER, _LIST, sql.list_functions),
    ((2, 4), "GET", _CATALOG + ":getFunction", _OTHER, _GET, sql.get_function),
    ((2, 6), "GET", _CATALOG + ":listViews", _OTHER, _LIST, sql.list_views),
    ((2, 6), "GET", _CATALOG + ":getView", _OTHER, _GET, sql.get_view),
    ((2, 0), "GET", _ARTIFACTS + ":list", _OTHER, _LIST, artifacts.list_artifacts),
    ((2, 0), "POST", _ARTIFACTS + ":upload", _OTHER, _CREATE, artifacts.upload_artifact),
    ((2, 0), "GET", _ARTIFACTS + ":getMetadata", _OTHER, _GET, artifacts.get_artifact),
    ((2, 0), "DELETE", _ARTIFACTS + ":delete", _OTHER, _DELETE, artifacts.delete_artifact),
)
