"""VVP's tokens over its Platform API (published specifications 2.0 to 2.7, "ApiToken")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vpsync.model.json import Json, value_at
from vpsync.model.timestamps import seconds
from vpsync.ververica.answers import malformed
from vpsync.ververica.client import Client
from vpsync.ververica.run_tokens import ApiToken


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """The tokens of VVP namespaces, by their names."""

    client: Client

    def create_token(self, namespace: str, name: str) -> ApiToken:
        """Creates an ``owner`` token; VVP tells its secret only in this answer."""
        body = {"name": f"namespaces/{namespace}/apitokens/{name}", "role": "owner"}
        answer = self.client.platform("POST", _path(namespace), body, namespace)
        secret = value_at(answer, ("apiToken", "secret"))
        if not isinstance(secret, str) or not secret:
            malformed("POST apitokens", "there is no secret")
        created = value_at(answer, ("apiToken", "createTime"))
        return ApiToken(name, seconds(created), secret)

    def list_tokens(self, namespace: str) -> list[ApiToken]:
        """The tokens of a VVP namespace, whoever made them."""
        answer = self.client.platform("GET", _path(namespace), None, namespace)
        # VVP may leave an empty list out, as JSON made from protocol buffers does.
        items = answer.get("apiTokens", []) if isinstance(answer, Mapping) else None
        if not isinstance(items, list):
            malformed("GET apitokens", "there is no list of tokens")
        return [_token_from(item) for item in items]

    def delete_token(self, namespace: str, name: str) -> None:
        """Removes a token; it is void from then on."""
        self.client.platform("DELETE", (*_path(namespace), name), None, namespace)


def _path(namespace: str) -> tuple[str, ...]:
    return ("apitokens", "v1", "namespaces", namespace, "apitokens")


def _token_from(item: Json) -> ApiToken:
    """A token; its name in the body is ``namespaces/<namespace>/apitokens/<name>``."""
    full = item.get("name") if isinstance(item, Mapping) else None
    if not isinstance(full, str):
        malformed("apitokens", "a token has no name")
    return ApiToken(full.rpartition("/")[2], seconds(value_at(item, ("createTime",))))
