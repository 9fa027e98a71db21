"""What VVP documents that it refuses, and no schema can say.

A manifest with it is valid, and sent: VVP has the last word, and a release may be more generous than its
documentation. The offline check tells it before (VVP documentation, "Resources", "Kubernetes
Resources", "Deployments" and "Authorization").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from vpsync.kinds.job import RESTORE, TEMPLATE, UPGRADE
from vpsync.kinds.quantity import cpu_number, memory_bytes
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, Path, objects_in, pointer, value_at

LEAST_CPU = Decimal("0.1")
LEAST_MEMORY = {
    "jobmanager": ("500m", Decimal(10) ** 6 * 500),
    "taskmanager": ("1g", Decimal(10) ** 9),
}
"""The least that VVP takes, as it is written and in bytes."""

_UNIT = re.compile(r"[a-z]*$", re.IGNORECASE)
_MEMBER = re.compile(r"(user|group|system):.+")

_SPEC: Path = ("spec",)
_KUBERNETES: Path = (*_SPEC, *TEMPLATE, "spec", "kubernetes")
_RESOURCES: Path = (*_SPEC, *TEMPLATE, "spec", "resources")


def of_deployment(document: JsonObject) -> Iterator[Finding]:
    """What VVP refuses of a deployment; ``document`` has ``spec`` as the manifest has it."""
    yield from _resources(document)
    pods = value_at(document, (*_KUBERNETES, "pods"))
    for template in ("jobManagerPodTemplate", "taskManagerPodTemplate"):
        if pods and value_at(document, (*_KUBERNETES, template)):
            text = (
                "VVP refuses pod templates beside `pods`: move what `pods` has into the templates"
            )
            yield Finding(pointer((*_KUBERNETES, template)), text)
    kinds = (str(value_at(document, (*_SPEC, *path))).upper() for path in (UPGRADE, RESTORE))
    if tuple(kinds) == ("STATEFUL", "NONE"):
        text = (
            "VVP refuses NONE with the upgrade strategy STATEFUL: choose LATEST_STATE, or STATELESS"
        )
        yield Finding(pointer((*_SPEC, *RESTORE)), text)


def of_namespace(document: JsonObject) -> Iterator[Finding]:
    """What VVP refuses of the role bindings of a VVP namespace."""
    bindings: Path = (*_SPEC, "roleBindings")
    for number, binding in enumerate(objects_in(value_at(document, bindings))):
        members = binding.get("members")
        for at, member in enumerate(members if isinstance(members, list) else ()):
            if isinstance(member, str) and not _MEMBER.fullmatch(member):
                text = "must say what it is: user:NAME, group:NAME or system:authenticated"
                yield Finding(pointer((*bindings, number, "members", at)), text)


def _resources(document: JsonObject) -> Iterator[Finding]:
    resources = value_at(document, _RESOURCES)
    for name, least in LEAST_MEMORY.items():
        group = resources.get(name) if isinstance(resources, Mapping) else None
        if not isinstance(group, Mapping):
            continue
        if (refusal := _cpu_refusal(group.get("cpu"))) is not None:
            yield Finding(pointer((*_RESOURCES, name, "cpu")), refusal)
        if (refusal := _memory_refusal(group.get("memory"), *least)) is not None:
            yield Finding(pointer((*_RESOURCES, name, "memory")), refusal)


def _cpu_refusal(value: Json) -> str | None:
    try:
        cores = Decimal(str(cpu_number(value))) if value is not None else LEAST_CPU
    except ValueError:
        return None
    # What the Go operator left behind counts as absent.
    if cores >= LEAST_CPU or str(value) == "0":
        return None
    return f"is {cores.normalize():f} cores, and VVP wants at least {LEAST_CPU}"


def _memory_refusal(value: Json, least: str, least_bytes: Decimal) -> str | None:
    size = memory_bytes(value) if value is not None else None
    if size is None:
        return None
    match = _UNIT.search(str(value))
    unit = match[0] if match else ""
    if unit.lower() not in ("", "g", "m"):
        wanted = max(size, least_bytes)
        megabytes = (wanted / 10**6).to_integral_value(rounding="ROUND_CEILING")
        return (
            f"has the unit {unit!r}, and VVP knows only g and m, powers of ten: write {megabytes}m"
        )
    if size < least_bytes:
        meant = "" if unit else "a number without a unit is bytes; "
        return f"is less than VVP takes: {meant}write {least} or more"
    return None
