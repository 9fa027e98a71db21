"""Uploaded artifacts (VVP page "Artifact Management"; in no specification, but in many clients).

Only names and times are kept: nothing runs from them. Uploading a name again overwrites it.
"""

from email.parser import BytesParser
from email.policy import HTTP

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.errors import bad_request, not_found
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.space import Space

_LIMIT = 50 * 1024 * 1024
"""Bytes that VVP takes in one upload."""


def list_artifacts(platform: Platform, call: Call) -> Reply:
    """GET of `:list`."""
    held = platform.space(call.namespace).artifacts
    return value_reply(200, {"artifacts": platform.arrange(list(held.values()))})


def upload_artifact(platform: Platform, call: Call) -> Reply:
    """POST of `:upload`: a multipart form with the file as its part `file`."""
    space = platform.open_space(call.namespace)
    return value_reply(200, {"artifact": _store(platform, space, uploaded_name(call))})


def get_artifact(platform: Platform, call: Call) -> Reply:
    """GET of `:getMetadata` with the name in the query."""
    return value_reply(200, {"artifact": _found(platform.space(call.namespace), call)})


def delete_artifact(platform: Platform, call: Call) -> Reply:
    """DELETE of `:delete` with the name in the query."""
    space = platform.space(call.namespace)
    del space.artifacts[_found(space, call)["filename"]]
    return value_reply(200, {})


def upload_jar(platform: Platform, call: Call) -> Reply:
    """POST of a UDF artifact's `:upload-jar`: stores the file and gives its URI."""
    space = platform.open_space(call.namespace)
    if call.ref not in space.plain.get("udfartifacts", {}):
        raise not_found("udfArtifact", call.ref)
    name = f"udfs/{call.ref}/{uploaded_name(call)}"
    return value_reply(200, {"jarUri": _uri(space, name)})


def uploaded_name(call: Call) -> str:
    """The file name of the part `file` of a multipart body.

    Raises:
        ApiError: 400, the body has no such part, or it is larger than VVP takes.
    """
    head = f"Content-Type: {call.content_type}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + call.raw)
    for part in form.iter_parts() if form.is_multipart() else ():
        name = part.get_filename()
        if part.get_param("name", header="content-disposition") == "file" and name:
            if len(call.raw) > _LIMIT:
                raise bad_request("The file is larger than 50 MB.")
            return str(name).rpartition("/")[2]
    raise bad_request("The multipart part 'file' is required.")


def _store(platform: Platform, space: Space, name: str) -> JsonObject:
    created = platform.identity.now_seconds()
    space.artifacts[name] = {"filename": name, "createTime": created, "uri": _uri(space, name)}
    return space.artifacts[name]


def _uri(space: Space, name: str) -> str:
    return f"s3://vvp/artifacts/namespaces/{space.name}/{name}"


def _found(space: Space, call: Call) -> JsonObject:
    name = call.query.get("filename", "")
    if name not in space.artifacts:
        raise not_found("Artifact", name)
    return space.artifacts[name]
