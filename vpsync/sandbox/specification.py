"""The live specifications: `/swagger.json` (Platform), `/api/swagger.json`, and a page about them.

They are made from the sandbox's own table of operations and name what the played release has: paths,
methods, parameters. Schemas of bodies are left open. VVP's are larger, and OpenAPI 3 from 2.10.2 on.
"""

from collections.abc import Iterable
from html import escape

from vpsync.sandbox.access import Resource, Verb
from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.media import JSON, YAML
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.routes import Entry, Handler

_PLATFORM = "/swagger.json"
_MANAGER = "/api/swagger.json"


def specification_entries(table: Iterable[Entry]) -> tuple[Entry, ...]:
    """The operations that describe those of a table."""
    known = tuple(table)
    platform, manager = _document(known, False), _document(known, True)
    pages: tuple[tuple[str, Handler], ...] = (
        (_PLATFORM, platform),
        (_MANAGER, manager),
        ("/swagger", _page),
    )
    return tuple(((2, 0), "GET", path, Resource.LIVENESS, Verb.GET, own) for path, own in pages)


def _document(table: tuple[Entry, ...], manager: bool) -> Handler:
    def get_document(platform: Platform, call: Call) -> Reply:
        paths: dict[str, JsonObject] = {}
        for since, method, path, _, _, handler in table:
            if since <= platform.release and path.startswith("/api/") is manager:
                shown = path.replace("{ref}", "{name}").replace("{ns}", "{namespace}")
                name = getattr(handler, "__name__", "call")
                paths.setdefault(shown, {})[method.lower()] = _operation(method, shown, name)
        title = "Application Manager API" if manager else "Platform API"
        types = [JSON, YAML] if manager else [JSON]
        info = {"title": title, "version": platform.options.version}
        head = {"swagger": "2.0", "info": info, "consumes": types, "produces": types}
        return value_reply(200, {**head, "paths": paths})

    return get_document


def _operation(method: str, path: str, name: str) -> JsonObject:
    parts = [piece.partition("}")[0] for piece in path.split("{")[1:]]
    parameters: list[JsonObject] = [
        {"name": part, "in": "path", "required": True, "type": "string"} for part in parts
    ]
    if method in ("POST", "PUT", "PATCH"):
        parameters.append({"name": "body", "in": "body", "schema": {}})
    answer = {"200": {"description": "OK"}}
    return {"operationId": name, "parameters": parameters, "responses": answer}


def _page(platform: Platform, call: Call) -> Reply:
    version = escape(platform.options.version)
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in (_PLATFORM, _MANAGER))
    text = f"<!DOCTYPE html><title>VVP {version}</title><h1>VVP {version}</h1><ul>{links}</ul>"
    return Reply(200, text.encode(), content_type="text/html;charset=UTF-8")
