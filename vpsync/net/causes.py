"""What kept a request from being answered, in words for the person who has to mend it.

The words are found by the types, numbers and codes of the errors, and of those that led to them: their
texts differ by version and platform, and may hold addresses with credentials.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from urllib3 import exceptions

from vpsync.net.sockets import MAX_HEADERS, TooManyHeaders

_CERTIFICATES: Mapping[int, str] = {
    2: "its CA is unknown",
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed",
    19: "its chain ends in a self-signed CA that is not trusted",
    20: "its CA is unknown",
    21: "its CA is unknown",
    23: "it was revoked",
    62: "it is for another host name",
    64: "it is for another IP address",
    66: "its key is too short",
    68: "its signature is too weak",
}
"""By the codes of OpenSSL (``X509_V_ERR_*``)."""

_NO_TLS = "the server does not speak TLS there (http:// instead of https://?)"
_NO_VERSION = "no TLS version is common to both sides"
_NO_CIPHER = "no cipher is common to both sides"
_CLIENT_CERTIFICATE = "the server does not accept the client certificate"

_TLS: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "HTTP_REQUEST": _NO_TLS,
    "PACKET_LENGTH_TOO_LONG": _NO_TLS,
    "RECORD_LAYER_FAILURE": _NO_TLS,
    "UNSUPPORTED_PROTOCOL": _NO_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": _NO_VERSION,
    "NO_PROTOCOLS_AVAILABLE": _NO_VERSION,
    "VERSION_TOO_LOW": _NO_VERSION,
    "NO_SHARED_CIPHER": _NO_CIPHER,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _NO_CIPHER,
    "TLSV1_ALERT_HANDSHAKE_FAILURE": _NO_CIPHER,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": _CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": _CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _CLIENT_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": _CLIENT_CERTIFICATE,
    "TLSV1_UNRECOGNIZED_NAME": "the server has no certificate for this host name",
    "SSLV3_ALERT_UNRECOGNIZED_NAME": "the server has no certificate for this host name",
}
"""Words for the reasons that OpenSSL gives."""

_UNREACHED: Mapping[int, str] = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "the network is unreachable",
    errno.EADDRNOTAVAIL: "the address is not available",
    errno.EMFILE: "too many open files",
}
"""By the numbers of the operating system, while a connection is made."""


FOREIGN: tuple[type[Exception], ...] = (OSError, exceptions.HTTPError, http.client.HTTPException)
"""What any client may raise for a request that was not answered."""


def cause_of(error: BaseException) -> str:
    """The cause, without credentials and line breaks, and without addresses but for unknown hosts."""
    chain = list(_chain(error))
    behind_proxy = any(_named(one, "ProxyError") for one in chain)
    for words in _RULES:
        for one in chain:
            if (text := words(one)) is not None:
                return f"the proxy: {text}" if behind_proxy else text
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that led to it or are held in it, each once; the outermost first."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), getattr(one, "original_error", None)]
        waiting += [one.__cause__, one.__context__]


def _tls(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _CERTIFICATES.get(getattr(error, "verify_code", 0), "it is not accepted")
        return f"TLS failed: the certificate of the server: {why}"
    if isinstance(error, ssl.SSLEOFError):
        return "TLS failed: the server closed the connection during the handshake"
    if isinstance(error, ssl.SSLError):
        reason = str(getattr(error, "reason", None) or "")
        return (
            f"TLS failed: {_TLS.get(reason, reason.replace('_', ' ').lower() or 'unknown cause')}"
        )
    return None


def _compared_by_urllib3(error: BaseException) -> str | None:
    """Host names that urllib3 compares itself, as for another ``tls-server-name``."""
    if _named(error, "CertificateError"):
        return f"TLS failed: the certificate of the server: {_CERTIFICATES[62]}"
    return "TLS failed" if isinstance(error, exceptions.SSLError) else None


def _name(error: BaseException) -> str | None:
    """A name that cannot be resolved, with the name where the error has it: it may be a proxy's."""
    is_named = isinstance(error, exceptions.NameResolutionError)
    cause = error.__cause__ if is_named else error
    if not isinstance(cause, socket.gaierror):
        return None
    host = getattr(getattr(error, "conn", None), "host", "") if is_named else ""
    named = f" {host}" if host else ""
    if cause.errno == socket.EAI_AGAIN:
        return f"no connection: the host name{named} cannot be resolved now"
    return f"no connection: the host{named} is unknown"


def _connection(error: BaseException) -> str | None:
    text = _UNREACHED.get(error.errno or 0) if isinstance(error, OSError) else None
    if text is not None:
        return f"no connection: {text}"
    if isinstance(error, ConnectionRefusedError):
        return f"no connection: {_UNREACHED[errno.ECONNREFUSED]}"
    if isinstance(error, exceptions.ConnectTimeoutError) and not _is_not_made(error):
        return "no connection within the time limit"
    return None


def _is_not_made(error: BaseException) -> bool:
    """Whether it says only that there is no connection; urllib3 derives that from a time-out."""
    return isinstance(error, exceptions.NewConnectionError)


def _headers(error: BaseException) -> str | None:
    if isinstance(error, TooManyHeaders):
        return f"the answer has more than {MAX_HEADERS >> 10} KiB of headers"
    if isinstance(error, http.client.LineTooLong):
        return "a header of the answer is too long"
    return None


def _time(error: BaseException) -> str | None:
    if isinstance(error, (exceptions.ReadTimeoutError, TimeoutError)):
        return "no answer within the time limit"
    return None


def _body(error: BaseException) -> str | None:
    if isinstance(error, (http.client.IncompleteRead, exceptions.IncompleteRead)):
        return "the connection broke in the middle of the answer"
    if isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError)):
        return "the connection was closed without an answer"
    if isinstance(error, ConnectionError) and error.errno == errno.ECONNRESET:
        return "the connection was reset"
    return None


def _protocol(error: BaseException) -> str | None:
    if isinstance(error, (http.client.BadStatusLine, http.client.UnknownProtocol)):
        return "the answer is no HTTP (https:// instead of http://?)"
    if isinstance(error, exceptions.DecodeError):
        return "the answer cannot be unpacked"
    if _named(error, "ContentDecodingError"):
        return "the answer cannot be unpacked"
    if isinstance(error, http.client.HTTPException):
        return "the answer is no proper HTTP"
    return None


def _proxy(error: BaseException) -> str | None:
    return "it does not let the connection through" if _named(error, "ProxyError") else None


def _rest(error: BaseException) -> str | None:
    if _is_not_made(error):
        return "no connection"
    if isinstance(error, exceptions.ProtocolError):
        return "the connection broke in the middle of the answer"
    return None


def _named(error: BaseException, name: str) -> bool:
    """Whether a client calls the error so: its own class of that name is not for us to import."""
    return any(cls.__name__ == name for cls in type(error).__mro__)


_RULES: tuple[Callable[[BaseException], str | None], ...] = (
    _tls, _compared_by_urllib3, _name, _connection, _headers, _time, _body, _protocol, _proxy, _rest,
)  # fmt: skip
"""Rules in the order in which they are tried, the most telling first."""
