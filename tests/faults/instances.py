"""Passes of one instance, or of two that take turns, with a trap on all their wires."""

from __future__ import annotations

from faults.schedule import Company
from faults.trap import Died, Trap
from faults.turns import Turns
from passes.wire import Process
from passes.world import World
from vpsync.errors import ClusterError, PlatformError
from vpsync.render.report import Report


class Instances:
    """Runs passes in a world; a process that dies or is out of reach is followed by another."""

    def __init__(self, world: World, trap: Trap) -> None:
        self.world = world
        self.trap = trap
        self.report = Report()
        """Of the last pass that came to its end."""
        trap.watch(world.process)

    def run(self, company: Company | None = None) -> bool:
        """One pass, in company or alone; whether anything went wrong in it."""
        sprung = len(self.trap.sprung)
        if company is None:
            self._pass(self.world.process)
        else:
            self._pass_in_company(company)
        return company is not None or len(self.trap.sprung) > sprung

    def _pass(self, process: Process) -> None:
        sprung = len(self.trap.sprung)
        try:
            self.report = self.world.run(process=process)
        except (Died, ClusterError, PlatformError):
            if len(self.trap.sprung) == sprung:
                raise
        finally:
            self.trap.revive(process)

    def _pass_in_company(self, company: Company) -> None:
        second = self.world.new_process()
        processes = (self.world.process, second)
        try:
            for process in processes:
                self.trap.watch(process)
            Turns(processes, (company.first, company.second)).run(self._pass)
        finally:
            self.trap.watch(self.world.process)
            second.vvp.shut()
