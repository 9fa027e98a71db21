"""Global deployment defaults: the ones that VVP has by itself, and those of its playground.

Exports of public clients agree on the values of both; which of them come from the playground is told
by its Helm values. Whether the rest is built in or a preset of the user interface is unverified.
"""

from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.mergepatch import fill


def builtin_global_defaults() -> JsonObject:
    """The deployment defaults of a VVP whose administrator configured none."""
    return {
        "state": "RUNNING",
        "upgradeStrategy": {"kind": "STATEFUL"},
        "restoreStrategy": {"kind": "LATEST_STATE", "allowNonRestoredState": False},
        "maxSavepointCreationAttempts": 4,
        "maxJobCreationAttempts": 4,
        "template": {
            "metadata": {
                "annotations": {
                    "flink.queryable-state.enabled": "false",
                    "flink.security.ssl.enabled": "false",
                }
            },
            "spec": {
                "parallelism": 1,
                "resources": {
                    "jobmanager": {"cpu": 1.0, "memory": "1G"},
                    "taskmanager": {"cpu": 1.0, "memory": "2G"},
                },
                "flinkConfiguration": {
                    "execution.checkpointing.interval": "10s",
                    "execution.checkpointing.min-pause": "10s",
                    "web.cancel.enable": "false",
                },
                "logging": {"loggingProfile": "default", "log4jLoggers": {"": "INFO"}},
            },
        },
    }


def playground_global_defaults() -> JsonObject:
    """The deployment defaults of the vendor's playground, over those that are built in."""
    group = {"cpu": 0.5, "memory": "1G"}
    own: JsonObject = {
        "state": "RUNNING",
        "template": {
            "spec": {
                "resources": {"jobmanager": group, "taskmanager": group},
                "flinkConfiguration": {
                    "execution.checkpointing.externalized-checkpoint-retention": (
                        "RETAIN_ON_CANCELLATION"
                    ),
                    "execution.checkpointing.interval": "10s",
                    "high-availability": "vvp-kubernetes",
                    "metrics.reporter.prom.class": (
                        "org.apache.flink.metrics.prometheus.PrometheusReporter"
                    ),
                    "state.backend": "filesystem",
                    "taskmanager.memory.managed.fraction": "0.0",
                },
                "kubernetes": {
                    "pods": {
                        "annotations": {
                            "prometheus.io/port": "9249",
                            "prometheus.io/scrape": "true",
                        }
                    }
                },
            }
        },
    }
    merged: JsonObject = fill(builtin_global_defaults(), own)
    return merged


def global_defaults(name: str) -> JsonObject:
    """The global deployment defaults that go by that name: `playground`, or those built in."""
    return playground_global_defaults() if name == "playground" else builtin_global_defaults()
