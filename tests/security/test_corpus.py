"""What a fuzzer found worth keeping is tried on every target, without the fuzzer."""

from __future__ import annotations

import pytest

from . import fuzz

INPUTS = sorted(fuzz.CORPUS.iterdir())
TARGETS = fuzz.targets()


@pytest.mark.parametrize("number", range(len(TARGETS)))
def test_no_input_of_the_corpus_breaks_a_target(number: int) -> None:
    for path in INPUTS:
        text = path.read_bytes()[1:].decode("utf-8", "replace")
        for shown in (text, text[: len(text) // 2], text * 2, text.upper(), f"{text}\n---\n{text}"):
            TARGETS[number](shown)


def test_the_corpus_is_small() -> None:
    assert 10 <= len(INPUTS) <= 500
    assert sum(path.stat().st_size for path in INPUTS) < 200_000
