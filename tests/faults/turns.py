"""Two instances take turns: exactly one goes on at a time, and the schedule says when it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from passes.wire import Process

PATIENCE_SECONDS = 60
"""After which a turn that never comes is a failure of the test."""


class Turns:
    """Who may send: ``switches`` says before which request of its own each instance gives way."""

    def __init__(self, processes: Sequence[Process], switches: Sequence[int]) -> None:
        self._processes = list(processes)
        self._switches = list(switches)
        """For each instance; 0 for never."""
        self._sent = [0] * len(processes)
        self._running = set(range(len(processes)))
        self._turn = 0
        self._changed = threading.Condition()

    def run(self, work: Callable[[Process], None]) -> None:
        """Lets all instances do their work; raises the first error at the end."""
        errors: list[BaseException] = []

        def live(number: int) -> None:
            try:
                self._wait(number)
                work(self._processes[number])
            except BaseException as error:
                errors.append(error)
            finally:
                self._leave(number)

        for number, process in enumerate(self._processes):
            self._stand_on(process, number)
        threads = [threading.Thread(target=live, args=(n,)) for n in range(len(self._processes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _stand_on(self, process: Process, number: int) -> None:
        for wire in (process.vvp, process.kubernetes):
            wire.before = self._asked(number, wire.before)

    def _asked(self, number: int, before: Callable[[str, str], None]) -> Callable[[str, str], None]:
        def asked(method: str, path: str) -> None:
            self._sent[number] += 1
            if self._sent[number] == self._switches[number]:
                self._give_way(number)
            before(method, path)

        return asked

    def _give_way(self, number: int) -> None:
        with self._changed:
            self._pass_on(number)
        self._wait(number)

    def _leave(self, number: int) -> None:
        with self._changed:
            self._running.discard(number)
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        others = [other for other in sorted(self._running) if other != number]
        if others and self._turn == number:
            self._turn = others[0]
        self._changed.notify_all()

    def _wait(self, number: int) -> None:
        with self._changed:
            came = self._changed.wait_for(lambda: self._turn == number, PATIENCE_SECONDS)
        assert came, "the other instance never gave way"
