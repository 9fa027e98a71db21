"""Whatever one tenant does, what is sent to VVP for the other is what would be sent without him.

Two worlds live through the same life of tenant ``team``; in one of them there is ``mallory``, too, who
may write any resource, annotation and status in his own Kubernetes namespace.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from builders import REMOVED, edited
from passes.scenario import LIBRARY
from passes.world import CONSENT, World
from vpsync.model.options import Adopt
from vpsync.model.resource import FINALIZER, annotation
from vpsync.planning.policy import Tenancy
from vpsync.settings import Settings

A, B, ADMIN = "team", "mallory", "platform"
SPACES = ("default", "play", "shared")
KINDS = ("target", "deployment", "savepoint", "namespace")
NAMES = {"target": "jobs", "deployment": "orders", "savepoint": "before-upgrade"}
PLACE = re.compile(r"/namespaces/v1/namespaces/([^/:?]+)|/v1(?:alpha1)?/namespaces/([^/:?]+)")
CHECKSUMS = re.compile(r'"(?:sum|uid|nonce|declared)\\*": ?\\*"[^"\\]*\\*"')

Document = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """What a tenant does before a pass; what makes no sense at the time is left out."""

    who: str
    verb: str
    """``create``, ``edit``, ``annotate``, ``status`` or ``delete``."""
    kind: str
    space: str
    elsewhere: str
    """The VVP namespace that a forged status or an id is about."""
    note: tuple[str, str]
    number: int


NOTES = st.sampled_from([
    ("adopt", "ID"), ("adopt", "default"), ("adopt", "play"), ("paused", "true"), ("paused", "yes"),
    ("management-policy", "Observe"), ("deletion-policy", "Delete"), ("deletion-policy", "Orphan"),
    ("delete-contents", "true"), ("drift", "maybe"), ("sync-mode", "replace"),
    ("ignore-fields", "spec"), ("savepoint", "now"), ("restart", "now"),
    ("owner", "x"), ("confirm-state-loss", "true"),
])  # fmt: skip


def moves(
    who: str, verbs: tuple[str, ...], spaces: tuple[str, ...] = SPACES
) -> st.SearchStrategy[Move]:
    """Moves of one tenant."""
    return st.builds(
        Move, st.just(who), st.sampled_from(verbs), st.sampled_from(KINDS[: 3 if who == A else 4]),
        st.sampled_from(spaces),
        st.sampled_from(spaces), NOTES, st.integers(1, 4),
    )  # fmt: skip


LIVES = st.lists(
    st.one_of(
        moves(A, ("create", "create", "edit", "delete")),
        moves(B, ("create", "create", "edit", "annotate", "status", "delete")),
    ),
    min_size=3,
    max_size=8,
)


@dataclass
class Life:
    """One world and what happens in it."""

    world: World

    def live(self, life: list[Move], by_hand: bool, without: str = "") -> None:
        """Plays the moves, each followed by a pass; ``by_hand`` puts unmarked objects in VVP before."""
        call = self.world.sandbox.call
        for name in SPACES[1:]:
            call("POST", "/namespaces/v1/namespaces", {"name": f"namespaces/{name}"})
        for name in SPACES if by_hand else ():
            place = f"/api/v1/namespaces/{name}"
            target = edited(LIBRARY["target"]["spec"], {"/metadata": {"name": "jobs"}})
            assert call("POST", f"{place}/deployment-targets", target)[0] < 300
            inner = edited(
                LIBRARY["deployment"]["spec"]["spec"],
                {"/deploymentTargetName": "jobs", "/template/spec/resources": REMOVED},
            )
            job = {"metadata": {"name": "orders"}, "spec": inner}
            assert call("POST", f"{place}/deployments", job)[0] < 300
        self.world.learn_names()
        for move in life:
            if move.who != without:
                self._play(move)
            self.world.run()
        for _ in range(2):
            self.world.run()

    def _play(self, move: Move) -> None:
        kind = LIBRARY[move.kind]["kind"]
        name = NAMES.get(move.kind, move.space)
        cluster = self.world.kubernetes
        there = cluster.find(kind, move.who, name) is not None
        if move.verb == "create" and not there:
            cluster.create(self._manifest(move, name))
            if move.who == B and move.number > 2:
                self._forge(move, kind, name)
        elif not there or move.verb == "create":
            return
        elif move.verb == "delete":
            if move.number % 2:
                cluster.edit(kind, move.who, name, {"metadata": {"annotations": CONSENT}})
            cluster.delete(kind, move.who, name)
        elif move.verb == "status":
            self._forge(move, kind, name)
        else:
            cluster.edit(kind, move.who, name, self._patch(move))

    def _forge(self, move: Move, kind: str, name: str) -> None:
        """Writes a status that names what the other tenant has."""
        identity = self._theirs(move)
        forged = {"id": identity, "namespace": move.elsewhere, "observedGeneration": 1}
        if move.kind == "savepoint":
            forged |= {"state": "COMPLETED", "deploymentId": identity}
        self.world.kubernetes.set_status(kind, move.who, name, forged)

    def _manifest(self, move: Move, name: str) -> Document:
        document = edited(
            LIBRARY[move.kind], {"/metadata/namespace": move.who, "/metadata/name": name}
        )
        if move.kind != "namespace":
            document = edited(document, {"/spec/metadata/namespace": move.space})
        if move.who == B:
            key, text = self._note(move)
            document["metadata"]["annotations"] = {key: text}
            document["metadata"]["finalizers"] = [FINALIZER]
        return document

    def _patch(self, move: Move) -> Document:
        if move.verb == "annotate":
            key, text = self._note(move)
            return {"metadata": {"annotations": {key: text}}}
        if move.kind == "deployment":
            return {"spec": {"spec": {"template": {"spec": {"parallelism": move.number}}}}}
        if move.kind == "namespace":
            return {"spec": {"roleBindings": [{"role": "owner", "members": [f"user:{move.who}"]}]}}
        moved = {"namespace": move.space} if move.who == B else {}
        return {"spec": {"metadata": {**moved, "labels": {"n": str(move.number)}}}}

    def _note(self, move: Move) -> tuple[str, str]:
        name, text = move.note
        return annotation(name), self._theirs(move) if text == "ID" else text

    def _theirs(self, move: Move) -> str:
        """The id of an object that the other tenant has in a VVP namespace."""
        look = self.world.sandbox.target if move.kind == "target" else self.world.sandbox.deployment
        found = look(move.elsewhere, NAMES.get(move.kind, "orders"))
        return str((found or {"metadata": {"id": "no-id"}})["metadata"]["id"])

    def sent(self, spaces: frozenset[str]) -> list[str]:
        """The requests for these VVP namespaces, with names in the place of ids."""
        told: list[str] = []
        for request in self.world.sandbox.requests:
            place = PLACE.search(request.path)
            if place is not None and (place[1] or place[2]) in spaces:
                text = json.dumps([request.query, request.body], sort_keys=True)
                told.append(
                    CHECKSUMS.sub("", self.world.named(f"{request.method} {request.path} {text}"))
                )
        return told

    def conditions(self) -> list[Any]:
        """What the statuses of tenant A say."""
        return [
            (one["kind"], c["type"], c["status"], c["reason"])
            for one in self.world.kubernetes.all()
            if one["metadata"].get("namespace") == A
            for c in (one.get("status") or {}).get("conditions") or ()
        ]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(
    life=LIVES,
    holders=st.lists(st.sampled_from([A, A, B, ""]), min_size=3, max_size=3),
    admins=st.sampled_from([None, frozenset({ADMIN})]),
    adopt=st.sampled_from(Adopt),
    by_hand=st.booleans(),
)
def test_what_one_tenant_does_changes_nothing_for_the_other(
    life: list[Move], holders: list[str], admins: frozenset[str] | None, adopt: Adopt, by_hand: bool
) -> None:
    allowed = {
        tenant: frozenset(
            space for space, holder in zip(SPACES, holders, strict=True) if holder == tenant
        )
        for tenant in (A, B)
    }
    tenancy = Tenancy(namespaces=allowed, admin_namespaces=admins)
    knobs = Settings(concurrency=1, tenancy=tenancy, adopt=adopt)
    with ExitStack() as stack:
        crowded, alone = (Life(stack.enter_context(World(settings=knobs))) for _ in range(2))
        crowded.live(life, by_hand)
        alone.live(life, by_hand, without=B)
        assert crowded.sent(allowed[A]) == alone.sent(allowed[A])
        assert crowded.conditions() == alone.conditions()
        assert crowded.sent(frozenset({"nobody", *SPACES}) - allowed[A] - allowed[B]) == []
