"""What a server of the tests has that runs as long as a ``with`` block."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType


class Running:
    """Undoes at the end of the block, in reverse order, what ``__enter__`` put into its stack."""

    def __init__(self) -> None:
        self._cleanup = ExitStack()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends every process that was started, waits for it, and removes its files."""
        self._cleanup.close()
