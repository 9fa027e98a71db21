"""What VVP refused in a run of several passes over files, which have no status to remember it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

from vpsync.errors import PlatformError, PlatformRejected, PlatformUnsupported
from vpsync.kinds import BY_NAME
from vpsync.model.change import Change, Verb
from vpsync.model.json import Json


@dataclass(slots=True)
class Refusals:
    """The requests that VVP refused for what they hold, with its words: none is sent twice."""

    _known: dict[str, PlatformError] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def known(self, change: Change, body: Json) -> PlatformError | None:
        """VVP's refusal of the very same request; None where it has not judged that."""
        with self._lock:
            return self._known.get(_request(change, body))

    def note(self, change: Change, body: Json, error: PlatformError) -> None:
        """Remembers a refusal, unless it is one that time may lift.

        What keeps a savepoint or a deletion from being taken on is the state of a job, say.
        """
        kind = BY_NAME[change.platform.kind]
        is_final = isinstance(error, (PlatformRejected, PlatformUnsupported))
        if is_final and change.verb is not Verb.DELETE and not kind.taken_once:
            with self._lock:
                self._known[_request(change, body)] = error


def _request(change: Change, body: Json) -> str:
    return json.dumps(
        [str(change.platform), change.platform.kind, change.verb, body], sort_keys=True
    )
