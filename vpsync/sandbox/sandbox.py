"""The sandbox as a Python object: start and stop it, look into it, play a person, script faults.

Everything here may be called from any thread, also while requests are served. What it returns are
copies.
"""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from vpsync.sandbox.actions import Respond
from vpsync.sandbox.autopilot import set_policy
from vpsync.sandbox.browsers import is_loopback
from vpsync.sandbox.deployments import found_deployment, remove_deployment
from vpsync.sandbox.errors import ApiError
from vpsync.sandbox.exchange import Exchange
from vpsync.sandbox.faults import Fault, Faults, Matcher
from vpsync.sandbox.identity import Clock, system_clock
from vpsync.sandbox.jsontext import JsonObject, loads
from vpsync.sandbox.lifecycle import settle
from vpsync.sandbox.namespaces import poll_namespace, show
from vpsync.sandbox.options import SandboxOptions
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.requestlog import LoggedRequest
from vpsync.sandbox.script import force_state, settle_space
from vpsync.sandbox.server import Server
from vpsync.sandbox.snapshot import end_state
from vpsync.sandbox.snapshots import fail, show_savepoint
from vpsync.sandbox.space import DeploymentRecord, Space
from vpsync.sandbox.subject import Subject
from vpsync.sandbox.tokens import add_token


@dataclass(frozen=True, slots=True)
class PresetToken:
    """An API token that exists from the start."""

    namespace: str
    name: str
    role: str
    """`viewer`, `editor` or `owner`."""
    secret: str


class Sandbox:
    """A simulated Ververica Platform. Use it as a context manager, or with `start` and `stop`."""

    def __init__(
        self,
        options: SandboxOptions | None = None,
        clock: Clock = system_clock,
        admin_token: str | None = None,
        tokens: Iterable[PresetToken] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """A platform that does not listen yet.

        `admin_token` is the platform-wide one; `tls` makes it listen with HTTPS.
        """
        self.options = options or SandboxOptions()
        self._platform = Platform(self.options, clock)
        self._exchange = Exchange(self._platform, admin_token)
        self._clock = clock
        self._tls = tls
        self._server: Server | None = None
        for token in tokens:
            space = self._platform.space(token.namespace)
            add_token(self._platform, space, token.name, token.role, token.secret)

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens (port 0: any free one) and gives the base URL, without a path."""
        self._exchange.stopping.clear()
        self._server = Server(self._exchange, self._clock, (host, port), self._tls)
        self._exchange.refuses_pages = is_loopback(self._server.address[0])
        self._server.start()
        return self.url

    def stop(self) -> None:
        """Ends all connections and stops listening; what the platform holds stays."""
        self._exchange.stopping.set()
        if self._server is not None:
            self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        """The base URL of a sandbox that listens."""
        if self._server is None:
            raise RuntimeError("the sandbox does not listen")
        host, port = self._server.address
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{shown}:{port}"

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[LoggedRequest]:
        """All requests in order of arrival."""
        return self._exchange.log.entries()

    def mutations(self, since: int = 0) -> list[LoggedRequest]:
        """Requests that may change something (no GET, no HEAD), with a number above `since`."""
        return [entry for entry in self.requests if entry.mutating and entry.number > since]

    def forget_requests(self) -> None:
        """Empties the request log; the numbers go on."""
        self._exchange.log.clear()

    @property
    def failures(self) -> list[str]:
        """Tracebacks of bugs of the sandbox itself; such a request was answered with 500."""
        return list(self._exchange.failures)

    @property
    def faults(self) -> Faults:
        """The faults that wait for requests."""
        return self._exchange.faults

    def reject(self, match: Matcher, message: str, times: int | None = None) -> Fault:
        """Refuses matching requests with 400 and that message, as VVP refuses what it dislikes."""
        return self.faults.add(Fault(match, Respond(400, {"message": message}), times))

    def call(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        """What a person does at the user interface: not logged, no faults, every right.

        Gives the status and the decoded body (None if empty).
        """
        reply = self._exchange.call(method, target, body)
        return reply.status, loads(reply.body) if reply.body else None

    def deployment(self, namespace: str, name: str) -> JsonObject | None:
        """A deployment as a client would read it, without pushing it on."""
        with self._platform.lock:
            space = self._platform.spaces.get(namespace)
            record = space.deployments.named(name) if space else None
            return space.deployments.document(record) if space and record else None

    def target(self, namespace: str, name: str) -> JsonObject | None:
        """A deployment target."""
        with self._platform.lock:
            space = self._platform.spaces.get(namespace)
            record = space.targets.named(name) if space else None
            return space.targets.document(record) if space and record else None

    def namespace(self, name: str) -> JsonObject | None:
        """A namespace, without pushing its deletion on."""
        with self._platform.lock:
            space = self._platform.spaces.get(name)
            return show(self._platform, space) if space else None

    def savepoints(self, namespace: str, deployment_id: str) -> list[JsonObject]:
        """The savepoints of a deployment, in order of creation, without pushing them on."""
        with self._platform.lock:
            found = self._platform.space(namespace).savepoints
            return [found.document(record) for record in found.of_deployment(deployment_id)]

    def jobs(self, namespace: str, deployment_id: str) -> list[JsonObject]:
        """The jobs of a deployment, in order of creation."""
        with self._platform.lock:
            found = self._platform.space(namespace).jobs
            return [found.document(record) for record in found.of_deployment(deployment_id)]

    def events(self, namespace: str, deployment_id: str) -> list[JsonObject]:
        """The events of a deployment, in order of creation."""
        with self._platform.lock:
            found = self._platform.space(namespace).events
            return [found.document(record) for record in found.of_deployment(deployment_id)]

    def secret(self, namespace: str, name: str) -> str | None:
        """What a secret value hides."""
        with self._platform.lock:
            record = self._platform.space(namespace).secret_values.named(name)
            return record.value if record else None

    def edit_deployment(self, namespace: str, name: str, patch: JsonObject) -> JsonObject:
        """A person changes a deployment at the user interface: a merge patch, not logged."""
        path = f"/api/v1/namespaces/{namespace}/deployments/{name}"
        status, body = self.call("PATCH", path, patch)
        if status != 200:
            raise ApiError(status, str(body))
        edited: JsonObject = body
        return edited

    def remove_deployment(self, namespace: str, name: str) -> None:
        """A person removes a deployment, whatever its state."""
        with self._platform.lock:
            space, record = self._deployment(namespace, name)
            remove_deployment(self._platform, space, record)

    def script_state(
        self,
        namespace: str,
        name: str,
        state: str,
        message: str = "",
        job_failing: bool = False,
    ) -> None:
        """Forces what a deployment shows.

        FAILED and FINISHED end its job; RUNNING starts one if needed and, with `job_failing`, sets
        the condition JobFailing; CANCELLED and SUSPENDED end the job whatever is desired; any
        other text is shown as it is.
        """
        with self._platform.lock:
            space, record = self._deployment(namespace, name)
            failing = (message or "The job keeps failing.") if job_failing else ""
            force_state(Subject(self._platform, space, record), state, message, failing)

    def hang(self, namespace: str, name: str, heals_on_cancel: bool = False) -> None:
        """The deployment shows TRANSITIONING for ever.

        With `heals_on_cancel` only until the desired state becomes CANCELLED.
        """
        with self._platform.lock:
            space, record = self._deployment(namespace, name)
            Subject(self._platform, space, record).hang(heals_on_cancel)

    def unhang(self, namespace: str, name: str) -> None:
        """Ends a `hang`."""
        with self._platform.lock:
            space, record = self._deployment(namespace, name)
            Subject(self._platform, space, record).unhang()

    def fail_next_savepoint(self, namespace: str, name: str, reason: str) -> None:
        """The next savepoint of the deployment fails, also that of a suspension or upgrade."""
        with self._platform.lock:
            self._deployment(namespace, name)[1].next_savepoint_failure = reason

    def fail_next_start(self, namespace: str, name: str, message: str) -> None:
        """The next job of the deployment fails to start, and the deployment with it."""
        with self._platform.lock:
            self._deployment(namespace, name)[1].next_start_failure = message

    def prune_savepoint(self, namespace: str, savepoint_id: str) -> None:
        """The platform removes a savepoint by itself."""
        with self._platform.lock:
            savepoints = self._platform.space(namespace).savepoints
            record = savepoints.with_id(savepoint_id)
            if record is not None:
                savepoints.remove(record)

    def script_savepoint(
        self, namespace: str, savepoint_id: str, state: str, message: str = ""
    ) -> None:
        """Puts a savepoint into a state; with a message it shows `status.failure`."""
        with self._platform.lock:
            space = self._platform.space(namespace)
            record = space.savepoints.with_id(savepoint_id)
            if record is not None and message:
                fail(self._platform, space, record, message, state)
            elif record is not None:
                show_savepoint(space, record, state)

    def set_autopilot(
        self, namespace: str, name: str, mode: str, autoscaler: JsonObject | None = None
    ) -> None:
        """Sets the Autopilot policy of a deployment; mode is DISABLED, MONITORING or ACTIVE."""
        with self._platform.lock:
            space, record = self._deployment(namespace, name)
            parts = {} if autoscaler is None else {"autoscalerConfig": autoscaler}
            set_policy(self._platform, space, record, f"AUTOPILOT_MODE_{mode}", parts)

    def settle(self) -> None:
        """Completes everything that is under way, but for what hangs."""
        with self._platform.lock:
            for space in list(self._platform.spaces.values()):
                settle_space(self._platform, space)
                while space.terminating and space.name in self._platform.spaces:
                    poll_namespace(self._platform, space)

    def settle_deployment(self, namespace: str, name: str) -> None:
        """Completes what one deployment is in the middle of, unless it hangs."""
        with self._platform.lock:
            settle(Subject(self._platform, *self._deployment(namespace, name)))

    def snapshot(self) -> JsonObject:
        """All objects without ids, times and versions, to compare the ends of two runs."""
        with self._platform.lock:
            return end_state(self._platform)

    def _deployment(self, namespace: str, name: str) -> tuple[Space, DeploymentRecord]:
        space = self._platform.space(namespace)
        return space, found_deployment(self._platform, space, name)
