"""A plan in the form that the VVP at hand takes: references by name, where the manifests have them so."""

from __future__ import annotations

from vpsync.model.releases import TARGETS_BY_NAME
from vpsync.planning.diff.references import refers_by_name
from vpsync.planning.plan import Plan, with_names
from vpsync.ververica.client import Client
from vpsync.ververica.probe import known_release


def named(planned: Plan, client: Client) -> Plan:
    """The plan for this VVP, whose version is asked for once, and only where a name is to be sent."""
    first = next(filter(refers_by_name, planned.changes), None)
    if first is None:
        return planned
    release = known_release(client, first.platform.namespace)
    return with_names(planned) if release is not None and release >= TARGETS_BY_NAME else planned
