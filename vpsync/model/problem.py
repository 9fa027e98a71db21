"""What is wrong with a manifest, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, and where.

    ``path`` is a JSON pointer (RFC 6901) into the whole manifest, such as
    ``/spec/spec/template/spec/parallelism``; the empty string is the manifest itself.
    ``message`` is one sentence for people and never repeats a value that may be secret.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.message}"
