"""Which proxy leads to a server: the rules of Go's ``httpproxy``."""

from __future__ import annotations

import pytest

from vpsync.cluster.proxy import Proxy, proxy_for
from vpsync.cluster.server import server_at
from vpsync.errors import SettingsError

PROXY = "http://proxy.example.com:3128"

# Server, NO_PROXY, and whether it is excepted. Seen in golang.org/x/net/http/httpproxy.
EXCEPTIONS = [
    ("https://foo.example.com", "foo.example.com", True),
    ("https://foo.example.com", "example.com", True),
    ("https://foo.example.com", ".example.com", True),
    ("https://foo.example.com", "*.example.com", True),
    ("https://example.com", ".example.com", False),
    ("https://example.com", "*.example.com", False),
    ("https://example.com", "example.com", True),
    ("https://fooexample.com", "example.com", False),
    ("https://foo.example.com", "example.com:443", True),
    ("https://foo.example.com", "example.com:80", False),
    ("https://foo.example.com:8443", "example.com:8443", True),
    ("https://foo.example.com", " EXAMPLE.com , x", True),
    ("https://foo.example.com", "x,*", True),
    ("https://foo.example.com", "x *", False),
    ("https://10.1.2.3", "10.1.2.3", True),
    ("https://10.1.2.3", "10.1.0.0/16", True),
    ("https://10.1.2.3", "10.2.0.0/16", False),
    ("https://10.1.2.3:6443", "10.1.2.3:6443", True),
    ("https://10.1.2.3:6443", "10.1.2.3:443", False),
    ("https://10.1.2.3", "10.1.2", False),
    ("https://[2001:db8::1]", "2001:db8::1", True),
    ("https://[2001:db8::1]", "[2001:db8::1]:443", True),
    ("https://[2001:db8::1]", "[2001:db8::1]:80", False),
    ("https://[2001:db8::1]", "2001:db8::/32", True),
    ("https://[2001:db8::1]", "10.0.0.0/8", False),
    ("https://foo.example.com", ":443", False),
    ("https://foo.example.com", "", False),
    ("https://foo.example.com", "foo.example.com/path", False),
]


@pytest.mark.parametrize(("server", "exceptions", "excepted"), EXCEPTIONS)
def test_no_proxy_is_read_as_go_reads_it(server: str, exceptions: str, excepted: bool) -> None:
    environment = {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}
    found = proxy_for(server_at(server), "", environment)
    assert (found is None) is excepted


@pytest.mark.parametrize(
    "server",
    ["https://127.0.0.1:6443", "https://127.9.9.9", "https://localhost", "https://[::1]:6443",
     "https://[::ffff:127.0.0.1]"],
)  # fmt: skip
def test_loopback_is_never_proxied_by_the_environment(server: str) -> None:
    assert proxy_for(server_at(server), "", {"HTTPS_PROXY": PROXY}) is None


@pytest.mark.parametrize(
    "text", ["http://", "://x", "http://x:y", "ftp://x", "http://x:0", "a b:c"]
)
def test_a_proxy_that_cannot_be_understood_is_wrong_usage_and_not_shown(text: str) -> None:
    for kubeconfig, environment in ((text, {}), ("", {"HTTPS_PROXY": f"{text}"})):
        with pytest.raises(SettingsError, match=r"proxy-url|HTTPS_PROXY"):
            proxy_for(server_at("https://api.example.com"), kubeconfig, environment)


def test_a_login_is_taken_apart_and_stands_in_no_text() -> None:
    environment = {"https_proxy": "http://jane:p%40CANARY@proxy.example.com"}
    found = proxy_for(server_at("https://api.example.com"), "", environment)
    assert found == Proxy("http", "proxy.example.com", 80, "jane", "p@CANARY")
    assert "CANARY" not in repr(found) + found.url


def test_capital_letters_come_first() -> None:
    both = {"HTTPS_PROXY": PROXY, "https_proxy": "http://other.example.com"}
    found = proxy_for(server_at("https://api.example.com"), "", both)
    assert found is not None
    assert found.url == PROXY
