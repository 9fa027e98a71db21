"""Anything may follow anything: edits, deletions, drift, faults, crashes, a second instance.

Beside the world in which things go wrong stands a calm one, where the same people do the same things
and each is done before the next. In the end both worlds hold the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from faults.instances import Instances
from faults.play import GRACE_SECONDS, PASSES, assert_equal, comparable
from faults.schedule import Company, Mishap
from faults.trap import Trap
from faults.trials import Trials
from faults.troubles import CRASHES, FAULTS, STALE
from passes.oracles import (
    assert_no_secret_is_shown,
    assert_nothing_to_do,
    assert_quiet,
    assert_statuses_are_lawful,
)
from passes.scenario import manifest
from passes.world import Document, World, applied_to, text_of
from vpsync.kinds import BY_NAME
from vpsync.settings import Settings

SHORT = {
    "VpNamespace": "namespace", "VpDeploymentTarget": "target", "VpDeployment": "deployment",
    "VpSavepoint": "savepoint",
}  # fmt: skip
EDITS: dict[str, list[Document]] = {
    "VpNamespace": [
        {"spec": {"roleBindings": [{"role": "owner", "members": ["group:a"]}]}},
        {"spec": {"roleBindings": []}},
    ],
    "VpDeploymentTarget": [
        {"spec": {"metadata": {"labels": {"team": "others"}}}},
        {"spec": {"metadata": {"labels": {"team": None}}}},
    ],
    "VpDeployment": [
        {"spec": {"spec": {"template": {"spec": {"parallelism": 5}}}}},
        {"spec": {"spec": {"template": {"spec": {"flinkConfiguration": {"a": "b"}}}}}},
        {"spec": {"spec": {"template": {"spec": {"flinkConfiguration": {"a": None}}}}}},
        {"spec": {"spec": {"state": "CANCELLED"}}},
        {"spec": {"spec": {"state": "RUNNING"}}},
    ],
}
KINDS = st.sampled_from(sorted(SHORT))
TROUBLES = st.sampled_from([*CRASHES, *FAULTS, *STALE])
MISHAPS = st.lists(st.builds(Mishap, st.integers(1, 30), TROUBLES, st.booleans()), max_size=3)
COMPANY = st.builds(Company, st.just(1), st.integers(1, 25), st.integers(0, 25))


class Life(RuleBasedStateMachine):
    """Two worlds that live through the same, one of them on a bad day."""

    steps = 0
    """Of all lives together."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(World(settings=Settings(concurrency=1)))
        self.calm = self.stack.enter_context(World(settings=Settings(concurrency=1)))
        self.asked: Counter[str] = Counter()
        """How often somebody created a resource, by VVP's word for its kind."""
        self.trap = Trap(self.world, (), remembers=True)
        self.instances = Instances(self.world, self.trap)

    @initialize()
    def a_team_begins(self) -> None:
        """Somebody creates what most teams have."""
        for kind in ("VpDeploymentTarget", "VpDeployment"):
            self._create(kind)

    @rule(kind=KINDS)
    def create(self, kind: str) -> None:
        """Somebody creates what is not there, in either world."""
        name = manifest(SHORT[kind])["metadata"]["name"]
        if not any(world.find(kind, name) for world in (self.world, self.calm)):
            self._create(kind)

    @rule(kind=st.sampled_from(sorted(EDITS)), number=st.integers(0, 4))
    def edit(self, kind: str, number: int) -> None:
        """Somebody changes a resource that is there to stay."""
        name = manifest(SHORT[kind])["metadata"]["name"]
        patch = EDITS[kind][number % len(EDITS[kind])]
        if self._stays(kind, name):
            self._both(lambda world: world.edit(kind, name, patch))

    @rule(kind=KINDS)
    def delete(self, kind: str) -> None:
        """Somebody deletes a resource."""
        name = manifest(SHORT[kind])["metadata"]["name"]
        if not self._stays(kind, name):
            return
        # A target in use stays, and stays as it was; one that is going may be taken into use until it
        # is gone. So both worlds have to be as far, before and after.
        is_target = kind == "VpDeploymentTarget"
        if is_target:
            self.heal()
        self._both(lambda world: world.delete(kind, name, confirmed=True))
        if is_target and self.world.kubernetes.all():
            self.heal()

    @rule(parallelism=st.integers(1, 9))
    def drift(self, parallelism: int) -> None:
        """Somebody changes a deployment in VVP by hand."""
        patch = {"spec": {"template": {"spec": {"parallelism": parallelism}}}}
        if all(world.sandbox.deployment("default", "orders") for world in (self.world, self.calm)):
            self._both(lambda world: world.sandbox.edit_deployment("default", "orders", patch))

    @rule(mishaps=MISHAPS, company=st.none() | COMPANY)
    def bad_pass(self, mishaps: list[Mishap], company: Company | None) -> None:
        """A pass in which things go wrong, alone or with another instance."""
        self.trap.set(tuple(mishaps))
        self.instances.run(company)
        self.trap.set(())

    @rule()
    def vvp_goes_on(self) -> None:
        """VVP completes what is under way, and some time passes."""
        self.world.sandbox.settle()
        self.world.clock.advance(GRACE_SECONDS)

    @rule()
    @precondition(lambda self: self.world.kubernetes.all())
    def heal(self) -> None:
        """All is well for a while."""
        self._converge(self.instances.run, self.world)
        assert_statuses_are_lawful(self.world)

    @invariant()
    def nothing_comes_into_being_more_often_than_somebody_asked_for(self) -> None:
        """One resource is one object, however often its creation was begun."""
        type(self).steps += 1
        for place, count in applied_to(self.world, "POST").items():
            assert count <= self.asked[place.partition("/")[0]], (
                f"{place} was created {count} times"
            )

    def teardown(self) -> None:
        """In the end both worlds hold the same, and the bad one is quiet."""
        try:
            self._converge(self.instances.run, self.world)
            assert_equal(_end(self.world), _end(self.calm))
            assert_quiet(self.world)
            assert_nothing_to_do(self.world)
            assert_statuses_are_lawful(self.world)
            assert_no_secret_is_shown(self.world)
        finally:
            self.stack.close()

    def _create(self, kind: str) -> None:
        self.asked[BY_NAME[kind].collection] += 1
        self._both(lambda world: world.create(manifest(SHORT[kind])))

    def _both(self, act: Callable[[World], object]) -> None:
        for world in (self.world, self.calm):
            act(world)
        self._converge(lambda: bool(self.calm.run()) and False, self.calm)

    def _stays(self, kind: str, name: str) -> bool:
        found = [world.find(kind, name) for world in (self.world, self.calm)]
        return all(one and "deletionTimestamp" not in one["metadata"] for one in found)

    def _converge(self, run: Callable[[], bool], world: World) -> None:
        quiet = 0
        for _ in range(PASSES + 2):
            mark = world.mark()
            run()
            quiet = 0 if world.writes(mark) else quiet + 1
            if quiet == 2:
                return
            world.sandbox.settle()
            world.clock.advance(GRACE_SECONDS)
        raise AssertionError(f"not quiet after {PASSES} passes: {text_of(self.instances.report)}")


def _end(world: World) -> dict[str, Any]:
    """What both worlds have in common: how they came to it differs, and so does what is history."""
    vvp = comparable(world.sandbox.snapshot())
    for held in vvp.values():
        held["orphanedSavepoints"] = []
        for deployment in held["deployments"].values():
            deployment["savepoints"], deployment["jobs"] = [], []
        for one in (*held["deployments"].values(), *held["targets"].values()):
            one["metadata"]["annotations"].pop("ververicaplatform.fintechstudios.com/owner", None)
    resources = {
        f"{document['kind']}/{document['metadata']['name']}": {
            "spec": document["spec"],
            "finalizers": document["metadata"].get("finalizers"),
            "conditions": sorted(
                (c["type"], c["status"], c["reason"]) for c in document["status"]["conditions"]
            ),
        }
        for document in world.kubernetes.all()
        # Whether a savepoint could be taken depends on when a job ran.
        if document["kind"] != "VpSavepoint"
    }
    return {"vvp": vvp, "resources": resources}


def test_whatever_follows_whatever_the_end_is_that_of_a_calm_life(trials: Trials) -> None:
    Life.steps = 0
    chosen = settings(
        max_examples=400 if trials.full else 40,
        stateful_step_count=15,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(trials.seed)(Life), settings=chosen)
    except BaseException:
        trials.count("steps of a life", Life.steps, 1)
        raise
    trials.count("steps of a life", Life.steps, 0)
