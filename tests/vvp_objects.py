"""What somebody made at VVP's user interface, ordinary and odd."""

from __future__ import annotations

from typing import Any

from fakes.patches import merge
from vpsync.sandbox import Sandbox

Document = dict[str, Any]

ARTIFACT = {"kind": "JAR", "jarUri": "s3://jobs/orders-1.jar"}

ODD: dict[str, Document] = {
    "plain": {},
    "unicode-labels": {"metadata": {"labels": {"tëam": "ördérs", "日本": "🙂", "empty": ""}}},
    "words-that-yaml-knows": {
        "metadata": {"labels": {"on": "off", "y": "1e3", "~": "null", "a/b~c": "0x10"}},
    },
    "display-name": {"metadata": {"displayName": "Orders: all of # them\n'x' \"y\""}},
    "empty-maps": {
        "metadata": {"labels": {}, "annotations": {}},
        "spec": {"template": {"spec": {"kubernetes": {"pods": {"labels": {}}, "labels": {}}}}},
    },
    "numbers-as-configuration": {
        "spec": {"template": {"spec": {"flinkConfiguration": {"a": 1, "b": 0.5, "c": True, "d": ""}}}}
    },
    "no-state-to-keep": {
        "spec": {"upgradeStrategy": {"kind": "stateless"}, "restoreStrategy": {"kind": "none"}}
    },
    "cancelled": {"spec": {"state": "CANCELLED"}},
    "quantities": {
        "spec": {"template": {"spec": {"resources": {
            "taskmanager": {"cpu": 0.1, "memory": "1500M"}, "jobmanager": {"cpu": 2.0, "memory": "1g"},
        }}}}
    },
    "pods": {
        "spec": {"template": {"spec": {"kubernetes": {"pods": {
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "volumeMounts": [{"name": "v", "volume": {"name": "v", "emptyDir": {}},
                              "volumeMount": {"name": "v", "mountPath": "/v"}}],
            "envVars": [],
        }}}}}
    },
    "pod-templates": {
        "spec": {"template": {"spec": {"kubernetes": {"taskManagerPodTemplate": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "args": []}]},
        }}}}}
    },
    "loggers": {
        "spec": {"template": {"spec": {"logging": {
            "loggingProfile": "custom", "log4jLoggers": {"": "WARN", "org.example": "DEBUG"},
            "log4j2ConfigurationTemplate": "<x>\n  {{deploymentName}}\n</x>\n",
        }}}}
    },
    "sql": {
        "spec": {"template": {"spec": {"artifact": {
            "kind": "SQLSCRIPT", "sqlScript": "CREATE TABLE a (x INT);\n\n  INSERT INTO b\tSELECT 1;\n",
            "jarUri": None, "additionalDependencies": ["s3://a/b.jar"],
        }}}}
    },
    "session": {"spec": {"sessionClusterName": "shared", "deploymentTargetName": None}},
    "secrets": {
        "spec": {"template": {"spec": {
            "artifact": {"mainArgs": "--rate 1 --db-password CANARY"},
            "flinkConfiguration": {"s3.secret-key": "CANARY", "s3.endpoint": "https://u:CANARY@s3/"},
            "kubernetes": {"pods": {"envVars": [{"name": "A", "value": "CANARY"}]}},
        }}}
    },
}  # fmt: skip
"""What deployments may hold, as merge patches of an ordinary one."""


def deployment(name: str, patch: Document | None = None) -> Document:
    plain = {
        "metadata": {"name": name},
        "spec": {
            "state": "RUNNING",
            "deploymentTargetName": "VVP_Jobs",
            "template": {"spec": {"artifact": ARTIFACT}},
        },
    }
    merged: Document = merge(plain, patch or {})
    return merged


def made(vvp: Sandbox, collection: str, body: Document, namespace: str = "default") -> Document:
    """What somebody made at VVP's user interface."""
    status, answer = vvp.call("POST", f"/api/v1/namespaces/{namespace}/{collection}", body)
    assert status in (200, 201), answer
    found: Document = answer
    return found


def fill(vvp: Sandbox, namespace: str = "default") -> None:
    target = {"metadata": {"name": "VVP_Jobs", "labels": {"é": "1e3"}, "annotations": {"a": "b"}}}
    made(
        vvp,
        "deployment-targets",
        {**target, "spec": {"kubernetes": {"namespace": "flink"}}},
        namespace,
    )
    cluster = {"state": "RUNNING", "deploymentTargetName": "VVP_Jobs", "flinkVersion": "1.15"}
    made(vvp, "sessionclusters", {"metadata": {"name": "shared"}, "spec": cluster}, namespace)
