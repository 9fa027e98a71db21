"""Namespaces that were asked for and are not there: a list of nothing does not tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vpsync.errors import SettingsError

if TYPE_CHECKING:
    from vpsync.cluster.client import Reader


def require_namespaces(reader: Reader | None, names: Iterable[str]) -> None:
    """:class:`~vpsync.errors.SettingsError` where a namespace is known not to exist.

    For when nothing was found in them. An account that may not look is believed.
    """
    if reader is None:
        return
    for name in names:
        if reader.lacks_namespace(name):
            raise SettingsError(f"-n {name}: there is no such namespace in the cluster")
