"""Every request is told when it is begun and when it is over, whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vpsync.net.exchange import NoAnswer, Sender, Stream


class Answered:
    status = 200
    headers: dict[str, str] = {}

    def read1(self, amt: int, decode_content: bool) -> bytes:
        return b""

    def close(self) -> None:
        pass


def answered() -> Stream:
    return Answered()


def away() -> Stream:
    raise ConnectionRefusedError


@pytest.mark.parametrize("send", [answered, away])
def test_the_beginning_is_told_before_it_is_sent_and_the_end_after_that(
    send: Callable[[], Stream],
) -> None:
    told: list[str] = []

    def sent() -> Stream:
        told.append("sent")
        return send()

    sender = Sender("vvp", 5.0, observe=lambda one: told.append(f"{one.target} is over"),
                    begin=lambda target: told.append(f"{target} begins"))  # fmt: skip
    try:
        sender.once("GET", sent)
    except NoAnswer:
        assert send is away
    assert told == ["vvp begins", "sent", "vvp is over"]
