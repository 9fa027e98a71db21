"""The SQL catalogs of a VVP namespace, and the tables and views that VVP keeps in its own ones.

Sources: the Platform specifications 2.4.3 to 2.7.1, the vendor's page "Catalogs & Databases", and a
public client that lists tables and views one by the other. Every namespace has the catalog `vvp`, and
may have more of the type `vvp`, whose tables VVP stores, and those of other types, whose tables are
elsewhere: of these only the registration goes with the namespace. A table list has no views.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vpsync.errors import PlatformError
from vpsync.model.json import JsonObject
from vpsync.ververica.answers import malformed
from vpsync.ververica.client import Client
from vpsync.ververica.collection_words import in_words, is_lacking, unreadable

BUILT_IN = "vvp"
"""The catalog that every namespace has; it cannot be dropped."""

_TYPE = "vvp"
"""The value of the property `type` of a catalog that VVP stores."""

Database = tuple[str, str]
"""A catalog and one of its databases."""


def catalog_words(client: Client, namespace: str, *, lacking: bool) -> list[str]:
    """Catalogs beside the built-in one, tables and views; what cannot be read counts as present.

    It sends one request, one for each catalog of VVP's own, and two for each database of these.
    ``lacking`` says that the release may not have catalogs: they came with 2.4.
    """
    try:
        catalogs = client.part_of(namespace, _catalogs(namespace), "catalogs")
        names = {_name(catalog, "catalogs"): catalog for catalog in catalogs}
    except PlatformError as error:
        return [] if lacking and is_lacking(error) else [unreadable("catalog")]
    added = sorted(name for name in names if name != BUILT_IN)
    words, _ = in_words("catalog", lambda: added, lacking=False)
    own = sorted(name for name, catalog in names.items() if name == BUILT_IN or _stored(catalog))
    try:
        databases = [each for name in own for each in _databases(client, namespace, name)]
    except PlatformError:
        return [*words, unreadable("catalog table")]
    tables = _reader(client, namespace, databases, "tables")
    views = _reader(client, namespace, databases, "views")
    of_tables, answered = in_words("catalog table", tables, lacking=False)
    # Views came with 2.6, two releases after tables.
    of_views, _ = in_words("catalog view", views, lacking=answered)
    return [*words, *of_tables, *of_views]


def _catalogs(namespace: str, action: str = "") -> tuple[str, ...]:
    base = ("catalog", "v1beta2", "namespaces", namespace, "catalogs")
    return (*base, action) if action else base


def _stored(catalog: JsonObject) -> bool:
    """Whether VVP stores what the catalog has; where nothing says so, it is asked all the same."""
    properties = catalog.get("properties")
    kind = properties.get("type") if isinstance(properties, dict) else None
    return not isinstance(kind, str) or kind.lower() == _TYPE


def _databases(client: Client, namespace: str, catalog: str) -> list[Database]:
    segments = _catalogs(namespace, f"{catalog}:listDatabases")
    items = client.part_of(namespace, segments, "databases")
    return sorted((catalog, _name(item, "databases")) for item in items)


def _reader(
    client: Client, namespace: str, databases: list[Database], member: str
) -> Callable[[], list[str]]:
    """What lists the tables or views of all databases, when it is called."""
    return partial(_listed, client, namespace, databases, member)


def _listed(client: Client, namespace: str, databases: list[Database], member: str) -> list[str]:
    """Full names, as `vvp.default.orders`, sorted."""
    names = []
    for catalog, database in databases:
        segments = _catalogs(namespace, f"{catalog}:list{member.capitalize()}")
        items = client.part_of(namespace, segments, member, {"database": database})
        names += [f"{catalog}.{database}.{_name(item, member)}" for item in items]
    return sorted(names)


def _name(item: JsonObject, member: str) -> str:
    """The last part of a name, which VVP gives in full or short; an error when there is none."""
    name = item.get("name")
    short = name.rpartition("/")[2] if isinstance(name, str) else ""
    if not short:
        malformed(f"GET {member}", "an object has no name")
    return short
