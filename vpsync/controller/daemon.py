"""A loop as a process: it waits for the Lease where there is one, opens connections, and runs passes.

Each term of the Lease has connections of its own, so that nothing of an earlier one is carried on: what was
read or planned under another term is read and planned anew. So it is when settings are read again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.controller.connect import open_vvp, opened
from vpsync.controller.journal import Journal
from vpsync.controller.lease import candidate
from vpsync.controller.loop import Loop
from vpsync.controller.monitor import Monitor
from vpsync.controller.reload import Reload
from vpsync.controller.start_line import source_of
from vpsync.controller.triggers import watches
from vpsync.controller.wake import Wake
from vpsync.errors import SettingsError, VpsyncError
from vpsync.net.deadline import Deadline
from vpsync.net.lease_term import LeaseTerm
from vpsync.reconcile.run import Pass
from vpsync.render.report import Report
from vpsync.settings import Settings
from vpsync.ververica.transport import READS

AGAIN = 1.0
"""Seconds until connections are opened again that could not be opened with files that changed meanwhile."""


@dataclass(slots=True)
class Daemon:
    """Runs passes until the process is asked to end."""

    settings: Settings
    stop: threading.Event
    """Set when the process is asked to end."""
    bell: threading.Event
    """Rung when ``stop`` is set, when a reload is asked for, and when there is news of the Lease."""
    deadline: Deadline
    journal: Journal
    tell: Callable[[Report | VpsyncError], None]
    """Called with the outcome of each pass."""
    reload: Reload
    monitor: Monitor
    """Counts the passes, and keeps the heartbeat."""
    quiet: bool = False
    """Whether the first pass is not to say whom it talks to."""
    _term: LeaseTerm | None = field(init=False, default=None)
    _has_begun: bool = field(init=False, default=False)
    """Whether a pass came to its end once: what is wrong before that is wrong usage."""

    def run(self) -> None:
        """Returns when the process is asked to end; :class:`SettingsError` where nothing can be opened."""
        self.journal.begin(self.settings, source_of(self.settings.scope))
        self.reload.begin(self.settings)
        if not self.settings.leader_election:
            self._serve()
            return
        with open_vvp(self.settings, READS, self.stop):
            # Nothing is sent: a standby that could not do its work is to say so now, and not when it has to.
            pass
        with candidate(self.settings, self.bell) as one:
            self.monitor.lead(one.lease, leading=False)
            while (term := one.wait(self.stop, None, self.journal.wait)) is not None:
                self.journal.lead(one.lease)
                self.monitor.lead(one.lease, leading=True)
                self._term = self.deadline.term = term
                self._serve()
                self.monitor.lead(one.lease, leading=False)
                if not self.stop.is_set():
                    self.journal.lose(one.lease, one.why_lost)

    def _serve(self) -> None:
        """Passes, with connections that are opened anew whenever the settings are."""
        while not self._is_over():
            if self.reload.is_wanted:
                self._reread()
            try:
                self.reload.begin(self.settings)
                self._pass_after_pass()
            except SettingsError as error:
                if not self._has_begun:
                    raise
                self.journal.halt(str(error))
                self.stop.wait(AGAIN)

    def _pass_after_pass(self) -> None:
        settings, stop = self.settings, self.stop
        wake = Wake(self.bell, self._is_broken_off, settings.min_event_sync_interval)
        with (
            watches(settings, wake.ask),
            opened(
                settings,
                writable=True,
                stop=stop,
                deadline=self.deadline,
                quiet=self.quiet,
                hooks=self.monitor.hooks,
            ) as one,
        ):
            for outcome in self._loop(one, wake).reports():
                self._has_begun = True
                self.tell(outcome)

    def _loop(self, one: Pass, wake: Wake) -> Loop:
        def run_pass() -> Report:
            wake.begin()
            self.journal.start()
            return watched()

        watched = self.monitor.watched(one.run)
        interval, jitter = self.settings.interval, self.settings.interval_jitter_percent
        return Loop(run_pass, interval, jitter, wake, wake.rest)

    def _reread(self) -> None:
        try:
            self.settings = self.reload.fresh()
        except SettingsError as error:
            self.journal.keep(str(error))
        else:
            self.journal.reread()

    def _is_over(self) -> bool:
        return self.stop.is_set() or not (self._term is None or self._term.is_open)

    def _is_broken_off(self) -> bool:
        return self._is_over() or self.reload.is_wanted
