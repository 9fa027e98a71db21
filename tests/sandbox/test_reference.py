"""Every JSON example of the VVP reference: what it shows, the sandbox shows with the same type."""

from collections.abc import Callable
from typing import Any

import pytest

from .api import Api, Json, artifact

UUID = "11111111-2222-4333-8444-555555555555"
TIME = "2024-02-01T08:00:00.000000Z"
CONTROLLER = "com.dataartisans.appmanager.controller."


def misfits(example: Any, shown: Any, where: str = "$") -> list[str]:
    """Where `shown` lacks a member of `example` or has another JSON type there.

    `null` in an example wants the member to be there, whatever it holds. Arrays are compared by
    their first elements.
    """
    if example is None:
        return []
    if json_type(example) != json_type(shown):
        return [f"{where}: {shown!r} is not like {example!r}"]
    if isinstance(example, list):
        both = zip(example[:1], shown[:1] or [None], strict=False)
        return [flaw for one, other in both for flaw in misfits(one, other, f"{where}[0]")]
    found = []
    for key, value in example.items() if isinstance(example, dict) else ():
        if key in shown:
            found += misfits(value, shown[key], f"{where}.{key}")
        else:
            found.append(f"{where}.{key} is missing")
    return found


def json_type(value: Any) -> str:
    """The JSON type of a value; 1 and 1.0 are both numbers."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


NAMESPACE = {
    "namespace": {
        "name": "namespaces/billing",
        "roleBindings": [
            {"role": "owner", "members": ["group:admins"]},
            {"role": "editor", "members": ["group:editors", "user:ci@example.org"]},
            {"role": "viewer", "members": ["system:authenticated"]},
        ],
        "createTime": "2024-02-01T08:00:00.000Z",
        "lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE",
        "previewSessionClusterName": "previews",
    }
}

API_TOKEN = {
    "apiToken": {
        "name": "namespaces/default/apitokens/robot",
        "secret": UUID,
        "role": "owner",
        "createTime": "2024-02-01T08:00:00.000Z",
    }
}

TARGET = {
    "kind": "DeploymentTarget",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "jobs",
        "namespace": "default",
        "createdAt": TIME,
        "modifiedAt": TIME,
        "labels": {"stage": "live"},
        "annotations": {},
        "resourceVersion": 1,
    },
    "spec": {"kubernetes": {"namespace": "flink"}},
}

DEPLOYMENT: Json = {
    "kind": "Deployment",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "orders",
        "displayName": "All orders",
        "namespace": "default",
        "createdAt": TIME,
        "modifiedAt": TIME,
        "labels": {"team": "blue"},
        "annotations": {
            CONTROLLER + "deployment.spec.version": "2",
            CONTROLLER + "deployment.transitioning": "false",
        },
        "resourceVersion": 9,
    },
    "spec": {
        "state": "RUNNING",
        "deploymentTargetName": "jobs",
        "sessionClusterName": None,
        "upgradeStrategy": {"kind": "STATEFUL"},
        "restoreStrategy": {"kind": "LATEST_STATE", "allowNonRestoredState": False},
        "maxSavepointCreationAttempts": 4,
        "maxJobCreationAttempts": 4,
        "template": {
            "metadata": {"annotations": {"flink.queryable-state.enabled": "false"}},
            "spec": {
                "artifact": {
                    "kind": "JAR",
                    "jarUri": "s3://bucket/orders-2.jar",
                    "entryClass": "org.example.Main",
                    "mainArgs": "--env live",
                    "flinkVersion": "1.16",
                    "flinkImageRegistry": "images.example.org",
                    "flinkImageRepository": "flink",
                    "flinkImageTag": "1.16.1",
                },
                "parallelism": 4,
                "numberOfTaskManagers": 2,
                "resources": {
                    "jobmanager": {"cpu": 0.5, "memory": "1G"},
                    "taskmanager": {"cpu": 2.0, "memory": "4G"},
                },
                "flinkConfiguration": {"execution.checkpointing.interval": "30s"},
                "logging": {
                    "loggingProfile": "default",
                    "log4j2ConfigurationTemplate": None,
                    "log4jLoggers": {"": "WARN"},
                },
            },
        },
    },
    "status": {
        "state": "RUNNING",
        "running": {
            "jobId": UUID,
            "transitionTime": TIME,
            "conditions": [
                {
                    "type": "JobFailing",
                    "status": "False",
                    "message": "",
                    "reason": "",
                    "lastTransitionTime": TIME,
                    "lastUpdateTime": TIME,
                }
            ],
        },
    },
}

DEFAULTS = {
    "kind": "DeploymentDefaults",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "default",
        "namespace": "default",
        "createdAt": TIME,
        "modifiedAt": TIME,
        "resourceVersion": 3,
    },
    "spec": {
        "deploymentTargetName": "jobs",
        "upgradeStrategy": {"kind": "STATELESS"},
        "template": {
            "spec": {"parallelism": 2, "flinkConfiguration": {"restart-strategy": "none"}}
        },
    },
}

SESSION_CLUSTER = {
    "kind": "SessionCluster",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "previews",
        "namespace": "default",
        "annotations": {
            CONTROLLER + "references": '{"state":"OPEN","references":[]}',
            CONTROLLER + "sessioncluster.resources.acquired": "true",
        },
        "labels": {},
        "createdAt": TIME,
        "modifiedAt": TIME,
        "resourceVersion": 13,
    },
    "spec": {
        "state": "RUNNING",
        "deploymentTargetName": "jobs",
        "flinkVersion": "1.16",
        "flinkImageRegistry": "images.example.org",
        "flinkImageRepository": "flink",
        "flinkImageTag": "1.16.1",
        "numberOfTaskManagers": 2,
        "resources": {
            "jobmanager": {"cpu": 1, "memory": "1g"},
            "taskmanager": {"cpu": 1, "memory": "1g"},
        },
        "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "16"},
        "logging": {
            "loggingProfile": "default",
            "log4j2ConfigurationTemplate": None,
            "log4jLoggers": {"": "INFO"},
        },
    },
    "status": {"state": "RUNNING", "running": {"startedAt": TIME, "lastUpdateTime": TIME}},
}

SAVEPOINT = {
    "kind": "Savepoint",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "namespace": "default",
        "deploymentId": UUID,
        "jobId": UUID,
        "origin": "USER_REQUEST",
        "type": "FULL",
        "annotations": {CONTROLLER + "deployment.spec.version": "2"},
        "createdAt": TIME,
        "modifiedAt": TIME,
        "resourceVersion": 3,
    },
    "spec": {"savepointLocation": "s3://bucket/savepoints/1", "flinkSavepointId": UUID},
    "status": {"state": "COMPLETED"},
}

JOB = {
    "kind": "Job",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "namespace": "default",
        "deploymentId": UUID,
        "deploymentName": "orders",
        "annotations": {CONTROLLER + "deployment.spec.version": "2"},
        "createdAt": TIME,
        "modifiedAt": TIME,
        "resourceVersion": 5,
    },
    "spec": {
        "allowNonRestoredState": False,
        "parallelism": 4,
        "artifact": artifact(),
        "deploymentTarget": {"kubernetes": {"namespace": "flink"}},
        "flinkConfiguration": {},
        "resources": {},
    },
    "status": {
        "state": "STARTED",
        "started": {
            "startedAt": TIME,
            "flinkJobId": "11111111222243338444555555555555",
            "lastUpdateTime": TIME,
            "observedFlinkJobRestarts": 0,
            "observedFlinkJobStatus": "RUNNING",
        },
    },
}

EVENT = {
    "kind": "Event",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "STATE_TRANSITION_IS_COMPLETED",
        "namespace": "default",
        "deploymentId": UUID,
        "jobId": UUID,
        "createdAt": TIME,
        "resourceVersion": 1,
    },
    "spec": {"message": "The deployment is where it should be."},
}

SECRET = {
    "kind": "SecretValue",
    "apiVersion": "v1",
    "metadata": {
        "id": UUID,
        "name": "BROKER_PASSWORD",
        "namespace": "default",
        "labels": {},
        "annotations": {},
        "createdAt": TIME,
        "modifiedAt": TIME,
        "resourceVersion": 1,
    },
    "spec": {"kind": "PLAIN"},
}

SYSTEM_INFORMATION = {
    "kind": "SystemInformation",
    "apiVersion": "v1",
    "status": {
        "jvmVersion": "11.0.20",
        "revisionInformation": {
            "buildVersion": "2.8.0",
            "buildTime": "2024-01-01T00:00:00Z",
            "commitShaShort": "1234567",
            "commitShaLong": "1234567890",
        },
        "resourceQuota": {
            "kind": "ResourceQuota",
            "apiVersion": "v1",
            "spec": {"type": "UNLIMITED"},
            "status": {"used": {"cpu": 1.5}},
        },
    },
}


def sent(example: Json) -> Json:
    """The part of an example that a client may send: without what the server sets."""
    kept = ("name", "displayName", "labels")
    metadata = {key: example["metadata"][key] for key in kept if key in example["metadata"]}
    return {"metadata": metadata, "spec": example["spec"]}


def show_namespace(api: Api) -> Any:
    api.post(
        "/namespaces/v1/namespaces",
        {key: NAMESPACE["namespace"][key] for key in ("name", "roleBindings")},
    )
    api.post(
        "/namespaces/v1/namespaces/billing:setPreviewSessionCluster",
        {
            "name": "namespaces/billing",
            "previewSessionClusterName": "previews",
        },
    )
    return api.read("/namespaces/v1/namespaces/billing")


def show_token(api: Api) -> Any:
    body = {"name": API_TOKEN["apiToken"]["name"], "role": "owner"}
    return api.post("/apitokens/v1/namespaces/default/apitokens", body).json()


def show_target(api: Api) -> Any:
    return api.post("deployment-targets", sent(TARGET)).json()


def show_deployment(api: Api) -> Any:
    api.make_target()
    assert api.post("deployments", sent(DEPLOYMENT)).status_code == 201
    api.sandbox.settle()
    return api.read("deployments/orders")


def show_defaults(api: Api) -> Any:
    api.make_target()
    return api.patch("deployment-defaults", {"spec": DEFAULTS["spec"]}).json()


def show_session_cluster(api: Api) -> Any:
    api.make_target()
    assert api.post("sessionclusters", sent(SESSION_CLUSTER)).status_code == 201
    api.sandbox.settle()
    return api.read("sessionclusters/previews")


def show_savepoint(api: Api) -> Any:
    owner = api.make_running()["metadata"]["id"]
    made = api.post("savepoints", {"metadata": {"deploymentId": owner}}).json()
    api.sandbox.settle()
    return api.read(f"savepoints/{made['metadata']['id']}")


def show_job(api: Api) -> Any:
    running = api.make_running()
    return api.read(f"jobs/{running['status']['running']['jobId']}")


def show_event(api: Api) -> Any:
    api.make_running()
    named = {event["metadata"]["name"]: event for event in api.items("events")}
    return named["STATE_TRANSITION_IS_COMPLETED"]


def show_secret(api: Api) -> Any:
    body = {"metadata": {"name": "BROKER_PASSWORD"}, "spec": {"kind": "PLAIN", "value": "x"}}
    return api.post("secret-values", body).json()


def show_system_information(api: Api) -> Any:
    return api.read("/api/v1/status/system-info")


@pytest.mark.parametrize(
    ("example", "show"),
    [
        (NAMESPACE, show_namespace),
        (API_TOKEN, show_token),
        (TARGET, show_target),
        (DEPLOYMENT, show_deployment),
        (DEFAULTS, show_defaults),
        (SESSION_CLUSTER, show_session_cluster),
        (SAVEPOINT, show_savepoint),
        (JOB, show_job),
        (EVENT, show_event),
        (SECRET, show_secret),
        (SYSTEM_INFORMATION, show_system_information),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_member_of_a_reference_example_is_shown_with_its_type(
    api: Api, example: Json, show: Callable[[Api], Any]
) -> None:
    assert misfits(example, show(api)) == []


def test_what_was_sent_in_a_deployment_reads_back_as_it_was_sent(api: Api) -> None:
    shown = show_deployment(api)
    spec = shown["spec"]["template"]["spec"]
    wanted = DEPLOYMENT["spec"]["template"]["spec"]
    for key in ("artifact", "parallelism", "numberOfTaskManagers", "resources", "logging"):
        assert spec[key] == wanted[key]
    assert spec["flinkConfiguration"].items() >= wanted["flinkConfiguration"].items()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("deployments", "DeploymentList"),
        ("deployment-targets", "DeploymentTargetList"),
        ("sessionclusters", "SessionClusterList"),
        ("savepoints", "SavepointList"),
        ("jobs", "JobList"),
        ("events", "EventList"),
        ("secret-values", "SecretValueList"),
    ],
)
def test_a_list_of_the_application_manager_has_kind_empty_metadata_and_items(
    api: Api, path: str, kind: str
) -> None:
    shown = api.read(path)
    assert shown == {"kind": kind, "apiVersion": "v1", "metadata": {}, "items": []}


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/namespaces/v1/namespaces", "namespaces"),
        ("/apitokens/v1/namespaces/default/apitokens", "apiTokens"),
        ("/autopilot/v1alpha1/namespaces/default", "policies"),
    ],
)
def test_a_list_of_the_platform_has_one_member(api: Api, path: str, member: str) -> None:
    assert list(api.read(path)) == [member]


def test_the_plain_status_is_an_object(api: Api) -> None:
    assert isinstance(api.read("/api/v1/status"), dict)


def test_times_have_microseconds_in_the_application_manager_and_milliseconds_in_the_platform(
    api: Api,
) -> None:
    created = api.make_target()["metadata"]["createdAt"]
    assert len(created) == len("2024-02-01T08:00:00.000000Z")
    assert created.endswith("Z")
    space = api.read("/namespaces/v1/namespaces/default")["namespace"]
    assert len(space["createTime"]) == len("2024-02-01T08:00:00.000Z")
