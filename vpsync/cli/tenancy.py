"""The file of ``--namespace-map``: which VVP namespaces each Kubernetes namespace may use."""

from __future__ import annotations

from pathlib import Path

from vpsync.errors import SettingsError
from vpsync.kinds.kind import SHORT_NAME


def namespace_map(name: str) -> dict[str, frozenset[str]]:
    """``kubernetes-namespace: [vvp-namespace, ...]``; :class:`SettingsError` for anything else.

    A map that cannot be read stops the run: without it nobody would be limited.
    """
    from vpsync.source.documents import documents
    from vpsync.source.events import UnreadableDocument

    try:
        values = [value for _, value in documents(Path(name).read_text(encoding="utf-8"))]
    except OSError as error:
        raise SettingsError(f"--namespace-map {name}: {error.strerror}") from error
    except (UnreadableDocument, UnicodeDecodeError) as error:
        raise SettingsError(f"--namespace-map {name}: {error}") from error
    if len(values) != 1 or not isinstance(values[0], dict):
        raise SettingsError(f"--namespace-map {name}: write one map of names to lists of names")
    for namespace, allowed in values[0].items():
        for vvp_namespace in (namespace, *(allowed if isinstance(allowed, list) else ())):
            if isinstance(vvp_namespace, str) and not SHORT_NAME.fullmatch(vvp_namespace):
                raise SettingsError(
                    f"--namespace-map {name}: {vvp_namespace!r} is no name of a namespace"
                )
        if not isinstance(allowed, list) or not all(isinstance(item, str) for item in allowed):
            raise SettingsError(f"--namespace-map {name}: {namespace} must have a list of names")
    return {namespace: frozenset(allowed) for namespace, allowed in values[0].items()}
