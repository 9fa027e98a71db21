"""Media types of bodies: JSON everywhere, and YAML in the Application Manager.

Every operation of the Application Manager specifications takes and gives `application/json` and
`application/yaml`; the Platform API is JSON only. A client that states no preference gets JSON.
"""

from collections.abc import Mapping
from typing import Any

from vpsync.sandbox import jsontext, yamltext
from vpsync.sandbox.call import Reply
from vpsync.sandbox.errors import ApiError, bad_request

JSON = "application/json"
YAML = "application/yaml"
FORM = "multipart/form-data"
MERGE_PATCH = "application/merge-patch+json"


def media_type(headers: Mapping[str, str]) -> str:
    """The type of the body that comes with these headers, in lower case and without parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def check_media_type(path: str, sent: str, merge_patch: bool) -> None:
    """415 unless the operation at that path takes bodies of that type."""
    accepted = {JSON}
    if speaks_yaml(path):
        accepted.add(YAML)
    if path.startswith("/artifacts/") or path.endswith(":upload-jar"):
        accepted = {FORM}
    if merge_patch:
        accepted.add(MERGE_PATCH)
    if sent not in accepted:
        raise ApiError(415, f"Content type '{sent}' is not supported.")


def decode(sent: str, body: bytes, *, as_written: bool = True) -> tuple[Any, ApiError | None]:
    """The value of a body of that type, and what is wrong with it; a form is left to its reader.

    Numbers that are not whole keep their text if `as_written`.
    """
    if not body or sent == FORM:
        return None, None
    try:
        return (yamltext if sent == YAML else jsontext).loads(body, as_written=as_written), None
    except ValueError as error:
        word = "YAML" if sent == YAML else "JSON"
        return None, bad_request(f"Malformed {word} request: {error}")


def negotiated(path: str, headers: Mapping[str, str], reply: Reply) -> Reply:
    """A JSON answer in the type that the client prefers, by the order in its `Accept`."""
    ranges = [part.partition(";")[0].strip() for part in headers.get("accept", "").split(",")]
    wanted = next((one for one in ranges if one.lower() in (JSON, YAML, "*/*")), JSON)
    if wanted != YAML or reply.content_type != JSON or not reply.body or not speaks_yaml(path):
        return reply
    text = yamltext.dumps(jsontext.loads(reply.body))
    return Reply(reply.status, text, reply.headers, YAML)


def speaks_yaml(path: str) -> bool:
    """Whether the operations at that path take and give YAML, too."""
    return path.startswith("/api/")
