"""The exception tree.

::

    VpsyncError
    ├── SettingsError              a flag, a variable or a file of settings is unusable
    ├── InvalidManifest            carries all findings of one manifest
    ├── InternalError              vpsync itself stumbled over one resource
    ├── PassBrokenOff              vpsync itself stumbled in a pass of a loop
    └── RequestError               a request failed; carries the status of its answer
        ├── ClusterError               Kubernetes refused, or its answer is unusable
        │   ├── ClusterUnreachable     no answer, or none of the credentials is accepted
        │   ├── ClusterForbidden       the account lacks the right (403)
        │   ├── ClusterConflict        the object moved since it was read
        │   ├── LeaseNotFree           another run of the same owner id is the one that writes
        │   ├── ClusterRejected        the API server, a policy or a webhook will not have the write
        │   └── ClusterNotFound        the object, or its CRD, does not exist
        └── PlatformError              VVP refused, or its answer is unusable
            ├── PlatformUnreachable    no answer; for a write the result is unknown
            ├── PlatformFault          429, 5xx or anything but the expected JSON
            ├── PlatformUnauthorized   401, 403 or no token: a stop for that VVP namespace
            │   └── PlatformForbidden  403: VVP knows the token, and its role does not suffice
            ├── PlatformRejected       VVP read the request and will not have it
            │   └── PlatformUnsupported  this VVP server has no such operation
            ├── PlatformConflict       409: another object, state or reference stands against it
            └── PlatformNotFound       404

What a failed request means is told by its class and its ``status``, never by its text, for a text
may quote anything.

``retryable`` says whether the same request may succeed in a later pass without anybody acting.
Messages are one line, name the resource or the route and the next step, and never hold a token
or a body of unknown origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from traceback import format_tb
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from vpsync.model.finding import Finding


class VpsyncError(Exception):
    """Anything that vpsync expects to go wrong."""

    retryable: ClassVar[bool] = False


class SettingsError(VpsyncError):
    """A flag, an environment variable or a settings file cannot be used (exit code 2)."""


class InvalidManifest(VpsyncError):
    """A manifest breaks its schema or a rule; ``findings`` lists all that is wrong."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class InternalError(VpsyncError):
    """vpsync itself stumbled over one resource, which is left as it is; it goes on for all others.

    The message names the kind of the error and its place, and never its words: these may quote what
    the resource holds.
    """

    def __init__(self, error: Exception) -> None:
        self.trace = trace_of(error)
        """Where it happened, for the log of ``--debug``; it has no words of the error either."""
        super().__init__(
            f"vpsync could not handle this resource ({place_of(error)}), so nothing is done "
            "about it; this is a fault of vpsync: please report it with this message"
        )


class PassBrokenOff(VpsyncError):
    """vpsync itself stumbled in a pass of a loop; the next pass begins anew.

    As with :class:`InternalError`, the message has the kind of the error and its place, and none of its
    words.
    """

    def __init__(self, error: Exception, count: int) -> None:
        self.trace = trace_of(error)
        """Where it happened, for the log of ``--debug``."""
        self.count = count
        """How many passes of the loop have ended so, this one included."""
        super().__init__(
            f"the pass failed because of a bug in vpsync ({place_of(error)}), {count} since the start; "
            "please report it with this message. The loop goes on with the next pass"
        )


class OutOfThreads(VpsyncError):
    """The machine gives this process no further thread."""

    def __init__(self) -> None:
        super().__init__(
            "this machine gives the process no further thread; raise its limit (ulimit -u, or the pids of "
            "the container), or lower --concurrency"
        )


def lacks_threads(error: Exception) -> bool:
    """Whether a thread could not be started; Python has no class for it, only words (``_threadmodule.c``)."""
    return isinstance(error, RuntimeError) and str(error) == "can't start new thread"


def trace_of(error: Exception) -> str:
    """Where an error happened, call by call, without any of its words."""
    return "".join(format_tb(error.__traceback__))


def place_of(error: Exception) -> str:
    """The kind of an error, and the file and line where it was raised."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return type(error).__name__
    file = frame.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{type(error).__name__} at {file}:{frame.tb_lineno}"


class RequestError(VpsyncError):
    """A request to Kubernetes or VVP failed, or was refused before it was sent."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status that the request failed with; None where no answer told one."""
        self.retry_after = retry_after
        """Seconds that the server asks to wait before the request is sent again, if it does."""


class ClusterError(RequestError):
    """Kubernetes answered with an error, or with something that is not what was asked for."""

    retryable = True


class ClusterUnreachable(ClusterError):
    """The API server does not answer, or refuses the credentials."""


class ClusterForbidden(ClusterError):
    """The account may not do that (403)."""


class ClusterConflict(ClusterError):
    """The object changed between our read and our write; the next pass reads it anew."""


class LeaseNotFree(ClusterError):
    """Another run holds the Lease, and did not give it up in time; nothing was done."""


class ClusterRejected(ClusterError):
    """The API server read a write and will not have it: a schema, an admission policy or a webhook.

    ``str()`` holds their own words. It is tried again at each pass, for it is not the manifest that has
    to change.
    """


class ClusterNotFound(ClusterError):
    """The object does not exist, or the cluster does not know its kind."""


class PlatformError(RequestError):
    """VVP answered with an error, or did not answer as its API promises."""

    retryable = True


class PlatformUnreachable(PlatformError):
    """No complete answer within the time limits; a write may or may not have happened."""


class PlatformFault(PlatformError):
    """VVP or something before it failed: 429, 5xx, or an answer that is not the expected JSON."""


class PlatformUnauthorized(PlatformError):
    """The token of a VVP namespace is missing, unknown or lacks the role."""


class PlatformForbidden(PlatformUnauthorized):
    """The token's role does not permit it (403); another token of the same role would not help."""


class PlatformRejected(PlatformError):
    """VVP refused the request as such; ``str()`` holds VVP's own words."""

    retryable = False


class PlatformUnsupported(PlatformRejected):
    """This VVP server is too old for the operation."""


class PlatformConflict(PlatformError):
    """VVP refused the request in the present state of its objects (409)."""


class PlatformNotFound(PlatformError):
    """VVP has no such object (404)."""
