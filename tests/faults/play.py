"""Plays a scenario under a schedule, and asks the oracles."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from faults.instances import Instances
from faults.schedule import Schedule
from faults.trap import Trap
from faults.troubles import TROUBLES, Old, Request
from passes.oracles import (
    assert_no_secret_is_shown,
    assert_nothing_to_do,
    assert_quiet,
    assert_statuses_are_lawful,
)
from passes.scenario import Player, Scenario, scenarios_of
from passes.world import World, applied_to, text_of
from vpsync.controller.wait import wait_until_settled
from vpsync.model.resource import GROUP
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.render.report import Report

DONE = ("create", "update", "adopt", "delete")
"""What a report counts of what was done."""
PATIENCE = 60.0
"""Looks at the clock until a ``--wait`` gives up; each pass takes one."""
PASSES = 5
"""After the last mishap, until nothing is left to do."""
GRACE_SECONDS = 130.0
"""After which a savepoint request cannot be under way any more, and some."""

State = dict[str, Any]

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario for scenario in scenarios_of(Path(__file__).with_name("scenarios.yaml"))
}


@dataclass(frozen=True)
class Undisturbed:
    """A run in which nothing went wrong: what all others are compared with."""

    states: tuple[State, ...]
    """What there is after each stage of the scenario."""
    requests: tuple[Request, ...]
    passes: tuple[int, ...]
    """How many requests each pass sent."""


class Play:
    """One run of a scenario under a schedule."""

    def __init__(self, world: World, schedule: Schedule) -> None:
        self.world = world
        self.scenario = SCENARIOS[schedule.scenario]
        stale = any(isinstance(TROUBLES[m.trouble], Old) for m in schedule.mishaps)
        self.trap = Trap(world, schedule.mishaps, remembers=stale or not schedule.mishaps)
        self.passes: list[int] = []
        self.reported: Counter[str] = Counter()
        """What the reports of ``--wait`` say was done."""
        self._waits = schedule.waits
        self._companies = {company.number: company for company in schedule.companies}
        self._player = Player(world, schedule.mode)
        self._instances = Instances(world, self.trap)

    @property
    def is_undisturbed_from_now(self) -> bool:
        """Whether all that the schedule holds has happened."""
        return self.trap.is_spent and len(self.passes) >= max(self._companies, default=0)

    def stages(self) -> Iterator[State]:
        """What there is after each stage; mishaps happen from the first step on."""
        for document in self.scenario.given:
            self.world.create(document)
        self._converge()
        self.passes.clear()
        self.trap.armed = True
        for step in self.scenario.steps:
            [(verb, argument)] = step.items()
            if verb == "converge":
                self._converge()
                yield self._state()
            else:
                getattr(self._player, f"do_{verb}")(argument)
        self._converge()
        yield self._state()

    def _state(self) -> State:
        return {**state(self.world), "reported": dict(self.reported)}

    def _converge(self) -> None:
        """Passes until one does nothing; of those in which nothing goes wrong there are few."""
        if self._waits and self.trap.armed:
            self._wait()
        left = PASSES
        while True:
            mark = self.world.mark()
            if self._is_disturbed():
                left = PASSES
                continue
            if not self.world.writes(mark) and self._instances.report.settled:
                return
            assert left, f"not in sync {PASSES} passes later: {text_of(self._instances.report)}"
            left -= 1
            self.world.sandbox.settle()
            self.world.clock.advance(GRACE_SECONDS)

    def _wait(self) -> None:
        """The passes of one ``--wait``; VVP moves on between them."""
        moments = itertools.count()
        ended = wait_until_settled(
            self._waiting_pass, PATIENCE, self.world.process.stop, lambda: float(next(moments))
        )
        assert ended.arrived, f"not settled: {ended.unready}"
        done = {name: ended.report.counts[name] for name in DONE}
        self.reported += Counter(done)

    def _waiting_pass(self, seconds: float) -> Report:
        assert seconds > 0
        self._is_disturbed()
        self.world.sandbox.settle()
        self.world.clock.advance(GRACE_SECONDS)
        return self._instances.report

    def _is_disturbed(self) -> bool:
        """One pass; whether anything went wrong in it."""
        if not self.trap.armed:
            return self._instances.run()
        sent = len(self.trap.seen)
        disturbed = self._instances.run(self._companies.get(len(self.passes) + 1))
        self.passes.append(len(self.trap.seen) - sent)
        return disturbed


@contextmanager
def opened(scenario: Scenario, mode: str) -> Iterator[World]:
    """A world in which one request follows the other, and VVP moves on between two passes only."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) if mode == "files" else None
        settings = replace(scenario.settings, concurrency=1)
        with World(place, scenario.sandbox, settings) as world:
            yield world


@cache
def undisturbed(name: str, mode: str, *, waits: bool = False) -> Undisturbed:
    """The run in which nothing goes wrong."""
    with opened(SCENARIOS[name], mode) as world:
        play = Play(world, Schedule(name, mode, waits=waits))
        states = tuple(play.stages())
        requests, passes = tuple(play.trap.seen), tuple(play.passes)
        play.trap.armed = False
        _assert_all_is_well(world)
    return Undisturbed(states, requests, passes)


def violation(schedule: Schedule) -> str | None:
    """Plays a schedule; which oracle it violates, in words, or None."""
    wanted = undisturbed(schedule.scenario, schedule.mode, waits=schedule.waits).states
    sprung: list[str] = []
    try:
        with opened(SCENARIOS[schedule.scenario], schedule.mode) as world:
            play = Play(world, schedule)
            sprung = play.trap.sprung
            for found, expected in zip(play.stages(), wanted, strict=True):
                if schedule.companies:
                    found["deletes"] = _once_where_it_takes_time(found["deletes"])
                assert_equal(found, expected)
                if play.is_undisturbed_from_now:
                    # Nothing is left of it: from here on all goes as it went without.
                    break
            play.trap.armed = False
            _assert_all_is_well(world)
    except Exception as error:
        return f"{'; '.join(sprung) or 'nothing went wrong'}\n  {type(error).__name__}: {error}"
    return None


def _once_where_it_takes_time(deletes: Mapping[str, int]) -> dict[str, int]:
    """Two instances may both ask for a deletion that VVP does in its own time; it happens once."""
    slow = ("namespaces/", "savepoints/")
    return {
        place: min(count, 1) if place.startswith(slow) else count
        for place, count in deletes.items()
    }


def _assert_all_is_well(world: World) -> None:
    assert_quiet(world)
    assert_nothing_to_do(world)
    assert_statuses_are_lawful(world)
    if world.output.getvalue():
        assert_no_secret_is_shown(world)


def assert_equal(found: Any, wanted: Any, place: str = "") -> None:
    """Two values are equal; if not, says where they differ first."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted({*found, *wanted}):
            assert_equal(found.get(key), wanted.get(key), f"{place}/{key}")
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_equal(one, other, f"{place}/{number}")
    else:
        assert found == wanted, f"{place} is {found!r}, and {wanted!r} where nothing goes wrong"


def state(world: World) -> State:
    """What VVP holds, what it created and deleted, and what the resources say."""
    return {
        "vvp": comparable(world.sandbox.snapshot()),
        "creates": applied_to(world, "POST"),
        "deletes": applied_to(world, "DELETE"),
        "resources": {
            f"{document['kind']}/{document['metadata']['name']}": _told(document)
            for document in world.kubernetes.all()
        },
    }


def comparable(value: Any, member: str = "") -> Any:
    """Without what tells the way and not the end: a file's intents, the order of savepoints, digests."""
    if member == MANAGED:
        managed = json.loads(value)
        return {**managed, "kept": sorted(managed.get("kept", ())), "sum": None}
    if isinstance(value, dict):
        return {
            key: comparable(held, key)
            for key, held in value.items()
            if f"{GROUP}/savepoint-" not in key
        }
    if isinstance(value, list):
        items = [comparable(item) for item in value]
        return sorted(items, key=json.dumps) if member == "savepoints" else items
    return value


def _told(document: Mapping[str, Any]) -> State:
    status = document["status"]
    return {
        "finalizers": document["metadata"].get("finalizers"),
        "spec": document["spec"],
        "conditions": sorted((c["type"], c["status"], c["reason"]) for c in status["conditions"]),
        **{member: status.get(member) for member in ("state", "intent", "hasRun", "lastHandled")},
    }
