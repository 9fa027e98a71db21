"""Reads kubeconfigs as kubectl does: one file, or the list in ``$KUBECONFIG``.

The rules of a list are those of ``k8s.io/client-go/tools/clientcmd/loader.go``: the first file that
names a cluster, a user or a context gives all of it, the first ``current-context`` counts, and files
that are not there are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vpsync.cluster.entries import Cluster, Context, User, cluster_of, context_of, user_of
from vpsync.cluster.fields import Fields, unusable
from vpsync.errors import SettingsError

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class ResolvedContext:
    """A context with what it names."""

    name: str
    """The name of the context; empty for the cluster of the pod."""
    cluster: Cluster
    user: User
    user_name: str
    namespace: str = ""
    """That of requests that name none; empty where the context says nothing."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """One file, or several as one."""

    current: str = ""
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    contexts: Mapping[str, Context] = field(default_factory=dict)

    def before(self, other: Kubeconfig) -> Kubeconfig:
        """Both as one, where names stand in both by this one."""
        return Kubeconfig(
            self.current or other.current,
            {**other.clusters, **self.clusters},
            {**other.users, **self.users},
            {**other.contexts, **self.contexts},
        )

    def choose(self, context: str | None) -> ResolvedContext:
        """The named context, or the current one; :class:`SettingsError` where there is none."""
        name = context or self.current
        if not name:
            raise unusable("it has no current-context; name one with --context")
        chosen = self.contexts.get(name)
        if chosen is None:
            choices = ", ".join(sorted(self.contexts)) or "none"
            raise unusable(f"it has no context {name!r}; it has {choices}")
        cluster = self.clusters.get(chosen.cluster)
        if cluster is None:
            raise unusable(
                f"context {name!r} names the cluster {chosen.cluster!r}, which it does not define"
            )
        user = self.users.get(chosen.user, User())
        return ResolvedContext(name, cluster, user, chosen.user, chosen.namespace)


def read_kubeconfig(named: str | None, variable: str, home: Path) -> Kubeconfig:
    """The kubeconfig of a run.

    ``named`` is the file of the flag, ``variable`` the list in ``$KUBECONFIG``, ``home`` the folder in
    which ``.kube/config`` is the last resort. Raises :class:`SettingsError` where there is none.
    """
    if named:
        one = _read(Path(named))
        if one is None:
            raise SettingsError(f"--kubeconfig {named}: there is no such file")
        return one
    paths = paths_of(named, variable, home)
    files = [one for path in dict.fromkeys(paths) if (one := _read(path)) is not None]
    if not files:
        names = ", ".join(str(path) for path in paths)
        raise SettingsError(f"there is no kubeconfig ({names}); set KUBECONFIG or --kubeconfig")
    merged = Kubeconfig()
    for one in files:
        merged = merged.before(one)
    return merged


def paths_of(named: str | None, variable: str, home: Path) -> list[Path]:
    """Where a run looks for its kubeconfig, by the arguments of :func:`read_kubeconfig`."""
    if named:
        return [Path(named)]
    listed = [Path(path) for path in variable.split(os.pathsep) if path]
    return listed or [home / ".kube" / "config"]


def _read(path: Path) -> Kubeconfig | None:
    """The file; None where there is none."""
    try:
        content = path.read_text(encoding="utf-8")
        document = yaml.load(content, _Loader)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(f"{path}: {error.strerror or type(error).__name__}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Without the error itself: its text shows the line, which may be that of a token.
        raise unusable(f"{path}{_line(error)} is no YAML") from None
    if document is None:
        return Kubeconfig()
    if not isinstance(document, dict):
        raise unusable(f"{path} does not hold a map")
    return _parsed(Fields(str(path), document), Path(os.path.abspath(path)).parent)


def _parsed(fields: Fields, folder: Path) -> Kubeconfig:
    kind, version = fields.text("kind"), fields.text("apiVersion")
    if kind not in ("", "Config") or version not in ("", "v1"):
        raise unusable(f"{fields.where} is a {version} {kind}, not a kubeconfig")
    return Kubeconfig(
        fields.text("current-context"),
        _named(fields, "cluster", folder, cluster_of),
        _named(fields, "user", folder, user_of),
        _named(fields, "context", folder, context_of),
    )


def _named(
    fields: Fields, noun: str, folder: Path, parse: Callable[[Fields, Path], Entry]
) -> Mapping[str, Entry]:
    entries: dict[str, Entry] = {}
    for one in fields.each(f"{noun}s"):
        name = one.text("name")
        if name in entries:
            raise unusable(f"{fields.where} has two {noun}s {name!r}")
        members = one.fields(noun)
        entries[name] = parse(Fields(f"{noun} {name}", members.members if members else {}), folder)
    return entries


def _line(error: Exception) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f", line {mark.line + 1}," if mark is not None else ""


class _Loader(yaml.SafeLoader):
    """YAML as kubectl reads it: what looks like a date is a text."""


def _without_dates(resolvers: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    date = "tag:yaml.org,2002:timestamp"
    return {
        first: [(tag, pattern) for tag, pattern in known if tag != date]
        for first, known in resolvers.items()
    }


_Loader.yaml_implicit_resolvers = _without_dates(yaml.SafeLoader.yaml_implicit_resolvers)
