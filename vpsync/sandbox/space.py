"""One VVP namespace and everything in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.records import Collection, Record

TransitionStage = Callable[[], None]
"""A piece of a transition, run when reads have pushed it far enough."""


@dataclass(slots=True)
class Transition:
    """A deployment on its way to another steady state."""

    goal: str
    """The desired state that it works towards."""
    stages: list[TransitionStage]
    """What is still to be done: at the first read, half-way, and at the end."""
    announced: bool = False
    """Whether reads show TRANSITIONING already."""


@dataclass(slots=True, eq=False)
class DeploymentRecord(Record):
    """A deployment with what its controller remembers about it."""

    steady: str = "CANCELLED"
    """The last state that was not TRANSITIONING."""
    spec_version: int = 1
    job: Record | None = None
    """The job that is not terminal."""
    deployed: JsonObject = field(default_factory=dict)
    """The part of the spec that the job was started from."""
    transition: Transition | None = None
    upgrade_forced: bool = False
    hung: bool = False
    heals_on_cancel: bool = False
    next_savepoint_failure: str | None = None
    next_start_failure: str | None = None


@dataclass(slots=True, eq=False)
class SecretRecord(Record):
    """A secret value; what it hides is kept apart from what is shown."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An API token of one namespace; `secret` is shown at creation only."""

    name: str
    role: str
    secret: str
    create_time: str


@dataclass(slots=True, eq=False)
class Space:
    """A VVP namespace (the platform's, not one of Kubernetes)."""

    name: str
    create_time: str
    role_bindings: list[JsonObject]
    defaults: Record
    targets: Collection[Record]
    deployments: Collection[DeploymentRecord]
    jobs: Collection[Record]
    savepoints: Collection[Record]
    events: Collection[Record]
    secret_values: Collection[SecretRecord]
    session_clusters: Collection[Record]
    default_collection: Collection[Record]
    tokens: dict[str, ApiToken] = field(default_factory=dict)
    policies: dict[str, JsonObject] = field(default_factory=dict)
    """Autopilot policies by deployment id."""
    plain: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    """Objects of the plain collections by collection and name."""
    artifacts: dict[str, JsonObject] = field(default_factory=dict)
    """Uploaded artifacts by file name."""
    tables: dict[str, None] = field(default_factory=dict)
    """Names of the tables of the built-in catalog, in order of creation."""
    views: dict[str, None] = field(default_factory=dict)
    """Names of its views, in order of creation."""
    preview_session_cluster: str | None = None
    terminating: bool = False
    polls_left: int = 0
