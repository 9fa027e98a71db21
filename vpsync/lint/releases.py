"""Which release of VVP manifests need, and what one release would drop or refuse of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vpsync.model.finding import Finding, NeededRelease
from vpsync.model.json import JsonObject, path_from_pointer, value_at
from vpsync.model.releases import FULL_SUPPORT, Release, shown_release
from vpsync.schema.load import SchemaSet

_CONFIGURATION = "/spec/spec/template/spec/flinkConfiguration"

REMOVED: tuple[tuple[str, Release, str], ...] = (
    (f"{_CONFIGURATION}/high-availability", (2, 14, 2), "use high-availability.type"),
)
"""What a release takes no longer, from then on, and what to do instead (VVP's page on removals)."""


@dataclass(frozen=True, slots=True)
class Releases:
    """What is known of releases, and the one that is checked against, if any."""

    schemas: SchemaSet
    release: Release | None = None
    """A minor release without a patch, as (2, 15), means its newest one."""

    def findings(self, kind: str, document: JsonObject) -> Iterator[Finding]:
        """What the release that is checked against does not have."""
        if self.release is None:
            return
        checked = shown_release(self.release)
        for path, since in self.schemas.releases(kind, document):
            if self.release < since[: len(self.release)]:
                text = f"is from VVP {shown_release(since)} on, and {checked} does not know it"
                yield Finding(path, text)
        for path, until, instead in REMOVED:
            if value_at(document, path_from_pointer(path)) is None:
                continue
            if self.release >= until[: len(self.release)]:
                text = f"was removed in VVP {shown_release(until)}: {instead}"
                yield Finding(path, text)

    def needed(self, kind: str, document: JsonObject) -> NeededRelease | None:
        """The newest release that a field of a manifest is from; None where all supported ones have it."""
        newest = max(
            ((since, path) for path, since in self.schemas.releases(kind, document)), default=None
        )
        if newest is None or newest[0] <= FULL_SUPPORT:
            return None
        return NeededRelease(*newest)
