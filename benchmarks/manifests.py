"""Deployments of a realistic size, in several VVP namespaces."""

from __future__ import annotations

from typing import Any

GROUP = "ververicaplatform.fintechstudios.com"


def deployment(number: int, namespaces: int, state: str = "RUNNING") -> dict[str, Any]:
    """A manifest of about 3 KB."""
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpDeployment",
        "metadata": {"name": f"job-{number:05d}", "labels": {"team": f"team-{number % 20}"}},
        "spec": {
            "deploymentTargetName": "jobs",
            "metadata": {
                "namespace": vvp_namespace(number, namespaces),
                "labels": {"team": f"team-{number % 20}", "tier": "gold"},
            },
            "spec": {
                "state": state,
                "upgradeStrategy": {"kind": "STATEFUL"},
                "restoreStrategy": {"kind": "LATEST_STATE", "allowNonRestoredState": False},
                "maxJobCreationAttempts": 4,
                "template": {"spec": _template(number)},
            },
        },
    }


def target(namespace: str) -> dict[str, Any]:
    """The target that the deployments of one VVP namespace run on."""
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpDeploymentTarget",
        "metadata": {"name": f"jobs-{namespace}"},
        "spec": {
            "metadata": {"name": "jobs", "namespace": namespace},
            "spec": {"kubernetes": {"namespace": "jobs"}},
        },
    }


def namespace(name: str) -> dict[str, Any]:
    """A VVP namespace."""
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpNamespace",
        "metadata": {"name": name},
        "spec": {"roleBindings": [{"role": "editor", "members": ["group:jobs"]}]},
    }


def vvp_namespace(number: int, namespaces: int) -> str:
    """The VVP namespace of a deployment."""
    return f"team-{number % namespaces}"


def fleet(count: int, namespaces: int, state: str = "RUNNING") -> list[dict[str, Any]]:
    """Everything that ``count`` deployments need, and they themselves."""
    names = [f"team-{number}" for number in range(namespaces)]
    return [
        *(namespace(name) for name in names),
        *(target(name) for name in names),
        *(deployment(number, namespaces, state) for number in range(count)),
    ]


def _template(number: int) -> dict[str, Any]:
    return {
        "artifact": {
            "kind": "JAR",
            "jarUri": f"s3://artifacts.example.com/jobs/job-{number:05d}-1.4.0.jar",
            "entryClass": "com.example.Job",
            "mainArgs": f"--topic events-{number} --parallel 4",
            "flinkVersion": "1.15",
        },
        "parallelism": 4,
        "numberOfTaskManagers": 2,
        "resources": {
            "jobmanager": {"cpu": "500m", "memory": "1G"},
            "taskmanager": {"cpu": 1.5, "memory": "4G"},
        },
        "flinkConfiguration": {
            f"pipeline.option-{index:02d}.value": f"some-value-{index}" for index in range(20)
        },
        "logging": {"log4jLoggers": {"": "INFO", "com.example": "DEBUG"}},
        "kubernetes": {
            "pods": {
                "labels": {"cost-center": "streams"},
                "envVars": [{"name": f"VARIABLE_{i}", "value": f"value {i}"} for i in range(8)],
                "nodeSelector": {"pool": "flink"},
            }
        },
    }
