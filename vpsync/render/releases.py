"""What ``release`` is about to do, and what it did: one line for each resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vpsync.model.phrases import counted
from vpsync.planning.ownership.marker import OWNER
from vpsync.planning.release import ReleaseStep
from vpsync.redact.text import printable


def planned_lines(planned: Iterable[ReleaseStep]) -> Iterator[str]:
    """A line for every resource that loses something or is kept as it is."""
    for release in planned:
        if release.kept:
            yield printable(f"{release.manifest.key}: kept as it is; {release.kept}")
        elif not release.is_empty:
            yield printable(f"{release.manifest.key}: {'; '.join(_losses(release))}")


def plan_summary(planned: Sequence[ReleaseStep]) -> str:
    """The closing line of a plan."""
    open_releases = [release for release in planned if not release.kept]
    finalizers = sum(1 for release in open_releases if release.has_finalizer)
    markers = sum(1 for release in open_releases if release.change)
    empty = sum(1 for release in open_releases if release.is_empty)
    kept = len(planned) - len(open_releases)
    rest = [f"{kept} kept as they are"] if kept else []
    rest += [f"{empty} with nothing of ours"] if empty else []
    return f"Release: {_what(finalizers, markers)} to remove{''.join(', ' + r for r in rest)}."


def done_summary(freed: int, unmarked: int, problems: int) -> str:
    """The closing line of a run."""
    rest = f", {problems} not done" if problems else ""
    return f"Released: {_what(freed, unmarked)} removed{rest}."


def _losses(release: ReleaseStep) -> Iterator[str]:
    if release.has_finalizer:
        yield "finalizer"
    if release.change is not None:
        what = "marker and record" if OWNER in release.change.metadata else "record"
        yield f"{what} on VVP's {release.platform}"
    if release.left_alone:
        yield f"VVP's {release.platform} stays as it is: {release.left_alone}"
    if release.manifest.deleting and release.has_finalizer:
        yield "it is being deleted and goes at once, VVP keeps what it has"


def _what(finalizers: int, markers: int) -> str:
    return f"{counted(finalizers, 'finalizer')}, {counted(markers, 'marker')}"
