"""The whole state of the simulated platform, and its lock.

Handlers and controllers run while they hold `Platform.lock`, one at a time; nothing below this
module starts threads or waits.
"""

import threading
from collections.abc import Sequence
from typing import TypeVar

from vpsync.sandbox.errors import conflict, not_found
from vpsync.sandbox.habits import masked
from vpsync.sandbox.identity import Clock, Identity
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.mergepatch import fill
from vpsync.sandbox.options import SandboxOptions
from vpsync.sandbox.records import Collection, Record
from vpsync.sandbox.space import DeploymentRecord, SecretRecord, Space

T = TypeVar("T")
R = TypeVar("R", bound=Record)

_NO_TEMPLATE: JsonObject = {"log4j2ConfigurationTemplate": None}


class Platform:
    """Namespaces with their contents."""

    def __init__(self, options: SandboxOptions, clock: Clock) -> None:
        self.options = options
        self.identity = Identity(options.seed, clock)
        self.release = options.release()
        self.lock = threading.RLock()
        self.spaces: dict[str, Space] = {}
        names = options.namespaces if options.edition == "enterprise" else ("default",)
        for name in names:
            self.add_space(name, [])

    def space(self, name: str) -> Space:
        """The namespace with that name, also while it is being deleted; 404 when unknown."""
        space = self.spaces.get(name)
        if space is None:
            raise not_found("Namespace", name)
        return space

    def open_space(self, name: str) -> Space:
        """A namespace in which something may be created; 409 while it is being deleted."""
        space = self.space(name)
        if space.terminating:
            raise conflict(f"Namespace '{name}' is being deleted.")
        return space

    def add_space(self, name: str, role_bindings: list[JsonObject]) -> Space:
        """Creates a namespace with empty deployment defaults."""
        identity = self.identity
        defaults: Collection[Record] = Collection("DeploymentDefaultsList", identity)
        metadata = defaults.new_metadata(name) | {"name": "default"}
        space = Space(
            name=name,
            create_time=identity.now_millis(),
            role_bindings=role_bindings,
            defaults=defaults.add(Record("DeploymentDefaults", metadata, {})),
            targets=Collection("DeploymentTargetList", identity),
            deployments=Collection("DeploymentList", identity),
            jobs=Collection("JobList", identity),
            savepoints=Collection("SavepointList", identity),
            events=Collection("EventList", identity),
            secret_values=Collection("SecretValueList", identity, self._secret_view),
            session_clusters=Collection("SessionClusterList", identity, self._cluster_view),
            default_collection=defaults,
        )
        space.deployments = Collection(
            "DeploymentList", identity, lambda record: self._deployment_view(space, record)
        )
        self.spaces[name] = space
        return space

    def strict(self) -> bool:
        """Whether unknown members of bodies are refused."""
        return self.options.unknown_fields == "reject"

    def arrange(self, records: Sequence[T]) -> list[T]:
        """`records` in the order of lists: as given, or shuffled."""
        result = list(records)
        if self.options.list_order == "shuffled":
            self.identity.random.shuffle(result)
        return result

    def list_text(self, collection: Collection[R]) -> bytes:
        """The JSON text of the list of a whole collection."""
        if self.options.list_order == "created":
            return collection.list_text()
        return collection.list_text(self.arrange(list(collection)))

    def target_of(self, space: Space, spec: JsonObject) -> Record | None:
        """The deployment target that a spec refers to by id or name."""
        if target_id := spec.get("deploymentTargetId"):
            return space.targets.with_id(target_id)
        return space.targets.named(spec.get("deploymentTargetName", ""))

    def _deployment_view(self, space: Space, record: DeploymentRecord) -> JsonObject:
        spec = dict(record.spec)
        both = self.options.target_reference == "both" and self.release >= (2, 4)
        if both and (target := self.target_of(space, spec)):
            spec["deploymentTargetId"] = target.id
            spec["deploymentTargetName"] = target.name
        if self.options.render_nulls and self.release >= (2, 4):
            spec.setdefault("sessionClusterName", None)
        logging = spec.get("template", {}).get("spec", {}).get("logging")
        if self.options.render_nulls and logging is not None:
            spec = fill(spec, {"template": {"spec": {"logging": _NO_TEMPLATE | logging}}})
        if self.options.masks_sensitive_values and self.release >= (2, 5, 4):
            spec = masked(spec)
        return spec

    def _cluster_view(self, record: Record) -> JsonObject:
        logging = record.spec.get("logging")
        if not self.options.render_nulls or logging is None:
            return record.spec
        return record.spec | {"logging": _NO_TEMPLATE | logging}

    def _secret_view(self, record: SecretRecord) -> JsonObject:
        shown = self.options.secret_value_on_read
        if shown == "omit":
            return record.spec
        return record.spec | {"value": record.value if shown == "return" else "********"}
