"""Names in Kubernetes for objects that have names in VVP.

They depend on nothing but the names, so that a second export gives the same ones: the VVP name where
it can be had, with the VVP namespace before it where another object would get the same.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from vpsync.kinds import BY_NAME
from vpsync.model.observed import Observed, Snapshot
from vpsync.planning.diff.references import referenced

LIMIT = 200
"""Characters; Kubernetes takes 253, and names of events are made of these."""

_NO_NAME = re.compile(r"[^a-z0-9]+")


def assigned(
    objects: Iterable[Observed], taken: Iterable[str], snapshot: Snapshot
) -> dict[str, str]:
    """A name for each object by its id; all are of one kind, ``taken`` are not given again."""
    names: dict[str, str] = {}
    used, unnamed = set(taken), list(objects)
    for candidate in (_plain, _with_namespace, _unique):
        proposals = {observed.id: candidate(observed, snapshot) for observed in unnamed}
        counts = Counter(proposals.values())
        fits = {
            identity: name
            for identity, name in proposals.items()
            if counts[name] == 1 and name not in used
        }
        names |= fits
        used |= set(fits.values())
        unnamed = [observed for observed in unnamed if observed.id not in fits]
    return names


def _plain(observed: Observed, snapshot: Snapshot) -> str:
    return _slug(_vvp_name(observed, snapshot))


def _with_namespace(observed: Observed, snapshot: Snapshot) -> str:
    return _slug(f"{observed.key.namespace}-{_vvp_name(observed, snapshot)}")


def _unique(observed: Observed, snapshot: Snapshot) -> str:
    """Told apart by what cannot be equal: kind, VVP namespace, VVP name and id."""
    identity = f"{observed.key.kind}/{observed.key}/{observed.id}"
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    return f"{_slug(_vvp_name(observed, snapshot))}-{digest}"


def _vvp_name(observed: Observed, snapshot: Snapshot) -> str:
    """The name; of a savepoint, which has none, its deployment's and the start of its id."""
    if observed.key.name:
        return observed.key.name
    kind = BY_NAME[observed.key.kind]
    reference = kind.observed_reference(observed)
    of = referenced(reference, snapshot) if reference else None
    return f"{of.key.name if of else kind.noun}-{observed.id[:8]}"


def _slug(text: str) -> str:
    return _NO_NAME.sub("-", text.lower())[:LIMIT].strip("-") or "x"
