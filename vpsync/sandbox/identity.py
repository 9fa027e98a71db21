"""Ids and timestamps, both reproducible where wanted: a generator with a seed, an injected clock."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present time, with a time zone."""


def system_clock() -> datetime:
    """The present time of this machine in UTC."""
    return datetime.now(UTC)


class Identity:
    """Hands out UUIDs (version 4) and the timestamps of both API families."""

    def __init__(self, seed: int | None, clock: Clock) -> None:
        """Without a seed no two platforms ever hand out the same id."""
        self.random = random.Random(seed)
        self._clock = clock

    def new_id(self) -> str:
        """A UUID of version 4; the same seed, if there is one, gives the same sequence."""
        bits = self.random.getrandbits(128)
        bits = bits & ~(0xF << 76) | (4 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def now(self) -> str:
        """Application Manager time: ISO 8601 in UTC with microseconds."""
        return self._utc().isoformat(timespec="microseconds") + "Z"

    def now_millis(self) -> str:
        """Platform API time: ISO 8601 in UTC with milliseconds."""
        return self._utc().isoformat(timespec="milliseconds") + "Z"

    def now_seconds(self) -> str:
        """Time of artifacts: ISO 8601 in UTC with whole seconds."""
        return self._utc().isoformat(timespec="seconds") + "Z"

    def epoch_millis(self) -> str:
        """Milliseconds since 1970, as the text that controllers write into annotations."""
        return str(int(self._clock().timestamp() * 1000))

    def _utc(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)
