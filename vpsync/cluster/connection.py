"""Finds a cluster and its credentials as kubectl does, with exec plugins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vpsync.errors import SettingsError
from vpsync.redact.credentials import without_credentials

_IN_CLUSTER_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def connect(kubeconfig: str | None, context: str | None, user_agent: str, pool: int) -> Any:
    """An ``ApiClient`` of the official library; :class:`SettingsError` when there is no way to one.

    In this order: ``--kubeconfig``, ``$KUBECONFIG``, the service account of the pod, ``~/.kube/config``.
    """
    import yaml
    from kubernetes import client, config

    unusable = (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError)
    configuration = client.Configuration()
    try:
        if _in_pod(kubeconfig, context):
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(
                config_file=_existing(kubeconfig) or os.environ.get("KUBECONFIG"),
                context=context,
                client_configuration=configuration,
                persist_config=False,
            )
    except (config.ConfigException, *unusable) as error:
        raise SettingsError(f"the kubeconfig cannot be used: {_first_line(error)}") from error
    configuration.connection_pool_maxsize = pool
    configuration.retries = False
    api = client.ApiClient(configuration)
    api.user_agent = user_agent
    return api


def _in_pod(kubeconfig: str | None, context: str | None) -> bool:
    if kubeconfig or context or os.environ.get("KUBECONFIG"):
        return False
    return "KUBERNETES_SERVICE_HOST" in os.environ and _IN_CLUSTER_TOKEN.exists()


def _existing(kubeconfig: str | None) -> str | None:
    if kubeconfig and not Path(kubeconfig).is_file():
        raise SettingsError(f"--kubeconfig {kubeconfig}: there is no such file")
    return kubeconfig


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return without_credentials(lines[0]) if lines else type(error).__name__
