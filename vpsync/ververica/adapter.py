"""The limits of :mod:`vpsync.net` under ``requests``."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter

from vpsync.net.deadline import Deadline
from vpsync.net.pools import Limits, limit


class LimitedAdapter(HTTPAdapter):
    """An adapter whose connections keep the limits, direct ones and those by a proxy."""

    def __init__(self, limits: Limits, deadline: Deadline, **pool: Any) -> None:
        self._limits = limits
        self._deadline = deadline
        super().__init__(**pool)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Makes direct connections keep the limits."""
        super().init_poolmanager(*args, **more)
        limit(self.poolmanager, self._limits, self._deadline)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Makes connections through a proxy keep the limits."""
        if proxy not in self.proxy_manager:
            limit(super().proxy_manager_for(proxy, **more), self._limits, self._deadline)
        return self.proxy_manager[proxy]
