"""A client of the sandbox as tests want it: short paths, one session, no cleverness."""

from collections.abc import Iterator
from typing import Any

import requests

from vpsync.sandbox import Sandbox

Json = dict[str, Any]


class Api:
    """Requests to one sandbox, by default inside the namespace `default`."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """`path` is absolute, or relative to the namespace `default` of the Application Manager."""
        if not path.startswith("/"):
            path = f"/api/v1/namespaces/default/{path}"
        more.setdefault("timeout", 10)
        return self.session.request(
            method, self.sandbox.url + path, json=body, allow_redirects=False, **more
        )

    def get(self, path: str) -> requests.Response:
        return self.request("GET", path)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.request("POST", path, body)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.request("PUT", path, body)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.request("PATCH", path, body)

    def delete(self, path: str) -> requests.Response:
        return self.request("DELETE", path)

    def read(self, path: str) -> Json:
        """The object at `path`, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def items(self, path: str) -> list[Json]:
        """The items of an Application Manager list."""
        found: list[Json] = self.read(path)["items"]
        return found

    def make_target(self, name: str = "jobs") -> Json:
        answer = self.post("deployment-targets", target(name))
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def make_deployment(self, name: str = "orders", **spec: Any) -> Json:
        """A deployment on the target `jobs`, which is made if it is missing; CANCELLED."""
        if self.sandbox.target("default", "jobs") is None:
            self.make_target()
        answer = self.post("deployments", deployment(name, **({"state": "CANCELLED"} | spec)))
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def make_running(self, name: str = "orders", **spec: Any) -> Json:
        """A deployment that has reached RUNNING."""
        self.make_deployment(name, state="RUNNING", **spec)
        self.sandbox.settle()
        return self.read(f"deployments/{name}")

    def states(self, path: str = "deployments/orders") -> Iterator[str]:
        """`status.state` as one read after the other shows it."""
        while True:
            yield str(self.read(path)["status"]["state"])

    def close(self) -> None:
        self.session.close()


def target(name: str = "jobs") -> Json:
    return {"metadata": {"name": name}, "spec": {"kubernetes": {"namespace": "flink"}}}


def artifact(**more: Any) -> Json:
    return {"kind": "JAR", "jarUri": "s3://bucket/orders.jar", **more}


def deployment(name: str = "orders", **spec: Any) -> Json:
    whole = {"deploymentTargetName": "jobs", "template": {"spec": {"artifact": artifact()}}}
    return {"metadata": {"name": name}, "spec": {**whole, **spec}}


def template(**spec: Any) -> Json:
    """A patch of the template's spec."""
    return {"spec": {"template": {"spec": spec}}}
