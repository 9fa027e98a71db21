"""Changes the world while the loop runs, and looks at what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

import requests

from benchmarks.soak.findings import LONGEST_END, Findings
from benchmarks.soak.loglines import Span
from benchmarks.soak.loop import Loop, Passes
from benchmarks.soak.outages import Outage
from benchmarks.soak.script import Change, Script
from benchmarks.soak.world import World

PATIENCE = 60.0
"""Seconds, those of outages left out, within which a change has to arrive."""

LONGEST_WAY = 20
"""Passes within which it has to where they take long: a restart and a deletion are some steps of VVP."""

RECOVERY = 120.0
"""Seconds after an outage within which a pass has to succeed."""

GRACE = 2.0
"""Seconds after that in which the log may still tell of the outage: other threads notice its end later."""

BETWEEN_CHANGES = 0.6
BETWEEN_LOOKS = 1.0
BETWEEN_SAMPLES = 1.0
_TICK = 0.2


@dataclass(slots=True)
class _Pending:
    """A change on its way."""

    change: Change
    begun: float
    passes: int
    """How many there were before it."""
    patience: float = PATIENCE
    """Seconds that it has."""
    met_outage: bool = False

    def is_late(self, now: float, passes: int) -> bool:
        """Whether it should have arrived by now."""
        return now - self.begun > self.patience and passes - self.passes > LONGEST_WAY


@dataclass(slots=True)
class _Timer:
    """Says when something is due again."""

    every: float
    last: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether it is; it then begins anew."""
        due = now - self.last >= self.every
        if due:
            self.last = now
        return due


@dataclass(slots=True)
class Soak:
    """One run."""

    loop: Loop
    world: World
    script: Script
    outages: list[Outage]
    wanted: int
    """How many passes there are to be."""
    longest: float
    """Seconds after which it ends with fewer."""
    every: int
    """Passes between two outages."""
    side_by_side: int
    """How many changes may be on their way."""
    tell: Callable[[str], object]
    found: Findings = field(default_factory=Findings)
    _pending: list[_Pending] = field(default_factory=list, init=False)
    _changes: _Timer = field(default_factory=lambda: _Timer(BETWEEN_CHANGES), init=False)
    _looks: _Timer = field(default_factory=lambda: _Timer(BETWEEN_LOOKS), init=False)
    _samples: _Timer = field(default_factory=lambda: _Timer(BETWEEN_SAMPLES), init=False)

    def run(self) -> Findings:
        """All passes, then the end of the loop; what was found, also where the soak itself breaks off."""
        began = time.monotonic()
        try:
            self._run(began)
        except requests.RequestException as error:
            self.found.broken.append(f"the soak broke off: {error}")
        self.found.seconds = time.monotonic() - began
        return self.found

    def _run(self, began: float) -> None:
        first = self.loop.passes().count
        turn, next_outage, next_word = cycle(self.outages), self.every, 0
        while (done := self.loop.passes().count - first) < self.wanted and self._goes_on(began):
            self.found.passes = done
            if done >= next_word:
                self.tell(
                    f"{done:6,} passes, {time.monotonic() - began:6.0f} s: {self.loop.usage()}"
                )
                next_word += max(1, self.wanted // 20)
            if done >= next_outage:
                self._suffer(next(turn))
                next_outage = self.loop.passes().count - first + self.every
            self._live()
            if self._samples.is_due(time.monotonic()):
                self.found.samples.append((done, self.loop.usage()))
            time.sleep(_TICK)
        self.found.passes = self.loop.passes().count - first
        self._let_arrive()
        self._end()

    def _goes_on(self, began: float) -> bool:
        if time.monotonic() - began > self.longest:
            self.tell(f"the time is up after {self.found.passes:,} of {self.wanted:,} passes")
            return False
        return self._is_alive()

    def _is_alive(self) -> bool:
        if self.loop.process.poll() is None:
            return True
        self.found.broken.append(f"vpsync ended with {self.loop.process.returncode}")
        return False

    # The world ----------------------------------------------------------------------------------

    def _live(self, *, vvp_answers: bool = True) -> None:
        """A new change where one is due, and a look at those under way."""
        now = time.monotonic()
        if self._changes.is_due(now) and len(self._pending) < self.side_by_side:
            self._change(vvp_answers=vvp_answers)
        if vvp_answers and self._looks.is_due(now):
            self._look()

    def _change(self, *, vvp_answers: bool) -> None:
        change = self.script.draw(vvp_answers=vvp_answers)
        if change is None:
            return
        begun = time.monotonic()
        self.world.make(change)
        passes = self.loop.passes().count
        self._pending.append(_Pending(change, begun, passes, met_outage=not vvp_answers))

    def _look(self) -> None:
        """Notes what has arrived, and what is too late."""
        passes = self.loop.passes().count
        for one in list(self._pending):
            arrived = self.world.has_arrived(one.change)
            now, sort = time.monotonic(), one.change.deed.value
            if arrived:
                self._note(sort, now - one.begun, met_outage=one.met_outage)
                self.script.done(one.change)
            elif one.is_late(now, passes):
                waited = f"{now - one.begun:.0f} s and {passes - one.passes} passes"
                self.found.missed.append(f"{sort} of {one.change.job.name} after {waited}")
            else:
                continue
            self._pending.remove(one)

    def _note(self, sort: str, took: float, *, met_outage: bool) -> None:
        self.found.changes[sort] += 1
        lags = self.found.lags.setdefault(sort, [])
        if not met_outage:
            lags.append(took)

    # Outages ------------------------------------------------------------------------------------

    def _suffer(self, outage: Outage) -> None:
        """One outage, until a pass has succeeded after it."""
        span = Span(outage.name, time.monotonic())
        self.found.outages.append(span)
        outage.begin()
        deadline = time.monotonic() + outage.seconds
        while time.monotonic() < deadline:
            self._live(vvp_answers=not outage.takes_vvp)
            time.sleep(_TICK)
        outage.end()
        over = time.monotonic()
        if self._recover():
            took = time.monotonic() - over
            self.found.recoveries.setdefault(outage.name, []).append(took)
        else:
            self.found.broken.append(f"{outage.name}: no success within {RECOVERY:.0f} s after it")
        time.sleep(GRACE)
        span.end = time.monotonic()
        for one in self._pending:
            one.met_outage = True
            one.patience += span.end - span.begin

    def _recover(self) -> bool:
        """Whether a pass that began after this moment succeeds in time."""
        before, deadline = self.loop.passes(), time.monotonic() + RECOVERY
        while time.monotonic() < deadline:
            if _is_well(self.loop.passes(), before):
                return True
            self._live()
            time.sleep(_TICK)
        return False

    # The end ------------------------------------------------------------------------------------

    def _let_arrive(self) -> None:
        while self._pending and self._is_alive():
            self._look()
            time.sleep(_TICK)

    def _end(self) -> None:
        """Everything is in order, and SIGTERM ends the loop."""
        if unready := self.world.unready():
            self.found.broken.append(f"not Ready at the end: {', '.join(unready[:5])}")
        if not self._is_alive():
            return
        code, seconds = self.loop.end()
        self.tell(f"ended by SIGTERM after {seconds:.1f} s with exit code {code}")
        if code != 0 or seconds > LONGEST_END:
            self.found.broken.append(f"SIGTERM: exit code {code} after {seconds:.1f} s")


def _is_well(now: Passes, before: Passes) -> bool:
    """Whether a pass has succeeded that began after the count ``before``: the one under way may be older."""
    return now.failures == 0 and now.count >= before.count + 2
