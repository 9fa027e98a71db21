"""Attacks by names: what becomes a segment of an address must not lead anywhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builders import decided, manifest, planned, snapshot
from vpsync.errors import PlatformRejected, PlatformUnauthorized, SettingsError
from vpsync.export.declare import Exported
from vpsync.export.files import files_of
from vpsync.model.change import Change
from vpsync.model.decision import Invalid
from vpsync.model.observed import Observed, namespace_key
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.urls import url

from .attack import Attack, Bench

SEGMENTS = {
    "parent": "..",
    "self": ".",
    "empty": "",
    "slash": "a/../b",
    "backslash": "..\\b",
    "encoded-slash": "a%2f..%2fb",
    "encoded-dots": "%2e%2e",
    "query": "a?force=true",
    "fragment": "a#b",
    "line-break": "a\r\nX-Evil: 1",
    "nul": "a\x00b",
    "other-script": "а",
    "space": "a\u00a0b",
    "very-long": "a" * 301,
}
UUID = "6c0ad9b8-0b5f-4c1c-8d2e-1d5f0a3a2b1c"
FIELDS = {
    "target-name": ("VpDeploymentTarget", "/metadata/name"),
    "deployment-name": ("VpDeployment", "/metadata/name"),
    "vvp-namespace": ("VpDeployment", "/metadata/namespace"),
    "namespace-name": ("VpNamespace", "/metadata/name"),
}


def _is_no_segment(segment: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        with pytest.raises(PlatformRejected, match="nothing was sent"):
            url("http://vvp.example.com/api", ("v1", "namespaces", segment, "deployments"))

    return held


def _is_invalid(kind: str, place: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        for text in (*SEGMENTS.values(), UUID):
            if not text or (text == UUID and place.endswith("namespace")):
                continue
            resource = manifest(kind, edits={place: text})
            [decision] = planned(resource, vvp=snapshot()).decisions
            assert isinstance(decision, Invalid), (text, decision)

    return held


def _ids_in_statuses(bench: Bench) -> None:
    for text in SEGMENTS.values():
        forged = {"id": text, "namespace": text, "observedGeneration": 1}
        decision = decided(manifest(status=forged), snapshot())
        if isinstance(decision, Change):
            assert (decision.platform.namespace, decision.platform.name) == ("default", "orders")


def _token_with_a_line(bench: Bench) -> None:
    for text in ("a\r\nX-Evil: 1", "a\nb", "größe", "a\x00b"):
        with pytest.raises(PlatformUnauthorized) as told:
            Tokens({"APPMANAGER_API_TOKEN": text}).for_namespace("default")
        assert text not in str(told.value)


def _token_of_a_neighbour(bench: Bench) -> None:
    tokens = Tokens({"APPMANAGER_API_TOKEN_FINANCE": "of-finance-only"})
    for namespace in ("default", "finance2", "financ", "finance-eu"):
        assert tokens.for_namespace(namespace) is None


def _directory_elsewhere(bench: Bench) -> None:
    document = {"kind": "VpNamespace", "metadata": {"name": "x"}, "spec": {}}
    for name in ("../../etc", "/etc", "..", "a/b", ""):
        seen = Observed(namespace_key(name), name, {})
        with pytest.raises(SettingsError):
            files_of((Exported(seen, document),), bench.directory)


ATTACKS = (
    Attack(
        "export-into-another-directory",
        "VVP lists a namespace whose name is a path: export writes nothing outside of its directory.",
        _directory_elsewhere,
    ),
    *(
        Attack(
            f"segment-{name}",
            f"A name that is {name!r} gets as far as an address: nothing is sent.",
            _is_no_segment(text),
        )
        for name, text in SEGMENTS.items()
    ),
    *(
        Attack(
            f"path-by-{name}",
            f"A manifest's {name} leads out of its path, or looks like an id: it is invalid.",
            _is_invalid(*field),
        )
        for name, field in FIELDS.items()
    ),
    Attack(
        "path-by-status",
        "A status is forged with a path as its id: the object keeps its own name and namespace.",
        _ids_in_statuses,
    ),
    Attack(
        "token-with-a-line",
        "A token holds a line break to smuggle a header in: it is refused and not shown.",
        _token_with_a_line,
    ),
    Attack(
        "token-of-a-neighbour",
        "A VVP namespace is named almost like another: it does not get the other's token.",
        _token_of_a_neighbour,
    ),
)
