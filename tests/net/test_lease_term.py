"""Nothing is written, on either edge, after the Lease of the run may be somebody else's."""

from __future__ import annotations

import time

import pytest
from urllib3.connection import HTTPConnection

from vpsync.errors import RequestError
from vpsync.net.lease_term import LeaseTerm, steady_clock

from .conftest import OpenEdge
from .peer import fine, serving

NOT_HELD = "no longer holds its Lease"


def term(begins: float, whole: float) -> LeaseTerm:
    return LeaseTerm(steady_clock(), begins, whole)


def test_a_write_is_sent_while_the_term_is_open(open_edge: OpenEdge) -> None:
    with serving(fine) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = term(10, 15)
        edge.write()
        edge.read()
    assert sorted(request.method for request in peer.requests) == ["GET", "POST"]


def test_no_write_is_begun_after_it_and_no_connection_is_made_for_one(open_edge: OpenEdge) -> None:
    with serving(fine) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = term(0, 15)
        with pytest.raises(RequestError, match=NOT_HELD):
            edge.write()
        edge.read()
    assert [request.method for request in peer.requests] == ["GET"]


def test_a_write_whose_connection_came_too_late_is_not_sent(
    open_edge: OpenEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = HTTPConnection.connect

    def late(self: HTTPConnection) -> None:
        time.sleep(0.3)
        connect(self)

    with serving(fine) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = term(0.2, 15)
        monkeypatch.setattr(HTTPConnection, "connect", late)
        with pytest.raises(RequestError, match=NOT_HELD):
            edge.write()
    assert peer.requests == []


def test_what_is_under_way_is_given_up_when_somebody_else_may_write(open_edge: OpenEdge) -> None:
    def slow(connection: object, request: object) -> None:
        time.sleep(3)

    with serving(slow) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = term(0.1, 0.5)
        began = time.monotonic()
        with pytest.raises(RequestError, match=NOT_HELD):
            edge.write()
        assert 0.4 < time.monotonic() - began < 1.5
        with pytest.raises(RequestError, match=NOT_HELD):
            edge.read()
    assert len(peer.requests) == 1


def test_what_is_under_way_when_the_term_is_ended_is_given_up_at_once(open_edge: OpenEdge) -> None:
    mine = term(10, 15)

    def slow(connection: object, request: object) -> None:
        mine.end()
        time.sleep(3)

    with serving(slow) as peer:
        edge = open_edge(peer.url)
        edge.deadline.term = mine
        began = time.monotonic()
        with pytest.raises(RequestError, match=NOT_HELD):
            edge.write()
        assert time.monotonic() - began < 1.0


def test_the_clock_of_terms_only_grows() -> None:
    assert steady_clock() <= steady_clock()
