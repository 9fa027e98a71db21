"""The name server of the node: Services by their names, the node for the examples' hosts, nothing else.

Without a name server a pod waits 80 seconds for each name. Run on the node as
``dns.py ADDRESS NODE KUBECTL KUBECONFIG``; the standard library is all that it has there.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Callable

OUTSIDE = re.compile(r"(.+\.)?example\.com")
SERVICE = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local")
_NO_SUCH_NAME = 3
_ADDRESS = 1


def address_of(name: str, node: str, kubectl: tuple[str, ...]) -> str | None:
    """The address of a name; None where there is no such name."""
    if OUTSIDE.fullmatch(name):
        return node
    service = SERVICE.fullmatch(name)
    if service is None:
        return None
    path = f"/api/v1/namespaces/{service[2]}/services/{service[1]}"
    found = subprocess.run([*kubectl, "get", "--raw", path], capture_output=True, check=False)
    if found.returncode != 0:
        return None
    given: str = json.loads(found.stdout)["spec"].get("clusterIP", "None")
    return None if given == "None" else given


def answer(query: bytes, address: Callable[[str], str | None]) -> bytes:
    """The answer to a query of one question, in the wire format of RFC 1035."""
    end = query.index(0, 12)
    labels, at = [], 12
    while at < end:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace").lower())
        at += 1 + query[at]
    question = query[12 : end + 5]
    found = address(".".join(labels))
    asked = struct.unpack("!H", question[-4:-2])[0]
    record = b""
    if found is not None and asked == _ADDRESS:
        record = struct.pack("!HHHIH", 0xC00C, _ADDRESS, 1, 1, 4)
        record += ipaddress.IPv4Address(found).packed
    flags = 0x8580 | (0 if found is not None else _NO_SUCH_NAME)
    head = struct.pack("!HHHHHH", int.from_bytes(query[:2], "big"), flags, 1, bool(record), 0, 0)
    return head + question + record


def main() -> None:
    """Answers until it is ended."""
    here, node, kubectl, kubeconfig = sys.argv[1:]
    command = (kubectl, f"--kubeconfig={kubeconfig}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((here, 53))
        while True:
            query, client = server.recvfrom(4096)
            server.sendto(answer(query, lambda name: address_of(name, node, command)), client)


if __name__ == "__main__":
    main()
