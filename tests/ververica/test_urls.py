"""No name can turn a request for one object into a request for another."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
import requests

from vpsync.errors import PlatformRejected
from vpsync.ververica.urls import url

BASE = "http://vvp.test/api"

HOSTILE = [
    "", ".", "..", "/", "a/b", "../x", "..\\x", "a\\b", "a%2fb", "%2e%2e", "a?b", "a#b", "a b\n",
    "a\0b", "a\tb", "\r\nHost: evil", "ä", "．．", "a\u2028b", "x" * 301, "\ud800", "a\x7fb",
]  # fmt: skip

HARMLESS = ["orders", "a-b_c.d", "ORDERS", "a:b", "x" * 300, "...", ".a", "a b", "a@b", "a;b", "~"]


@pytest.mark.parametrize("segment", HOSTILE, ids=ascii)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_hostile_segment_is_refused_wherever_it_stands(segment: str, place: int) -> None:
    segments = ["namespaces", "default", "deployments"]
    segments[place] = segment
    with pytest.raises(PlatformRejected, match="nothing was sent"):
        url(BASE, tuple(segments))


@pytest.mark.parametrize("segment", HARMLESS, ids=lambda segment: segment[:10])
def test_what_is_sent_has_exactly_the_segments_that_were_meant(segment: str) -> None:
    made = url(BASE, ("v1", segment, "jobs"))
    # The library normalises a URL before it sends it; that must change nothing.
    sent = requests.Request("GET", made).prepare().path_url
    assert [unquote(part) for part in sent.split("/")] == ["", "api", "v1", segment, "jobs"]


def test_the_base_keeps_its_path_and_needs_no_slash() -> None:
    assert url("http://vvp.test/a/b/", ("v1", "x")) == "http://vvp.test/a/b/v1/x"
    assert url("http://vvp.test", ("v1", "x")) == "http://vvp.test/v1/x"


def test_a_query_is_encoded() -> None:
    made = url(BASE, ("jobs",), {"deploymentId": "a&b=c d"})
    assert urlsplit(made).query == "deploymentId=a%26b%3Dc+d"
