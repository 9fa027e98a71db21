"""One stored object, and a collection of them that answers lists from cached JSON.

Reading ten thousand deployments must not mean encoding ten thousand documents. A record keeps the
JSON text of its two halves: `spec` changes seldom, the rest (metadata and status) with every step
of the controllers. A list is a join of such texts, and an unchanged list is one cached text.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from vpsync.sandbox.identity import Identity
from vpsync.sandbox.jsontext import JsonObject, dumps


@dataclass(slots=True, eq=False)
class Record:
    """An object of the Application Manager. Nested values are replaced, never changed in place."""

    kind: str
    metadata: JsonObject
    spec: JsonObject
    status: JsonObject | None = None
    polls_left: int = 0
    head_text: bytes | None = field(default=None, repr=False)
    spec_text: bytes | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The server-set id."""
        return str(self.metadata["id"])

    @property
    def name(self) -> str:
        """The name, empty for objects without one."""
        return str(self.metadata.get("name", ""))

    @property
    def state(self) -> str:
        """`status.state`, empty while there is no status."""
        return str(self.status["state"]) if self.status else ""


R = TypeVar("R", bound=Record)


class Collection(Generic[R]):
    """All objects of one kind in one VVP namespace, in order of creation."""

    def __init__(
        self, list_kind: str, identity: Identity, view: Callable[[R], JsonObject] | None = None
    ) -> None:
        """`view` gives the spec as a client may read it; without it the stored one is shown."""
        self.list_kind = list_kind
        self.moving: dict[str, R] = {}
        """Objects that reads push on towards their next state, by id."""
        self._identity = identity
        self._view = view
        self._by_id: dict[str, R] = {}
        self._by_name: dict[str, R] = {}
        self._by_deployment: dict[str, dict[str, R]] = {}
        self._whole: bytes | None = None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._by_id.values()))

    def with_id(self, object_id: str) -> R | None:
        """The object with that id."""
        return self._by_id.get(object_id)

    def named(self, name: str) -> R | None:
        """The object with that name."""
        return self._by_name.get(name)

    def of_deployment(self, deployment_id: str) -> list[R]:
        """Objects whose metadata refers to that deployment, in order of creation."""
        return list(self._by_deployment.get(deployment_id, {}).values())

    def new_metadata(self, namespace: str) -> JsonObject:
        """Metadata of an object that is created now."""
        now = self._identity.now()
        return {
            "id": self._identity.new_id(),
            "namespace": namespace,
            "createdAt": now,
            "modifiedAt": now,
            "resourceVersion": 1,
        }

    def add(self, record: R) -> R:
        """Stores a new object."""
        self._by_id[record.id] = record
        if record.name:
            self._by_name[record.name] = record
        if owner := record.metadata.get("deploymentId"):
            self._by_deployment.setdefault(owner, {})[record.id] = record
        self._whole = None
        return record

    def remove(self, record: R) -> None:
        """Forgets an object."""
        self._by_id.pop(record.id, None)
        self.moving.pop(record.id, None)
        if self._by_name.get(record.name) is record:
            del self._by_name[record.name]
        if owner := record.metadata.get("deploymentId"):
            self._by_deployment.get(owner, {}).pop(record.id, None)
        self._whole = None

    def touch(self, record: R, spec: bool = False) -> None:
        """Notes a write: raises `resourceVersion`, sets `modifiedAt`; `spec` when that changed."""
        record.metadata["resourceVersion"] += 1
        record.metadata["modifiedAt"] = self._identity.now()
        record.head_text = None
        if spec:
            record.spec_text = None
        self._whole = None

    def document(self, record: R) -> JsonObject:
        """A copy of the object as a client reads it."""
        result: JsonObject = {
            "kind": record.kind,
            "apiVersion": "v1",
            "metadata": record.metadata,
            "spec": self._view(record) if self._view else record.spec,
        }
        if record.status is not None:
            result["status"] = record.status
        return copy.deepcopy(result)

    def text(self, record: R) -> bytes:
        """The JSON text of the object as a client reads it."""
        return b"".join(self._halves(record))

    def list_text(self, records: Iterable[R] | None = None) -> bytes:
        """The JSON text of a list: of the given objects, or of all of them."""
        if records is not None:
            return self._list_text(records)
        if self._whole is None:
            self._whole = self._list_text(self._by_id.values())
        return self._whole

    def _list_text(self, records: Iterable[R]) -> bytes:
        pieces = [dumps({"kind": self.list_kind, "apiVersion": "v1", "metadata": {}})[:-1]]
        pieces.append(b',"items":[')
        for record in records:
            pieces += self._halves(record)
            pieces.append(b",")
        if pieces[-1] == b",":
            pieces.pop()
        pieces.append(b"]}")
        return b"".join(pieces)

    def _halves(self, record: R) -> tuple[bytes, bytes]:
        head, spec = record.head_text, record.spec_text
        if head is None:
            rest: dict[str, Any] = {"kind": record.kind, "apiVersion": "v1"}
            rest["metadata"] = record.metadata
            if record.status is not None:
                rest["status"] = record.status
            head = record.head_text = dumps(rest)[:-1] + b',"spec":'
        if spec is None:
            spec = dumps(self._view(record) if self._view else record.spec) + b"}"
            record.spec_text = spec
        return head, spec
