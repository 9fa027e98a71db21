"""SQL statements, and the built-in catalog with the tables and views that they make.

A statement is judged by its first words. `CREATE` and `DROP` of a table or view have an effect, so that
a namespace can hold them; everything else is taken and does nothing (Platform swagger 2.7.1).
"""

import re
from collections.abc import Collection, Iterable

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.errors import bad_request, not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.space import Space

CATALOG = "vvp"
DATABASE = "default"
_VALID = {
    "INSERT": "VALID_INSERT_QUERY",
    "SELECT": "VALID_SELECT_QUERY",
    "CREATE": "VALID_DDL_STATEMENT",
    "ALTER": "VALID_DDL_STATEMENT",
    "DROP": "VALID_DDL_STATEMENT",
    "SHOW": "VALID_COMMAND_STATEMENT",
    "DESCRIBE": "VALID_COMMAND_STATEMENT",
    "EXPLAIN": "VALID_COMMAND_STATEMENT",
    "USE": "VALID_COMMAND_STATEMENT",
    "SET": "VALID_COMMAND_STATEMENT",
}
_TABLE = re.compile(
    r"(CREATE|DROP)\s+(?:TEMPORARY\s+)?(TABLE|VIEW)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?([`\w.]+)",
    re.IGNORECASE,
)


def validate(platform: Platform, call: Call) -> Reply:
    """POST of `sqlscripts:validate`: 200 also for a statement that is not valid."""
    platform.space(call.namespace)
    statement = _statement(call.body)
    found = _VALID.get(_first(statement))
    if found is None:
        body: JsonObject = {"validationResult": "VALIDATION_RESULT_INVALID_QUERY"}
        return value_reply(200, body | {"errorDetails": _error(statement)})
    return value_reply(200, {"validationResult": f"VALIDATION_RESULT_{found}"})


def execute(platform: Platform, call: Call) -> Reply:
    """POST of `sqlscripts:execute` with one statement."""
    return value_reply(200, _run(platform.open_space(call.namespace), _statement(call.body)))


def execute_multi(platform: Platform, call: Call) -> Reply:
    """POST of `sqlscripts:execute-multi`; after an error the rest is skipped if so asked."""
    space = platform.open_space(call.namespace)
    if not isinstance(call.body, list) or not all(isinstance(own, str) for own in call.body):
        raise bad_request("Invalid request body: must be an array of strings")
    answers: list[JsonObject] = []
    stopped = False
    for statement in call.body:
        answer = {"result": "RESULT_SKIPPED"} if stopped else _run(space, statement)
        answers.append(answer)
        failed = answer["result"] == "RESULT_ERROR_WITH_DETAILS"
        stopped = stopped or (failed and call.flag("stopOnError", True))
    return value_reply(200, {"responses": answers})


def suggest(platform: Platform, call: Call) -> Reply:
    """POST of `sqlscripts:suggest`: it knows no completions."""
    platform.space(call.namespace)
    return value_reply(200, {"completions": []})


def list_catalogs(platform: Platform, call: Call) -> Reply:
    """GET of the catalogs: the one that is built in."""
    space = platform.space(call.namespace)
    return value_reply(200, {"catalogs": [_catalog(space)]})


def get_catalog(platform: Platform, call: Call) -> Reply:
    """GET of a catalog by name."""
    return value_reply(200, {"catalog": _catalog(_space(platform, call))})


def list_databases(platform: Platform, call: Call) -> Reply:
    """GET of the databases of a catalog."""
    _space(platform, call)
    return value_reply(200, {"databases": [{"name": DATABASE}]})


def get_database(platform: Platform, call: Call) -> Reply:
    """GET of a database by name."""
    _database(platform, call)
    return value_reply(200, {"database": {"name": DATABASE}})


def list_tables(platform: Platform, call: Call) -> Reply:
    """GET of the tables of a catalog, of one of its databases if the query names it."""
    return _listed("tables", _queried(platform, call).tables)


def get_table(platform: Platform, call: Call) -> Reply:
    """GET of a table by name."""
    return _named("table", call, _database(platform, call).tables)


def list_functions(platform: Platform, call: Call) -> Reply:
    """GET of the functions of a catalog: none."""
    _space(platform, call)
    return value_reply(200, {"functions": []})


def list_views(platform: Platform, call: Call) -> Reply:
    """GET of the views of a catalog (2.6+), of one of its databases if the query names it."""
    return _listed("views", _queried(platform, call).views)


def get_view(platform: Platform, call: Call) -> Reply:
    """GET of a view by name (2.6+)."""
    return _named("view", call, _database(platform, call).views)


def get_function(platform: Platform, call: Call) -> Reply:
    """GET of a function: 404, as there are none."""
    _database(platform, call)
    raise not_found("Function", call.query.get("function", ""))


def _queried(platform: Platform, call: Call) -> Space:
    return _database(platform, call) if "database" in call.query else _space(platform, call)


def _listed(member: str, names: Iterable[str]) -> Reply:
    return value_reply(200, {member: [{"name": name} for name in names]})


def _named(member: str, call: Call, names: Collection[str]) -> Reply:
    name = call.query.get(member, "")
    if name not in names:
        raise not_found(member.capitalize(), name)
    return value_reply(200, {member: {"name": name}})


def _statement(body: object) -> str:
    statement = body.get("statement") if isinstance(body, dict) else None
    if not isinstance(statement, str):
        raise bad_request("statement is required.")
    return statement


def _run(space: Space, statement: str) -> JsonObject:
    if _first(statement) not in _VALID:
        return {"result": "RESULT_ERROR_WITH_DETAILS", "errorMessage": _error(statement)}
    if found := _TABLE.match(statement.strip()):
        name = found[3].replace("`", "").rpartition(".")[2]
        held = space.tables if found[2].upper() == "TABLE" else space.views
        if found[1].upper() == "CREATE":
            held[name] = None
        else:
            held.pop(name, None)
    return {"result": "RESULT_SUCCESS"}


def _first(statement: str) -> str:
    return (statement.split() or [""])[0].upper()


def _error(statement: str) -> JsonObject:
    return {
        "message": f"SQL parse failed. Encountered {_first(statement)!r}.",
        "lineNumber": 1,
        "columnNumber": 1,
        "endLineNumber": 1,
        "endColumnNumber": max(len(_first(statement)), 1),
    }


def _catalog(space: Space) -> JsonObject:
    return {"name": f"namespaces/{space.name}/catalogs/{CATALOG}", "properties": {}}


def _space(platform: Platform, call: Call) -> Space:
    space = platform.space(call.namespace)
    if call.ref != CATALOG:
        raise not_found("Catalog", call.ref)
    return space


def _database(platform: Platform, call: Call) -> Space:
    space, name = _space(platform, call), call.query.get("database", "")
    if name != DATABASE:
        raise not_found("Database", name)
    return space
