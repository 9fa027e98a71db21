"""A loop as a process: it waits for the Lease where there is one, opens connections, and runs passes.

Each term of the Lease has connections of its own, so that nothing of an earlier one is carried on: what was
read or planned under another term is read and planned anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.controller.connect import opened
from vpsync.controller.journal import Journal
from vpsync.controller.lease import candidate
from vpsync.controller.loop import Loop
from vpsync.controller.wake import Wake
from vpsync.errors import VpsyncError
from vpsync.net.deadline import Deadline
from vpsync.net.term import Term
from vpsync.render.report import Report
from vpsync.settings import Settings


@dataclass(slots=True)
class Daemon:
    """Runs passes until the process is asked to end."""

    settings: Settings
    stop: threading.Event
    """Set when the process is asked to end."""
    bell: threading.Event
    """Rung with it."""
    deadline: Deadline
    journal: Journal
    tell: Callable[[Report | VpsyncError], None]
    """Given what came of each pass."""
    _term: Term | None = field(init=False, default=None)

    def run(self) -> None:
        """Returns when the process is asked to end; :class:`SettingsError` where nothing can be opened."""
        self.journal.begin(self.settings)
        if not self.settings.leader_election:
            self._pass_after_pass()
            return
        with candidate(self.settings, self.bell.set) as one:
            while (term := one.wait(self.stop, None, self.journal.wait)) is not None:
                self.journal.lead(one.place)
                self._term = self.deadline.term = term
                self._pass_after_pass()
                if not self.stop.is_set():
                    self.journal.lose(one.place, one.why_lost)

    def _pass_after_pass(self) -> None:
        settings, stop = self.settings, self.stop
        wake = Wake(self.bell, self._is_over)
        with opened(settings, writable=True, stop=stop, deadline=self.deadline) as one:
            loop = Loop(one.run, settings.interval, settings.interval_jitter_percent, wake)
            for outcome in loop.reports():
                self.tell(outcome)

    def _is_over(self) -> bool:
        return self.stop.is_set() or not (self._term is None or self._term.is_open)
