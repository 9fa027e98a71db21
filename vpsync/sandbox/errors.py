"""The refusals of the simulated platform, and their body on the wire.

A public client that ran against VVP 2.6.1 decodes `{kind, apiVersion, message, reason, context,
statusCode}` on both APIs; of what `kind`, `reason` and `context` hold it keeps nothing, so their
values here are made up. Older clients know `message` only, and a Spring Boot application may have
members of its own: both are a switch.
"""

from http import HTTPStatus
from typing import Literal, TypeAlias

from vpsync.sandbox.jsontext import JsonObject, dumps

ErrorForm: TypeAlias = Literal["full", "message", "spring"]


def error_body(form: ErrorForm, timestamp: str, path: str, status: int, message: str) -> bytes:
    """The JSON text of a refusal with `status` and `message`."""
    body: JsonObject = {"message": message}
    if form == "full":
        reason = reason_phrase(status).replace(" ", "")
        about = {"reason": reason, "context": {}, "statusCode": status}
        body = {"kind": "Error", "apiVersion": "v1", **body, **about}
    elif form == "spring":
        word = reason_phrase(status)
        before = {"timestamp": timestamp, "status": status, "error": word}
        body = {**before, **body, "path": path}
    return dumps(body)


class ApiError(Exception):
    """A request that the platform refuses: an HTTP status from 400 on and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad_request(message: str) -> ApiError:
    """400: an invalid body or an operation that makes no sense."""
    return ApiError(400, message)


def unauthorized() -> ApiError:
    """401: no token, or one that the platform does not know."""
    return ApiError(401, "Authentication is required to access this resource.")


def forbidden(message: str = "Access is denied.") -> ApiError:
    """403: the role of the token does not allow this."""
    return ApiError(403, message)


def not_found(what: str, name: str) -> ApiError:
    """404: no such object."""
    return ApiError(404, f"{what} '{name}' could not be found.")


def conflict(message: str) -> ApiError:
    """409: the object exists already, is referenced, or is in the wrong state."""
    return ApiError(409, message)


def reason_phrase(status: int) -> str:
    """The standard reason phrase of an HTTP status, `Unknown` for a number without one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
