"""Asks the API server whose a bearer token is, and what its owner may do.

(Kubernetes, ``authentication.k8s.io/v1`` TokenReview and ``authorization.k8s.io/v1`` SubjectAccessReview.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vpsync.cluster.client import Reader
from vpsync.model.json import Json, value_at
from vpsync.net.pools import Limits

REVIEW_LIMITS = Limits(whole=5.0, connect=2.0, between=5.0)
"""Short, because a person or Prometheus waits for the page."""

_TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews"
_ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Whose a token is, as the API server knows them."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, Sequence[str]] | None = None


@dataclass(slots=True)
class TokenReviewer(Reader):
    """Reviews tokens and access; neither changes anything in the cluster."""

    def caller(self, token: str) -> UserInfo | None:
        """Whose the token is; None where the API server does not know it, as when it has expired."""
        answer = self._review(_TOKENS, "TokenReview", {"token": token})
        if value_at(answer, ("status", "authenticated")) is not True:
            return None
        user = value_at(answer, ("status", "user"))
        name = value_at(user, ("username",))
        if not isinstance(name, str) or not name:
            return None
        uid, groups = value_at(user, ("uid",)), value_at(user, ("groups",))
        extra = value_at(user, ("extra",))
        return UserInfo(
            name,
            uid if isinstance(uid, str) else "",
            tuple(map(str, groups)) if isinstance(groups, list) else (),
            extra if isinstance(extra, dict) else None,
        )

    def may_get(self, caller: UserInfo, path: str) -> bool:
        """Whether the caller may get a path that is no resource's, such as ``/metrics``."""
        spec: dict[str, Json] = {
            "user": caller.name,
            "uid": caller.uid,
            "groups": list(caller.groups),
            "extra": {key: list(values) for key, values in (caller.extra or {}).items()},
            "nonResourceAttributes": {"path": path, "verb": "get"},
        }
        answer = self._review(_ACCESS, "SubjectAccessReview", spec)
        return value_at(answer, ("status", "allowed")) is True

    def _review(self, path: str, kind: str, spec: Json) -> Json:
        version = path.removeprefix("/apis/").rpartition("/")[0]
        body: Json = {"apiVersion": version, "kind": kind, "spec": spec}
        return self._send("POST", path, body, "application/json")
