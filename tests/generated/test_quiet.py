"""Quiet after apply, whatever VVP makes of what it is sent: for every field of every schema.

Each habit of the sandbox is one by which real VVPs answer with something else than was sent.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generated.play import KINDS, Stage
from generated.rules import declared_of, differences
from generated.variants import thinned, variants
from passes.oracles import assert_no_secret_is_shown
from passes.world import World
from vpsync.planning.policy import Brakes
from vpsync.sandbox import SandboxOptions
from vpsync.settings import Settings

HABITS: Mapping[str, SandboxOptions] = {
    "masking": SandboxOptions(masks_sensitive_values=True),
    "canonical forms": SandboxOptions(canonical_quantities=True),
    "dropping": SandboxOptions(version="2.4.0", drops_newer_fields=True),
    "filling": SandboxOptions(fills_emptied=True, patch_applies_defaults=True),
    "all": SandboxOptions(
        version="2.6.0",
        masks_sensitive_values=True,
        canonical_quantities=True,
        drops_newer_fields=True,
        fills_emptied=True,
        render_nulls=False,
    ),
}
SEED = 1
DEPLOYMENTS = "/api/v1/namespaces/default/deployments"


PLAYED = [
    (*entry, habit)
    for entry in KINDS
    for habit in HABITS
    # A savepoint is taken once; and each habit by itself is played where manifests are in a cluster.
    if entry[0] != "VpSavepoint"
    and (habit == "all" or entry == ("VpDeployment", "v1beta2", "cluster"))
]


@pytest.mark.parametrize(("kind", "version", "mode", "habit"), PLAYED)
def test_a_world_is_quiet_after_a_change_and_drift_is_seen(
    kind: str, version: str, mode: str, habit: str
) -> None:
    chosen = thinned(variants(kind, version), 1, SEED)
    with _opened(mode, HABITS[habit]) as world:
        stage = Stage(world, mode, kind, version, chosen)
        _with_secrets(stage)
        refused = {*stage.put(stage.plain)}
        _assert_quiet(world)
        mark = world.mark()[0]
        refused |= {*stage.put([*stage.changed, *stage.born])}
        _assert_sent_once(world, mark)
        _assert_quiet(world)
        if kind == "VpDeployment":
            _assert_drift_is_seen(stage, refused)
        assert_no_secret_is_shown(world)


@contextmanager
def _opened(mode: str, options: SandboxOptions) -> Iterator[World]:
    settings = Settings(max_restarts=0, brakes=Brakes(force=True))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) if mode == "files" else None
        with World(place, replace(options, polls_per_transition=0), settings) as world:
            yield world


def _with_secrets(stage: Stage) -> None:
    """Each deployment has a secret in its configuration, too, which one VVP masks."""
    if stage.kind != "VpDeployment":
        return
    for documents, secret in ((stage.plain, 1), (stage.changed, 2), (stage.born, 3)):
        for document in documents:
            template = _at(document, "spec", "spec", "template", "spec")
            if isinstance(template.get("flinkConfiguration"), dict):
                template["flinkConfiguration"]["s3.secret-key"] = f"CANARY-{secret}"


def _at(document: Any, *path: str) -> dict[str, Any]:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _assert_quiet(world: World) -> None:
    """Three passes send nothing to either side, and look for nothing to send."""
    for _ in range(3):
        mark = world.mark()
        report = world.run()
        assert report.errors == ()
        refused = {r.manifest.key for r in report.results if r.outcome and not _is_applied(r)}
        writes = world.writes(mark)
        assert len(writes) <= len(refused), writes[:5]


def _is_applied(result: Any) -> bool:
    return type(result.outcome).__name__ == "Applied"


def _assert_sent_once(world: World, mark: int) -> None:
    """No object was sent a value of its own more often than once; a record is none."""
    counts = Counter(
        request.path
        for request in world.sandbox.mutations(mark)
        if request.method in ("PATCH", "PUT") and request.applied and not _only_notes(request.body)
    )
    assert {path: count for path, count in counts.items() if count > 1} == {}


def _only_notes(body: Any) -> bool:
    if not isinstance(body, dict) or body.keys() != {"metadata"}:
        return False
    return bool(body["metadata"].keys() == {"annotations"})


def _assert_drift_is_seen(stage: Stage, refused: set[str]) -> None:
    """What somebody changes in VVP, as far as VVP shows it, a preview would put back.

    Each deployment is changed to what its manifest declared before.
    """
    departed: dict[str, list[str]] = {}
    for plain, changed in zip(stage.plain, stage.changed, strict=True):
        name = plain["metadata"]["name"]
        spec = json.loads(json.dumps(_at(declared_of(plain), "spec")))
        for key in ("state", "deploymentTargetId", "deploymentTargetName"):
            spec.pop(key, None)
        before = _shown(stage.world, name)
        if name in refused or not before:
            continue
        stage.world.sandbox.call("PATCH", f"{DEPLOYMENTS}/{name}", {"spec": spec})
        declared, after = declared_of(changed), _shown(stage.world, name)
        new = {*differences(declared, after)} - {*differences(declared, before)}
        if new:
            departed[name] = sorted(new)
    pending = stage.changes()
    assert departed
    assert {name: new for name, new in departed.items() if name not in pending} == {}


def _shown(world: World, name: str) -> dict[str, Any]:
    """A deployment as VVP shows it."""
    status, body = world.sandbox.call("GET", f"{DEPLOYMENTS}/{name}")
    return dict(body) if status == 200 else {}
