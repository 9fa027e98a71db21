"""The soak finds what it is there for: leaks, missed changes, bad lines of the log outside of outages."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks.soak.findings import Findings
from benchmarks.soak.loglines import Line, Span, parsed, unexpected
from benchmarks.soak.script import IN_VVP, Deed, Job, Script
from benchmarks.soak.usage import Usage, trends, usage_of

PASSES = 2000


def flat(number: int) -> Usage:
    """A process at rest: it varies, and does not grow."""
    return Usage(memory=80 + number % 7, files=24 + number % 3, sockets=21, threads=6 + number % 5)


def held(**a_pass: float) -> Findings:
    """A soak in which the process holds so much more after each pass."""

    def usage(number: int) -> Usage:
        still = flat(number)
        return Usage(
            memory=still.memory + a_pass.get("memory", 0) * number,
            files=still.files + a_pass.get("files", 0) * number,
            sockets=still.sockets + a_pass.get("sockets", 0) * number,
            threads=still.threads + a_pass.get("threads", 0) * number,
        )

    return Findings(PASSES, 1.0, [(number, usage(number)) for number in range(0, PASSES, 10)])


class TestGrowth:
    def test_is_none_where_a_process_only_varies(self) -> None:
        assert held().wrong([]) == []

    @pytest.mark.parametrize(
        ("name", "a_pass"),
        [("memory", 0.02), ("files", 0.01), ("sockets", 0.01), ("threads", 0.01)],
    )
    def test_of_anything_is_found(self, name: str, a_pass: float) -> None:
        [told] = held(**{name: a_pass}).wrong([])
        assert told.startswith(f"{name} grew from ")

    def test_in_the_first_passes_is_warming_up(self) -> None:
        found = held()
        found.samples = [
            (number, Usage(40, 10, 8, 2) if number < 100 else usage)
            for number, usage in found.samples
        ]
        assert found.wrong([]) == []

    def test_is_told_in_a_thousand_passes(self) -> None:
        [memory, *_] = trends(held(memory=0.02).samples, PASSES)
        assert memory.slope == pytest.approx(20, abs=0.5)


def test_what_a_process_holds_is_seen(tmp_path: Path) -> None:
    before = usage_of(os.getpid())
    files = [(tmp_path / str(number)).open("w") for number in range(5)]
    after = usage_of(os.getpid())
    for file in files:
        file.close()
    assert after.files - before.files == 5
    assert after.sockets == before.sockets
    assert before.memory > 10
    assert before.threads >= 1


class TestLog:
    OUTAGE = (Span("VVP stopped", 10, 20),)

    @pytest.mark.parametrize("level", ["WARNING", "ERROR", "CRITICAL"])
    def test_bad_lines_count_outside_of_outages_only(self, level: str) -> None:
        lines = [Line(at, level, "VVP does not answer") for at in (9, 10, 15, 20, 21)]
        assert [line.at for line in unexpected(lines, self.OUTAGE)] == [9, 21]

    def test_other_lines_do_not_count(self) -> None:
        assert unexpected([Line(9, "INFO", "started")], ()) == []

    def test_an_outage_that_lasts_explains_what_follows(self) -> None:
        assert unexpected([Line(99, "ERROR", "away")], [Span("VVP stopped", 10)]) == []

    def test_lines_are_read_as_vpsync_writes_them(self) -> None:
        text = json.dumps({"level": "error", "message": "VVP does not answer", "time": "x"})
        assert parsed(text, 3) == Line(3, "ERROR", "VVP does not answer")

    def test_a_traceback_is_an_error(self) -> None:
        assert parsed("Traceback (most recent call last):\n", 3).level == "ERROR"

    def test_a_bad_line_fails_the_soak(self) -> None:
        [told] = held().wrong([Line(5, "ERROR", "lost")])
        assert told == "outside of outages: ERROR lost"


def test_a_missed_change_fails_the_soak() -> None:
    found = held()
    found.missed.append("edit of job-00001 after 60 s")
    assert found.wrong([]) == ["missed: edit of job-00001 after 60 s"]


class TestScript:
    @staticmethod
    def script(seed: int = 1) -> Script:
        return Script(seed, [Job(f"job-{number}", number) for number in range(5)])

    def drawn(self, seed: int) -> list[tuple[Deed, str]]:
        script, told = self.script(seed), []
        for _ in range(200):
            change = script.draw()
            assert change is not None
            told.append((change.deed, change.job.name))
            script.done(change)
        return told

    def test_is_the_same_with_the_same_seed(self) -> None:
        assert self.drawn(1) == self.drawn(1) != self.drawn(2)

    def test_does_everything(self) -> None:
        assert {deed for deed, _ in self.drawn(1)} == set(Deed)

    def test_leaves_a_job_alone_until_its_change_has_arrived(self) -> None:
        script = self.script()
        changes = [script.draw() for _ in range(5)]
        assert len({change.job.name for change in changes if change}) == 5
        assert script.draw() is None

    @pytest.mark.parametrize(
        ("first", "second"),
        [(Deed.SUSPEND, Deed.RESUME), (Deed.DELETE, Deed.RECREATE), (Deed.SAVEPOINT, Deed.FORGET)],
    )
    def test_undoes_what_it_did(self, first: Deed, second: Deed) -> None:
        last: dict[str, Deed] = {}
        for deed, name in self.drawn(1):
            assert (last.get(name) is first) == (deed is second)
            last[name] = deed

    def test_does_nothing_in_a_vvp_that_does_not_answer(self) -> None:
        script = self.script()
        for _ in range(200):
            change = script.draw(vvp_answers=False)
            assert change is not None
            assert change.deed not in IN_VVP
            script.done(change)
