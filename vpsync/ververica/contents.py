"""What a VVP namespace holds: all that its deletion would take with it.

Sources: the published specifications of 2.0 to 2.7, and the vendor's documentation of namespaces and of
uploaded artifacts. Catalogs, which are no plain collection, are read in `catalogs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from vpsync.planning.ownership.marker import OWNER
from vpsync.ververica.catalogs import catalog_words
from vpsync.ververica.client import Client
from vpsync.ververica.collection_words import in_words

CONTENTS = {
    "deployments": "deployment",
    "deployment-targets": "deployment target",
    "sessionclusters": "session cluster",
    "secret-values": "secret value",
    "savepoints": "savepoint",
}
"""Collections of the Application Manager."""

NEWER = frozenset({"sessionclusters"})
"""Those that came after 2.0: where they are missing, there are none of them."""


@dataclass(frozen=True, slots=True)
class ContentCollection:
    """A collection of the Platform API that is about what is inside a VVP namespace."""

    noun: str
    base: tuple[str, str]
    """The segments before `namespaces`: an API and its version."""
    collection: str
    """The segment after the name of the VVP namespace."""
    member: str
    """The member of the answer that has the list; absent where that is empty."""
    name: str = "name"
    """The member of an object that names it."""


PARTS = (
    ContentCollection("SQL script", ("sql", "v1beta1"), "sqlscripts", "sqlScripts"),
    ContentCollection("UDF artifact", ("sql", "v1beta1"), "udfartifacts", "udfArtifacts"),
    ContentCollection("connector", ("sql", "v1beta1"), "connectors", "connectors"),
    ContentCollection("format", ("sql", "v1beta1"), "formats", "formats"),
    ContentCollection(
        "catalog connector", ("sql", "v1beta1"), "catalog-connectors", "catalogConnectors"
    ),
    ContentCollection(
        "uploaded artifact", ("artifacts", "v1"), "artifacts:list", "artifacts", "filename"
    ),
)
"""Each came in some release, and answers 404 before."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a VVP namespace holds."""

    words: tuple[str, ...]
    """Each kind of thing, counted and named; what cannot be read counts as present."""
    markers: tuple[str, ...]
    """The ownership markers on these things, as they stand in the annotations."""


def contents(client: Client, namespace: str) -> Contents:
    """What a VVP namespace holds, and whose it is.

    A collection that the release lacks holds nothing, where the namespace is proved to be there by
    another list that answers.
    """
    answered = False
    words: list[str] = []
    markers: list[str] = []
    for collection, noun in CONTENTS.items():
        read = partial(_names, client, namespace, collection, markers)
        lacking = answered and collection in NEWER
        text, answers = in_words(noun, read, lacking=lacking)
        answered = answered or answers
        words += text
    for part in PARTS:
        read = partial(_parts, client, namespace, part)
        words += in_words(part.noun, read, lacking=answered)[0]
    words += catalog_words(client, namespace, lacking=answered)
    return Contents(tuple(words), tuple(markers))


def _names(client: Client, namespace: str, collection: str, markers: list[str]) -> list[str]:
    """The name of each object, sorted, empty for savepoints, which have none; adds to ``markers``."""
    names = []
    for item in client.raw_list(collection, namespace):
        metadata = item.get("metadata")
        own: Mapping[str, object] = metadata if isinstance(metadata, Mapping) else {}
        names.append(_text(own.get("name")))
        notes = own.get("annotations")
        marker = notes.get(OWNER) if isinstance(notes, Mapping) else None
        if isinstance(marker, str):
            markers.append(marker)
    return sorted(names)


def _parts(client: Client, namespace: str, part: ContentCollection) -> list[str]:
    """The name of each object that is not VVP's own: every namespace has its packaged connectors."""
    segments = (*part.base, "namespaces", namespace, part.collection)
    items = client.part_of(namespace, segments, part.member)
    own = (item for item in items if item.get("packaged") is not True)
    return sorted(_text(item.get(part.name)).rpartition("/")[2] for item in own)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
