"""What the account of a run may do, asked of the API server itself."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.cluster.client import Reader
from vpsync.errors import ClusterError
from vpsync.model.json import value_at

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(slots=True)
class Reviewer(Reader):
    """A Reader that can also send SelfSubjectAccessReviews: a POST that asks and stores nothing."""

    def may(self, verb: str, group: str, resource: str, namespace: str, name: str = "") -> bool:
        """Whether the account may do that; an empty namespace means all of them, and so does an empty name.

        ``resource`` is a plural, with a subresource behind a slash.
        """
        plural, _, part = resource.partition("/")
        attributes = {
            "verb": verb,
            "group": group,
            "resource": plural,
            "subresource": part,
            "namespace": namespace,
        }
        if name:
            attributes["name"] = name
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self._send("POST", _REVIEWS, review, "application/json")
        allowed = value_at(answer, ("status", "allowed"))
        if not isinstance(allowed, bool):
            raise ClusterError("the API server does not say what the account may do")
        return allowed
