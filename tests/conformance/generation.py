"""Valid requests, made by chance from a specification and what it leaves unsaid.

A specification says which type a member has, not which values make sense: names that exist, words
of a polymorphic part, least amounts. That is said here, by definition and member.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.specifications import Json, Operation, Specification

DEPTH = 7
"""How deep a body may be."""


@dataclass(frozen=True)
class Place:
    """What a sandbox holds, to be named in requests."""

    deployment: str
    """The id of the running deployment `orders`."""
    job: str
    savepoint: str
    target: str
    """The id of the target `jobs`."""


@dataclass(frozen=True)
class Request:
    """A request to send."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any


Value = Callable[["Generator"], Any]
ABSENT = object()


class Generator:
    """Makes requests of one specification against one sandbox."""

    def __init__(self, specification: Specification, place: Place, chance: random.Random) -> None:
        self.place = place
        self.chance = chance
        self._definitions: Json = specification.document["definitions"]
        self._path = ""
        self._named = ""

    def request(self, operation: Operation) -> Request:
        """A valid request of an operation."""
        self._path, self._named = operation.path, ""
        pieces = operation.path.split("/")
        for number, piece in enumerate(pieces):
            if piece.startswith("{"):
                _, _, action = piece.partition("}")
                self._named = self._name_for(operation, pieces[number - 1])
                pieces[number] = self._named + action
        query = {
            name: self._query(name)
            for name, own in operation.query().items()
            if own.get("required") or name in _ALWAYS or self.chance.random() < 0.5
        }
        schema = operation.body
        if "{" not in operation.path.rpartition("/")[2]:
            self._named = f"new-{self.chance.randrange(10**6)}"
        body = None if schema is None else self._body(operation, schema)
        return Request(operation.method, "/".join(pieces), query, body)

    def name(self) -> str:
        """The name of the object that the request is about."""
        return self._named

    def full_name(self) -> str:
        """The fully qualified name of that object."""
        collection = self._path.partition("{ns}/")[2].partition("/")[0]
        within = f"namespaces/default/{collection}/" if collection else "namespaces/"
        return within + self._named

    def _name_for(self, operation: Operation, collection: str) -> str:
        if collection == "deployments":
            return self._deployment(operation)
        names = dict(_EXISTING)
        if operation.path.startswith("/namespaces/"):
            names["namespaces"] = "spare"
        if operation.method == "DELETE":
            names["deployment-targets"] = "unused"
        ids = {"savepoints": self.place.savepoint, "jobs": self.place.job}
        return (names | ids)[collection]

    def _deployment(self, operation: Operation) -> str:
        if not operation.path.startswith("/api/"):
            return self.place.deployment
        if operation.method == "DELETE":
            return "idle"
        return self.chance.choice(["orders", self.place.deployment])

    def _query(self, name: str) -> str:
        known = {
            "deploymentId": self.place.deployment,
            "jobId": self.place.job,
            "sessionClusterId": str(uuid.UUID(int=self.chance.getrandbits(128))),
            "labelSelector": self.chance.choice(["a=b", "a in (b,c)", "!a", "a!=b,c"]),
            "database": "default",
            "catalog": "vvp",
            "table": "t",
        }
        return known.get(name) or self.chance.choice(["true", "false"])

    def _body(self, operation: Operation, schema: Json) -> Any:
        if schema.get("$ref", "").endswith("/ObjectNode"):
            schema = {"$ref": "#/definitions/Deployment"}
        body = self._value(schema, 0)
        if operation.path.endswith("/deployments/{name}"):
            body["metadata"]["name"] = "orders"
        return body

    def _value(self, schema: Json, depth: int) -> Any:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name in _WHOLE:
                return _WHOLE[name](self)
            return self._object(name, self._definitions[name], depth)
        if "enum" in schema:
            return self.chance.choice([own for own in schema["enum"] if own != "UNRECOGNIZED"])
        kind = schema.get("type")
        if kind == "array":
            count = 0 if depth > DEPTH else self.chance.randrange(3)
            return [self._value(schema["items"], depth + 1) for _ in range(count)]
        if kind == "object":
            inner = schema.get("additionalProperties", {"type": "string"})
            return {key: self._value(inner, depth + 1) for key in self._keys()}
        return self._scalar(schema)

    def _scalar(self, schema: Json) -> Any:
        kind, form = schema.get("type"), schema.get("format")
        if kind == "boolean":
            return self.chance.random() < 0.5
        if kind == "integer":
            return self.chance.randrange(1, 1000)
        if kind == "number":
            return round(self.chance.uniform(0.1, 9), 2)
        if form == "uuid":
            return str(uuid.UUID(int=self.chance.getrandbits(128)))
        if form == "date-time":
            return "2023-05-04T09:12:33.120Z"
        return self.chance.choice(["a", "some text", "1.10", "yes", "", "é", "a: b", "${NAME}"])

    def _object(self, name: str, schema: Json, depth: int) -> Json:
        result: Json = {}
        for key, own in schema.get("properties", {}).items():
            hint = _MEMBERS.get((name, key)) or _MEMBERS.get(("*", key))
            always = (name, key) in _REQUIRED or ("*", key) in _REQUIRED
            if always or (depth <= DEPTH and self.chance.random() < 0.5):
                value = hint(self) if hint else self._value(own, depth + 1)
                if value is not ABSENT:
                    result[key] = value
        return result

    def _keys(self) -> list[str]:
        return self.chance.sample(["a", "b.c", "example.com/d", "E"], self.chance.randrange(4))


def _one(*values: Any) -> Value:
    return lambda generator: generator.chance.choice(values)


def _artifact(generator: Generator) -> Json:
    if generator.chance.random() < 0.3:
        return {"kind": "SQLSCRIPT", "sqlScript": "INSERT INTO a SELECT * FROM b"}
    extra = {"flinkVersion": "1.15", "entryClass": "org.example.Main", "mainArgs": "--a b"}
    kept = {key: own for key, own in extra.items() if generator.chance.random() < 0.5}
    return {"kind": "JAR", "jarUri": "s3://bucket/a.jar", **kept}


def _kubernetes(generator: Generator) -> Json:
    pods = {"labels": {"a": "b"}, "envVars": [{"name": "A", "value": "b"}], "tolerations": [{}]}
    container = {"name": "flink", "resources": {"limits": {"memory": "1Gi"}}}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    return generator.chance.choice([{}, {"pods": pods}, {"taskManagerPodTemplate": template}])


def _savepoint(generator: Generator) -> Json:
    both = {
        "savepointLocation": "s3://bucket/savepoint-1",
        "flinkSavepointId": str(uuid.UUID(int=generator.chance.getrandbits(128))),
    }
    return generator.chance.choice([{}, both])


_EXISTING = {
    "namespaces": "default",
    "deployment-targets": "jobs",
    "sessionclusters": "shared",
    "secret-values": "SECRET",
    "apitokens": "robot",
    "sqlscripts": "a",
    "udfartifacts": "a",
    "connectors": "a",
    "formats": "a",
    "catalog-connectors": "a",
    "catalogs": "vvp",
}
"""What there is to be named in a path, by the segment before it."""

_ALWAYS = frozenset({"database", "table", "view", "function"})
"""Parameters of a query that its operation makes no sense without."""

_ROLES = _one("viewer", "editor", "owner")
_WHOLE: dict[str, Value] = {
    "Artifact": _artifact,
    "KubernetesOptions": _kubernetes,
    "KubernetesTarget": lambda generator: {"namespace": "flink"},
    "SavepointSpec": _savepoint,
    "ResourceSpec": lambda generator: {"cpu": generator.chance.choice([1, 0.5]), "memory": "1g"},
}
"""Definitions of which only some combinations of members make sense."""

_MEMBERS: dict[tuple[str, str], Value] = {
    ("*", "namespace"): lambda generator: "default",
    ("DeploymentMetadata", "name"): Generator.name,
    ("DeploymentTargetMetadata", "name"): Generator.name,
    ("SecretValueMetadata", "name"): Generator.name,
    ("SessionClusterMetadata", "name"): Generator.name,
    ("DeploymentSpec", "deploymentTargetId"): lambda generator: generator.place.target,
    ("DeploymentSpec", "deploymentTargetName"): lambda generator: "jobs",
    ("DeploymentSpec", "sessionClusterName"): lambda generator: ABSENT,
    ("DeploymentRestoreStrategy", "kind"): _one("LATEST_STATE", "LATEST_SAVEPOINT", "NONE"),
    ("DeploymentUpgradeStrategy", "kind"): _one("STATEFUL", "STATELESS", "NONE"),
    ("SavepointMetadata", "deploymentId"): lambda generator: generator.place.deployment,
    ("SecretValue", "spec"): lambda generator: {"kind": "PLAIN", "value": "hidden"},
    ("SessionClusterSpec", "deploymentTargetName"): lambda generator: "jobs",
    ("RoleBinding", "role"): _ROLES,
    ("ApiToken", "role"): _ROLES,
    ("AutopilotPolicy", "mode"): _one("AUTOPILOT_MODE_ACTIVE", "AUTOPILOT_MODE_DISABLED"),
    **{
        (kind, "name"): Generator.full_name
        for kind in (
            *("Namespace", "ApiToken", "SqlScript", "UdfArtifact"),
            *("Connector", "Format", "CatalogConnector"),
        )
    },
}
"""Values of members that their type does not tell."""

_REQUIRED = frozenset(
    {
        *(("Deployment", key) for key in ("metadata", "spec")),
        *(("DeploymentTarget", key) for key in ("metadata", "spec")),
        *(("SessionCluster", key) for key in ("metadata", "spec")),
        *(("SecretValue", key) for key in ("metadata", "spec")),
        *(key for key in _MEMBERS if key[1] in ("name", "role", "mode")),
        ("DeploymentSpec", "deploymentTargetName"),
        ("DeploymentSpec", "template"),
        ("DeploymentTemplate", "spec"),
        ("DeploymentTemplateSpec", "artifact"),
        ("DeploymentTargetSpec", "kubernetes"),
        ("DeploymentRestoreStrategy", "kind"),
        ("Savepoint", "metadata"),
        ("SavepointMetadata", "deploymentId"),
        ("SessionClusterSpec", "deploymentTargetName"),
        ("SetPreviewSessionClusterRequest", "previewSessionClusterName"),
        ("Statement", "statement"),
    }
)
"""Members without which a request is refused."""
