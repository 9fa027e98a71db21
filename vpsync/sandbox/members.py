"""The members of each request body, from the Application Manager swagger 2.4.3 to 2.7.1.

Members that the server sets (ids, times, `resourceVersion`, `status`) are accepted and ignored, as
every client that sends back what it read relies on. Minimum values come from the 1.x swagger and
the VVP page "Resources".
"""

from typing import Any

from vpsync.sandbox.errors import bad_request
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.shapes import (
    Shape,
    ShapeError,
    anything,
    boolean,
    discriminator,
    integer,
    list_of,
    map_of,
    matching,
    members,
    number,
    one_of,
    string,
)

_STRINGS = map_of(string)

METADATA: Shape = members(
    {
        "id": anything,
        "name": anything,
        "displayName": string,
        "namespace": anything,
        "labels": _STRINGS,
        "annotations": _STRINGS,
        "createdAt": anything,
        "modifiedAt": anything,
        "resourceVersion": anything,
    }
)
"""Metadata of everything but savepoints. The name is checked by the resource it belongs to."""

SAVEPOINT_METADATA: Shape = members(
    {
        "id": anything,
        "namespace": anything,
        "deploymentId": string,
        "jobId": anything,
        "origin": anything,
        "type": anything,
        "annotations": _STRINGS,
        "createdAt": anything,
        "modifiedAt": anything,
        "resourceVersion": anything,
    }
)

ARTIFACT: Shape = members(
    {
        "kind": discriminator("JAR", "SQLSCRIPT"),
        "jarUri": string,
        "sqlScript": string,
        "entryClass": string,
        "mainArgs": string,
        "additionalDependencies": list_of(string),
        "flinkVersion": string,
        "flinkImageRegistry": string,
        "flinkImageRepository": string,
        "flinkImageTag": string,
    }
)

RESOURCES: Shape = map_of(
    members({"cpu": number(0.1), "memory": matching(r"[0-9]+(\.[0-9]+)?[gGmM]?")})
)
"""`cpu` is a number from 0.1 on; `memory` a decimal with `g`, `m` or nothing behind it."""

LOGGING: Shape = members(
    {
        "loggingProfile": string,
        "log4j2ConfigurationTemplate": string,
        "log4jLoggers": _STRINGS,
    }
)

PODS: Shape = members(
    {
        "annotations": _STRINGS,
        "labels": _STRINGS,
        "nodeSelector": _STRINGS,
        "affinity": anything,
        "securityContext": anything,
        "tolerations": list_of(anything),
        "imagePullSecrets": list_of(anything),
        "envVars": list_of(members({"name": string, "value": string, "valueFrom": anything})),
        "volumeMounts": list_of(anything),
    }
)

KUBERNETES: Shape = members(
    {
        "pods": PODS,
        "labels": _STRINGS,
        "annotations": _STRINGS,
        "jobManagerPodTemplate": anything,
        "taskManagerPodTemplate": anything,
    }
)

DEPLOYMENT_SPEC: Shape = members(
    {
        "state": one_of("RUNNING", "SUSPENDED", "CANCELLED"),
        "deploymentTargetId": string,
        "deploymentTargetName": string,
        "sessionClusterName": string,
        "upgradeStrategy": members({"kind": discriminator("STATEFUL", "STATELESS", "NONE")}),
        "restoreStrategy": members(
            {
                "kind": discriminator("LATEST_STATE", "LATEST_SAVEPOINT", "NONE"),
                "allowNonRestoredState": boolean,
            }
        ),
        "maxSavepointCreationAttempts": integer(1),
        "maxJobCreationAttempts": integer(1),
        "jobFailureExpirationTime": string,
        "template": members(
            {
                "metadata": members({"annotations": _STRINGS}),
                "spec": members(
                    {
                        "artifact": ARTIFACT,
                        "parallelism": integer(1),
                        "numberOfTaskManagers": integer(1),
                        "resources": RESOURCES,
                        "flinkConfiguration": _STRINGS,
                        "logging": LOGGING,
                        "kubernetes": KUBERNETES,
                        "latestCheckpointFetchInterval": integer(0),
                    }
                ),
            }
        ),
    }
)
"""Also the `spec` of deployment defaults, of which any subset is allowed."""

TARGET_SPEC: Shape = members({"kubernetes": members({"namespace": string})})

SAVEPOINT_SPEC: Shape = members({"savepointLocation": string, "flinkSavepointId": string})

SECRET_SPEC: Shape = members({"kind": string, "value": string})

SESSION_SPEC: Shape = members(
    {
        "state": one_of("RUNNING", "STOPPED"),
        "deploymentTargetName": string,
        "flinkVersion": string,
        "flinkImageRegistry": string,
        "flinkImageRepository": string,
        "flinkImageTag": string,
        "numberOfTaskManagers": integer(1),
        "resources": RESOURCES,
        "flinkConfiguration": _STRINGS,
        "logging": LOGGING,
        "kubernetes": KUBERNETES,
    }
)

ROLE_BINDINGS: Shape = list_of(
    members({"role": one_of("viewer", "editor", "owner"), "members": list_of(string)})
)

_MODES = tuple(f"AUTOPILOT_MODE_{mode}" for mode in ("DISABLED", "MONITORING", "ACTIVE"))

AUTOPILOT_POLICY: Shape = members(
    {
        "name": anything,
        "mode": one_of(*_MODES),
        "modifyTime": anything,
        "autoscalerConfig": members(
            {
                "cooldownMinutes": integer(0),
                "minParallelism": integer(),
                "maxParallelism": integer(),
                "targetUtilization": integer(0),
                "extraConfig": _STRINGS,
            }
        ),
        "libraConfig": members(
            {"cooldownMinutes": integer(0), "extraConfig": _STRINGS, "policies": string}
        ),
    }
)


def conform(shape: Shape, value: Any, where: str, strict: bool) -> Any:
    """A clean copy of a part of a body; 400 with the path of the first misfit."""
    try:
        return shape(value, strict)
    except ShapeError as error:
        raise bad_request(f"Invalid request body: {error.inside(where)}") from None


def part(body: Any, key: str) -> JsonObject:
    """The object `body[key]`, empty when absent or null; 400 when it is something else."""
    if not isinstance(body, dict):
        raise bad_request("Invalid request body: must be an object")
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid request body: {key}: must be an object")
    return value


def patch_part(body: Any, key: str) -> JsonObject:
    """The merge patch `body[key]`, empty when absent; 400 for null, which would remove it all."""
    if isinstance(body, dict) and key in body and body[key] is None:
        raise bad_request(f"Invalid request body: {key} cannot be removed")
    return part(body, key)
