"""Signals: the first one asks the run to end in good order, the second ends it.

SIGTERM and SIGHUP end a run alike, SIGINT with a code of its own. A loop that no terminal hangs on reads its
settings anew at SIGHUP, and goes on. What the first signal finds under way has
a moment left (:mod:`vpsync.net.deadline`). Where even that does not come to its end, as while a name is
looked up or a connection is made, the run is ended as it is.

A handler runs wherever the main thread happens to be, also within a lock that is not the handler's to take
again: an event that it set there would wait for the main thread, which waits for the handler. So it only
notes the signal, in a queue that is made for this, and a thread of its own does what is to be done.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

from click.exceptions import Exit

from vpsync.errors import VpsyncError
from vpsync.net.deadline import Deadline

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

HANGS = 1.5
"""Seconds after the first signal, or after the last answer that came since, when a run hangs."""


_NONE_ANY_MORE = 0
"""No signal has this number."""


@dataclass(slots=True)
class Interruption:
    """Which signal asked the run to end, if one did."""

    normal_end: int | None = None
    """The exit code where to be interrupted is the normal end; None for that of the signal."""
    stop: threading.Event = field(default_factory=threading.Event)
    bell: threading.Event = field(default_factory=threading.Event)
    """Rung by each signal, for whoever sleeps."""
    deadline: Deadline = field(init=False)
    """The deadline of all requests of the run."""
    reload: threading.Event | None = None
    """Set at SIGHUP, which then ends nothing; None where it does."""
    signal: int | None = field(default=None, init=False)
    _received: SimpleQueue[int] = field(default_factory=SimpleQueue, init=False)
    """Signals that are to be acted on; :data:`_NONE_ANY_MORE` when the run is over."""

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.stop)

    def begin(self) -> None:
        """Starts the thread that acts on signals."""
        threading.Thread(target=self._act, daemon=True).start()

    @property
    def exit_code(self) -> int:
        """128 and the number of the signal, as shells count."""
        return _code(self.signal or signal.SIGTERM) if self.normal_end is None else self.normal_end

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal, without a lock."""
        if not (number == signal.SIGHUP and self.reload is not None):
            if self.signal is not None:
                os._exit(_code(number))
            self.signal = number
        self._received.put(number)

    def finish(self) -> None:
        """Notes that the run is over, so that nobody ends it by force."""
        self._received.put(_NONE_ANY_MORE)

    def _act(self) -> None:
        while (number := self._received.get()) != _NONE_ANY_MORE:
            if number == signal.SIGHUP and self.reload is not None:
                self.reload.set()
                self.bell.set()
                continue
            self.stop.set()
            self.bell.set()
            self._end_if_it_hangs()
            return

    def _end_if_it_hangs(self) -> None:
        began = time.monotonic()
        while (left := max(began, self.deadline.answered) + HANGS - time.monotonic()) > 0:
            with suppress(Empty):
                if self._received.get(timeout=left) == _NONE_ANY_MORE:
                    return
        os._exit(self.exit_code)


@contextmanager
def default_signals() -> Iterator[None]:
    """Lets signals do what they do by themselves, while somebody is asked: nothing is under way."""
    defaults: dict[int, Any] = dict.fromkeys(SIGNALS, signal.SIG_DFL)
    defaults[signal.SIGINT] = signal.default_int_handler
    before = {number: signal.signal(number, one) for number, one in defaults.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _code(number: int) -> int:
    return 128 + (signal.SIGTERM if number == signal.SIGHUP else number)


@contextmanager
def interruptible(
    normal_end: int | None = None, reload: threading.Event | None = None
) -> Iterator[Interruption]:
    """Handles the signals for the time of a run. Python as PID 1 has no default for SIGTERM.

    A request that failed because the run was to end is no failure of the run: it ends with the code of
    the signal. With ``reload``, SIGHUP sets that and does nothing else. A signal that the process was started
    to ignore, as by ``nohup``, stays ignored.
    """
    interruption = Interruption(normal_end, reload=reload)
    interruption.begin()
    heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interruption.receive) for number in heeded}
    try:
        yield interruption
    except VpsyncError as error:
        if interruption.signal is None:
            raise
        raise Exit(interruption.exit_code) from error
    finally:
        interruption.finish()
        for number, handler in before.items():
            signal.signal(number, handler)
