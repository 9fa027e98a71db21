"""The refusals of the simulated platform, and their body on the wire.

The only certain member of a VVP error body is a string `message` (that is what the Go operator
decodes). A Spring Boot application may add `timestamp`, `status`, `error` and `path`; nobody has
shown that VVP does, so those members are a switch.
"""

from dataclasses import dataclass
from http import HTTPStatus

from vpsync.sandbox.jsontext import dumps


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What of a refusal goes into its body besides the message."""

    spring_members: bool
    timestamp: str
    path: str

    def text(self, status: int, message: str) -> bytes:
        """The JSON text of a refusal with `status` and `message`."""
        if not self.spring_members:
            return dumps({"message": message})
        return dumps(
            {
                "timestamp": self.timestamp,
                "status": status,
                "error": reason_phrase(status),
                "message": message,
                "path": self.path,
            }
        )


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
