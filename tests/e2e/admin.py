"""The administrator of the test cluster: plain requests, where kubectl would take a tenth of a second."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from .apiserver.server import ApiServer

GROUP = "ververicaplatform.fintechstudios.com"
PLURALS = ("vpnamespaces", "vpdeploymenttargets", "vpdeployments", "vpsavepoints")
"""The kinds in dependency order."""

_PATIENCE_SECONDS = 10
_JSON = "application/json"
_MERGE_PATCH = "application/merge-patch+json"


class Refused(Exception):
    """The API server answered with an error; ``code`` is its HTTP status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Admin:
    """Requests to one API server with every right."""

    def __init__(self, apiserver: ApiServer) -> None:
        config = json.loads(apiserver.admin_kubeconfig.read_text(encoding="utf-8"))
        authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"])
        self._context = ssl.create_default_context(cadata=authority.decode("ascii"))
        self._token = config["users"][0]["user"]["token"]
        self._address = urlsplit(apiserver.url).netloc

    def request(self, method: str, path: str, body: Any = None, content_type: str = _JSON) -> Any:
        """The decoded answer; :class:`Refused` when it is an error."""
        return json.loads(self._answer(method, path, body, content_type)[0])

    def _answer(
        self, method: str, path: str, body: Any, content_type: str
    ) -> tuple[bytes, Sequence[str]]:
        """The body of an answer, and its warnings (RFC 7234: a code, an agent, a quoted text)."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        data = None if body is None else json.dumps(body)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            with closing(http.client.HTTPSConnection(self._address, context=self._context)) as link:
                link.request(method, path, data, headers)
                answer = link.getresponse()
                text = answer.read()
            if answer.status < 400:
                return text, answer.headers.get_all("Warning", [])
            # A kind that was just installed asks to come again, as kubectl does.
            if answer.status != 429 or time.monotonic() > deadline:
                raise Refused(answer.status, text.decode(errors="replace"))
            time.sleep(0.1)

    def list(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        """The resources of one of our kinds."""
        items: list[dict[str, Any]] = self.request("GET", _path(plural, namespace))["items"]
        return items

    def get(
        self, plural: str, namespace: str, name: str, version: str = "v1beta1"
    ) -> dict[str, Any] | None:
        """One resource; None when there is none of that name."""
        path = f"{_path(plural, namespace, version)}/{name}"
        try:
            document: dict[str, Any] = self.request("GET", path)
        except Refused as refusal:
            if refusal.code == 404:
                return None
            raise
        return document

    def create_namespace(self, name: str) -> None:
        """Creates a Kubernetes namespace."""
        self.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def create(self, namespace: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Stores a resource of one of our kinds as it is, without kubectl's own annotation."""
        created: dict[str, Any] = self.request("POST", _home(namespace, document), document)
        return created

    def create_warnings(self, namespace: str, document: Mapping[str, Any]) -> Sequence[str]:
        """What the API server warns of when a resource of ours is created, which this does not."""
        path = f"{_home(namespace, document)}?dryRun=All"
        return self._answer("POST", path, document, _JSON)[1]

    def patch(
        self, plural: str, namespace: str, name: str, patch: Any, status: bool = False
    ) -> Sequence[str]:
        """A merge patch, of the status on demand; gives what the API server warns of at it."""
        path = f"{_path(plural, namespace)}/{name}{'/status' if status else ''}"
        return self._answer("PATCH", path, patch, _MERGE_PATCH)[1]

    def has_shipped(self) -> bool:
        """Whether the shipped CRDs and the shipped role binding are there."""
        try:
            for plural in PLURALS:
                self.list(plural, "default")
            self.request("GET", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vpsync")
        except Refused:
            return False
        return True

    def service_account(self, namespace: str, name: str, rules: Any) -> str:
        """A new service account with these rights in its namespace; its token."""
        named = {"name": name, "namespace": namespace}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        place = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        self.request("POST", place, {"metadata": named})
        self.request("POST", f"{rbac}/roles", {"metadata": named, "rules": rules})
        self.request("POST", f"{rbac}/rolebindings", {
            "metadata": named, "roleRef": role, "subjects": [{"kind": "ServiceAccount", **named}],
        })  # fmt: skip
        answer = self.request(
            "POST", f"{place}/{name}/token", {"spec": {"expirationSeconds": 3600}}
        )
        return str(answer["status"]["token"])

    def wipe(self, namespace: str) -> None:
        """Takes away all our resources in a namespace, whatever holds them."""
        for plural in PLURALS:
            try:
                held = self.list(plural, namespace)
            except Refused:  # Its CRD is not installed.
                continue
            if not held:
                continue
            self.request("DELETE", _path(plural, namespace))
            for resource in self.list(plural, namespace):
                self.patch(plural, namespace, resource["metadata"]["name"],
                           {"metadata": {"finalizers": None}})  # fmt: skip


def _path(plural: str, namespace: str, version: str = "v1beta1") -> str:
    return f"/apis/{GROUP}/{version}/namespaces/{namespace}/{plural}"


def _home(namespace: str, document: Mapping[str, Any]) -> str:
    version = str(document["apiVersion"]).rpartition("/")[2]
    return _path(f"{str(document['kind']).lower()}s", namespace, version)
