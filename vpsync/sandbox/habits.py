"""What VVP makes of values that it was sent: why a read may show something else than was written.

Each habit is a switch of `SandboxOptions`. Nothing here changes its arguments.
"""

from collections.abc import Mapping
from typing import Any

from vpsync.sandbox.jsontext import JsonObject

MASK = "******"
"""What is shown of a sensitive value. Its form is unverified; it is that of Apache Flink."""

_SENSITIVE = (
    *("password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params"),
    *("service-key", "token", "basic-auth", "jaas.config", "http-headers"),
)
"""Parts of configuration keys that Apache Flink calls sensitive. VVP's own list is unverified."""

NEWER_FIELDS: dict[str, tuple[int, ...]] = {
    "jobFailureExpirationTime": (2, 7),
    "template/spec/artifact/additionalDependencies": (2, 4),
    "template/spec/kubernetes/annotations": (2, 15, 11),
    "template/spec/kubernetes/jobManagerPodTemplate": (2, 4),
    "template/spec/kubernetes/labels": (2, 6),
    "template/spec/kubernetes/pods/labels": (2, 1),
    "template/spec/kubernetes/taskManagerPodTemplate": (2, 4),
    "template/spec/latestCheckpointFetchInterval": (2, 11),
    "template/spec/logging/log4j2ConfigurationTemplate": (2, 1),
    "template/spec/logging/loggingProfile": (2, 1),
}
"""Members of a deployment's spec that came after 2.0, with their first release."""

NEWER_CLUSTER_FIELDS: dict[str, tuple[int, ...]] = {
    "kubernetes/annotations": (2, 15, 11),
    "kubernetes/labels": (2, 6),
}
"""Members of a session cluster's spec that came after 2.3."""

NEWER_METADATA: dict[str, tuple[int, ...]] = {"displayName": (2, 4)}
"""Members of a deployment's metadata that came after 2.0."""


def without_newer_fields(
    value: JsonObject, fields: Mapping[str, tuple[int, ...]], release: tuple[int, ...]
) -> JsonObject:
    """`value` without those of the `fields` that a release does not have yet."""
    for path, since in fields.items():
        if release < since:
            value = _without(value, path.split("/"))
    return value


def masked(spec: JsonObject) -> JsonObject:
    """`spec` of a deployment with the values of sensitive configuration keys hidden."""
    template = spec.get("template", {})
    own = template.get("spec", {})
    configuration = own.get("flinkConfiguration")
    if not configuration:
        return spec
    shown = {key: MASK if _sensitive(key) else value for key, value in configuration.items()}
    return {**spec, "template": {**template, "spec": {**own, "flinkConfiguration": shown}}}


def refilled(defaults: Any, value: Any) -> Any:
    """`value` with the default in place of every list and map that it has empty."""
    if value in ([], {}) and defaults:
        return defaults
    if not isinstance(defaults, dict) or not isinstance(value, dict):
        return value
    return {key: refilled(defaults.get(key), own) for key, own in value.items()}


def _sensitive(key: str) -> bool:
    return any(part in key.lower() for part in _SENSITIVE)


def _without(value: JsonObject, path: list[str]) -> JsonObject:
    first, *rest = path
    if first not in value:
        return value
    if not rest:
        return {key: own for key, own in value.items() if key != first}
    inner = value[first]
    return {**value, first: _without(inner, rest)} if isinstance(inner, dict) else value
