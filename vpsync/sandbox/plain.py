"""Plain collections of the Platform API: they are kept, listed and removed, and do nothing.

SQL scripts, UDF artifacts, connectors, formats and catalog connectors (Platform swagger 2.4.3 and
2.6.2). Names are fully qualified in bodies and bare in paths. Which references keep an object from
being changed or removed is not simulated: nothing refers to anything here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.errors import bad_request, conflict, not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import conform
from vpsync.sandbox.names import check_wide
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.shapes import Shape, anything, boolean, list_of, members, string
from vpsync.sandbox.space import Space

_PROPERTIES = list_of(
    members(
        {
            "key": string,
            "description": string,
            "defaultValue": string,
            "required": boolean,
            "definesFormat": boolean,
        }
    )
)
_PACKAGED: dict[str, Shape] = {
    "name": string,
    "type": string,
    "packaged": boolean,
    "dependencies": list_of(string),
    "properties": _PROPERTIES,
}
_TIMES: dict[str, Shape] = {"createTime": anything, "updateTime": anything}


@dataclass(frozen=True, slots=True)
class Plain:
    """One plain collection, and its operations."""

    collection: str
    """Its segment in paths and names, such as `sqlscripts`."""
    member: str
    """The member of an answer that holds one object; with an `s` behind it, that of a list."""
    table: dict[str, Shape]
    """What an object may have."""
    dated: bool = False
    """Whether VVP shows when an object was made and changed."""
    deleted: JsonObject = field(default_factory=dict)
    """The answer to a DELETE."""

    def list_all(self, platform: Platform, call: Call) -> Reply:
        """GET of all objects."""
        held = self._held(platform.space(call.namespace))
        shown = platform.arrange(list(held.values()))
        if not shown and platform.options.omit_empty_lists:
            return value_reply(200, {})
        return value_reply(200, {f"{self.member}s": shown})

    def create(self, platform: Platform, call: Call) -> Reply:
        """POST of a new object; 409 for a name that is taken."""
        space = platform.open_space(call.namespace)
        name, sent = self._sent(platform, space, call)
        held = self._held(space)
        if name in held:
            raise conflict(f"{self.member} '{name}' exists already.")
        now = {"createTime": platform.identity.now_millis()} if self.dated else {}
        held[name] = self._stamped(platform, sent | now)
        return value_reply(platform.options.platform_create_status, {self.member: held[name]})

    def get(self, platform: Platform, call: Call) -> Reply:
        """GET by name."""
        space = platform.space(call.namespace)
        return value_reply(200, {self.member: self._found(space, call.ref)})

    def put(self, platform: Platform, call: Call) -> Reply:
        """PUT: replaces what is there."""
        space = platform.open_space(call.namespace)
        before = self._found(space, call.ref)
        name, sent = self._sent(platform, space, call)
        if name != call.ref:
            raise bad_request(f"name must end with '/{call.ref}', as in the path.")
        kept = {key: before[key] for key in ("createTime",) if key in before}
        self._held(space)[name] = self._stamped(platform, sent | kept)
        return value_reply(200, {self.member: self._held(space)[name]})

    def delete(self, platform: Platform, call: Call) -> Reply:
        """DELETE by name."""
        space = platform.space(call.namespace)
        self._found(space, call.ref)
        del self._held(space)[call.ref]
        return value_reply(200, self.deleted)

    def referring(self, answer: JsonObject) -> Callable[[Platform, Call], Reply]:
        """GET of what refers to an object: always the `answer` that nothing does."""

        def get_referring(platform: Platform, call: Call) -> Reply:
            self._found(platform.space(call.namespace), call.ref)
            return value_reply(200, answer)

        return get_referring

    def _sent(self, platform: Platform, space: Space, call: Call) -> tuple[str, JsonObject]:
        sent: JsonObject = conform(members(self.table), call.body, self.member, platform.strict())
        prefix = f"namespaces/{space.name}/{self.collection}/"
        full = str(sent.get("name", ""))
        if not full.startswith(prefix):
            raise bad_request(f"name must have the form {prefix}<name>.")
        return check_wide(self.member, full.removeprefix(prefix)), sent

    def _stamped(self, platform: Platform, shown: JsonObject) -> JsonObject:
        return shown | {"updateTime": platform.identity.now_millis()} if self.dated else shown

    def _held(self, space: Space) -> dict[str, JsonObject]:
        return space.plain.setdefault(self.collection, {})

    def _found(self, space: Space, name: str) -> JsonObject:
        found = self._held(space).get(name)
        if found is None:
            raise not_found(self.member, name)
        return found


SQL_SCRIPTS = Plain(
    "sqlscripts",
    "sqlScript",
    {"name": string, "displayName": string, "description": string, "script": string, **_TIMES},
    dated=True,
)
UDF_ARTIFACTS = Plain(
    "udfartifacts",
    "udfArtifact",
    {
        "name": string,
        "jarUrl": string,
        "jarUpdateTime": anything,
        "udfClasses": list_of(anything),
        **_TIMES,
    },
    dated=True,
    deleted={"referencedClasses": []},
)
CONNECTORS = Plain(
    "connectors",
    "connector",
    {
        **_PACKAGED,
        "source": boolean,
        "sink": boolean,
        "lookup": boolean,
        "supportedFormats": list_of(string),
    },
    deleted={"affectedTables": []},
)
FORMATS = Plain(
    "formats",
    "format",
    {**_PACKAGED, "source": boolean, "sink": boolean},
    deleted={"affectedTables": []},
)
CATALOG_CONNECTORS = Plain(
    "catalog-connectors", "catalogConnector", {**_PACKAGED, "readOnly": boolean}
)
