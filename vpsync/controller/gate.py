"""Who may read the metrics: whoever's bearer token the cluster knows, and whom it lets get the path.

The way of controller-runtime (``metrics/filters.WithAuthenticationAndAuthorization``): a TokenReview, then a
SubjectAccessReview for the verb get on the path, both kept for a short time.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from vpsync.cluster.reviews import REVIEW_LIMITS, TokenReviewer, UserInfo
from vpsync.controller.connect import open_cluster
from vpsync.controller.followed import followed
from vpsync.errors import RequestError
from vpsync.settings import Settings

log = logging.getLogger(__name__)

ADMITTED_FOR, REFUSED_FOR = 60.0, 10.0
"""Seconds that an answer of the cluster counts, be it yes or no."""

MOST_ADMITTED, MOST_REFUSED = 64, 256
"""Answers that are kept; in rows of their own, so that no stranger's tokens push out a known one."""

AT_ONCE = 4
"""Callers that the cluster is asked about at one time, so that no stranger makes us flood it."""

LONGEST_TOKEN = 8192
"""Characters of a token; a longer one is refused unread."""


class Admission(Enum):
    """Whether a caller may have a page, with the status that says so."""

    ADMITTED = 200
    UNKNOWN = 401
    """No token, or one that the cluster does not know."""
    FORBIDDEN = 403
    UNANSWERED = 503
    """The cluster did not answer."""


@dataclass(slots=True)
class Gate:
    """Admits callers; safe to share between threads."""

    caller: Callable[[str], UserInfo | None] = field(repr=False)
    """Asks the cluster who a token belongs to."""
    may_get: Callable[[UserInfo, str], bool] = field(repr=False)
    """Asks the cluster whether a caller may get a path."""
    clock: Callable[[], float] = time.monotonic
    patience: float = 3.0
    """Seconds that a caller waits for others that are being asked about."""
    _admitted: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False, repr=False)
    _refused: OrderedDict[str, tuple[float, Admission]] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
    """Until when an answer counts, by digests of token and path."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _asking: threading.Semaphore = field(
        default_factory=lambda: threading.Semaphore(AT_ONCE), init=False
    )

    def admit(self, authorization: str, path: str) -> Admission:
        """Whether the caller with that header ``Authorization`` may get the path."""
        token = token_in(authorization)
        if not token or len(token) > LONGEST_TOKEN:
            return Admission.UNKNOWN
        key = hashlib.sha256(f"{path} {token}".encode()).hexdigest()
        entry = self._known(key)
        return self._asked(key, token, path) if entry is None else entry

    def _known(self, key: str) -> Admission | None:
        now = self.clock()
        with self._lock:
            if self._admitted.get(key, now) > now:
                return Admission.ADMITTED
            until, verdict = self._refused.get(key, (now, Admission.UNKNOWN))
            return verdict if until > now else None

    def _asked(self, key: str, token: str, path: str) -> Admission:
        if not self._asking.acquire(timeout=self.patience):
            return Admission.UNANSWERED
        try:
            verdict = self._judge(token, path)
        except RequestError as error:
            # In none of its words: they may quote what was sent.
            log.warning(
                "a request for the metrics was refused: the cluster could not be asked about the token (%s)",
                _why(error),
            )
            return Admission.UNANSWERED
        finally:
            self._asking.release()
        self._keep(key, verdict)
        return verdict

    def _judge(self, token: str, path: str) -> Admission:
        caller = self.caller(token)
        if caller is None:
            return Admission.UNKNOWN
        return Admission.ADMITTED if self.may_get(caller, path) else Admission.FORBIDDEN

    def _keep(self, key: str, verdict: Admission) -> None:
        now = self.clock()
        with self._lock:
            self._admitted.pop(key, None)
            self._refused.pop(key, None)
            if verdict is Admission.ADMITTED:
                self._admitted[key] = now + ADMITTED_FOR
            else:
                self._refused[key] = (now + REFUSED_FOR, verdict)
            if len(self._admitted) > MOST_ADMITTED:
                self._admitted.popitem(last=False)
            if len(self._refused) > MOST_REFUSED:
                self._refused.popitem(last=False)


def token_in(authorization: str) -> str:
    """The token of a header ``Authorization``; empty where it has none.

    It is a bearer's, or the password of any name (RFC 7617), which is what a browser asks people for.
    """
    scheme, _, given = authorization.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return given.strip()
        case "basic":
            try:
                return base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
            except ValueError:
                return ""
        case _:
            return ""


def gate_of(settings: Settings) -> Gate:
    """The gate of the cluster of these settings, over connections of its own.

    What it asks is no part of a pass: no time limit of a pass holds for it, and no metric counts it.
    """

    def open_reviewer() -> TokenReviewer:
        reviewer = open_cluster(settings, TokenReviewer, threading.Event())
        reviewer.limits, reviewer.attempts = REVIEW_LIMITS, 1
        return reviewer

    reviewers = followed(settings, open_reviewer)
    return Gate(
        lambda token: reviewers.edge().caller(token),
        lambda caller, path: reviewers.edge().may_get(caller, path),
    )


def _why(error: RequestError) -> str:
    if error.status == 403:
        return (
            "403: vpsync needs the right to create tokenreviews and subjectaccessreviews, "
            "as in k8s/monitoring/access.yaml"
        )
    return f"it answers {error.status}" if error.status else "no answer"
