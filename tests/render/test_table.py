"""The report for people: readable at any width, and never steered by what it shows."""

from __future__ import annotations

import io
import re

import pytest

from builders import applied, changed, decided, going, manifest, observed, snapshot, status
from vpsync.errors import PlatformUnreachable
from vpsync.model.decision import Blocked
from vpsync.model.outcome import Failed
from vpsync.model.reasons import Reason
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.render.table import interrupted, print_report, undecided
from vpsync.status.conditions import concluded

from .cases import ANNOTATION, CASES

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
CREATE = concluded(changed(manifest()))
IN_SYNC = concluded(decided(manifest(), snapshot(observed(manifest()))))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(report: Report, out: io.StringIO | None = None, *, color: bool = False) -> str:
    out = out or io.StringIO()
    print_report(report, out, color=color)
    return out.getvalue()


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A terminal of an ordinary kind, whose width the test sets."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "LINES"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_nothing_to_tell_is_one_line() -> None:
    assert printed(Report((IN_SYNC,) * 40)) == "No changes. 40 resources in sync.\n"


def test_a_change_is_a_row_with_what_where_and_why() -> None:
    lines = printed(Report((CREATE,), applied=False)).splitlines()
    assert lines[0].split() == ["ACTION", "RESOURCE", "VVP", "WHY"]
    row = re.split(r"\s{2,}", lines[1].strip())
    assert row == [
        "create",
        "VpDeployment team/orders",
        "default/orders",
        "VVP does not have it; job: start",
    ]
    assert lines[-1] == "Plan: 1 to create, 0 to change, 0 to adopt, 0 to delete, 0 in sync."


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: pytest.MonkeyPatch, width: int) -> None:
    columns.setenv("COLUMNS", str(width))
    report = Report(tuple(case.result for case in CASES))
    table, _, summary = printed(report, Terminal()).rstrip("\n").rpartition("\n")
    # What is pasted is never parted: an annotation with a UUID takes 80 columns.
    lines = [line for line in table.splitlines() if not ANNOTATION.fullmatch(line)]
    assert max(map(len, lines)) <= width
    assert summary == report.summary()


@pytest.mark.parametrize("width", [80, 200])
def test_every_row_is_told_at_any_width(columns: pytest.MonkeyPatch, width: int) -> None:
    columns.setenv("COLUMNS", str(width))
    report = Report(tuple(case.result for case in CASES))
    shown = re.sub(r"\s", "", printed(report, Terminal()))
    for row in report.rows():
        assert row.what.replace(" ", "") in shown


def test_a_wide_terminal_shows_a_change_on_one_line(columns: pytest.MonkeyPatch) -> None:
    columns.setenv("COLUMNS", "200")
    lines = printed(Report((CREATE,)), Terminal()).splitlines()
    assert len(lines) == 4


def test_a_pipe_has_a_line_for_each_resource_whatever_the_terminal_has(
    columns: pytest.MonkeyPatch,
) -> None:
    """A pod's log is read line by line: nothing is wrapped, and nothing is filled up with blanks."""
    report = Report(tuple(case.result for case in CASES))
    texts = []
    for width in ("20", "500"):
        columns.setenv("COLUMNS", width)
        texts.append(printed(report))
    assert texts[0] == texts[1]
    lines = texts[0].splitlines()
    table = lines[: lines.index("")]
    assert [line.partition(" ")[0] for line in table[1:]] == [
        row.what.partition(" ")[0] for row in report.rows()
    ]
    assert [line.rstrip() for line in lines] == lines


def test_equal_input_gives_equal_text() -> None:
    reports = [Report(tuple(case.result for case in CASES)) for _ in range(2)]
    assert printed(reports[0]) == printed(reports[1])


class TestColour:
    def test_is_there_on_a_terminal_that_wants_it(self, columns: pytest.MonkeyPatch) -> None:
        columns.setenv("COLUMNS", "200")
        assert ESCAPE.search(printed(Report((CREATE,)), Terminal(), color=True))

    def test_is_not_there_where_it_is_not_wanted(self, columns: pytest.MonkeyPatch) -> None:
        columns.setenv("COLUMNS", "200")
        text = printed(Report((CREATE,)), Terminal(), color=False)
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)

    def test_is_never_there_in_a_pipe(self) -> None:
        assert "\x1b" not in printed(Report((CREATE,)), color=True)

    def test_changes_no_character(self, columns: pytest.MonkeyPatch) -> None:
        columns.setenv("COLUMNS", "200")
        report = Report(tuple(case.result for case in CASES))
        plain, colored = (
            ESCAPE.sub("", printed(report, Terminal(), color=color)) for color in (False, True)
        )
        assert plain == colored


class TestWhatIsShownIsText:
    @pytest.mark.parametrize(
        "hostile",
        [
            "\x1b[2J\x1b[H",
            "\x1b]0;title\x07",
            "a\rb",
            "a\nb",
            "\u202eevil",
            "\u2066hidden\u2069",
            "\x00",
            "\x9b31m",
        ],
    )
    def test_without_characters_that_steer_a_terminal(self, hostile: str) -> None:
        shown = printed(Report((CREATE,), (f"error {hostile} end",)))
        line = next(line for line in shown.splitlines() if line.startswith("error: "))
        assert line.isprintable()
        assert line.endswith("end")
        assert printable(hostile).isprintable()

    @pytest.mark.parametrize(
        "markup", ["[red]x[/red]", "[link=http://x]y[/link]", "[/]", ":smile:"]
    )
    def test_and_never_markup(self, markup: str) -> None:
        seen = observed(manifest(), {"/status/state": markup})
        shown = printed(Report((concluded(decided(manifest(), snapshot(seen))),)))
        assert markup in shown

    def test_without_credentials(self) -> None:
        shown = printed(Report((), ("GET https://user:CANARY@vvp.example.com: no answer",)))
        assert "CANARY" not in shown
        assert "https://***@vvp.example.com" in shown


def test_errors_stand_between_the_table_and_the_summary() -> None:
    lines = printed(Report((CREATE,), ("a list failed", "another"))).splitlines()
    assert lines[-3:-1] == ["error: a list failed", "error: another"]
    assert lines[-1].startswith("Applied: ")


def test_a_savepoint_is_shown_by_its_vvp_namespace() -> None:
    waits = concluded(decided(manifest("VpSavepoint")))
    row = printed(Report((waits,))).splitlines()[1]
    assert re.split(r"\s{2,}", row.strip())[2] == "default"


def test_a_drift_that_was_corrected_says_so() -> None:
    stopped = observed(manifest(), {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"})
    result = applied(manifest(status=status()), observed(manifest()), snapshot(stopped))
    assert "was stopped in VVP; /spec/state; job: start" in printed(Report((result,)))


def test_the_end_of_a_deletion_is_shown() -> None:
    row = printed(Report((concluded(decided(going())),))).splitlines()[1]
    assert row.startswith("released")


def test_a_reason_of_a_whole_stack_trace_is_cut() -> None:
    words = "java.lang.IllegalStateException: x " + "at com.example.Orders.map " * 20_000
    result = concluded(Blocked(manifest(), Reason.DeletionBlocked, "it waits", detail=words))
    shown = printed(Report((result,)))
    assert "it waits; VVP says: java.lang.IllegalStateException" in shown
    assert len(shown) < 10_000


class TestOfAPassThatDecidedNothing:
    def test_an_interrupt_is_no_fault_of_vvp_or_of_the_settings(self) -> None:
        report = Report(decided=False, interrupted=True, errors=("GET /: interrupted",))
        assert undecided(report) == "interrupted; nothing was decided"

    def test_jobs_go_on_after_an_interrupt(self) -> None:
        resource = manifest()
        first = Report((applied(resource, observed(resource)),))
        last = Report(decided=False, interrupted=True).after(first)
        assert undecided(last) == "interrupted; what was sent goes on in VVP"

    def test_nobody_knows_what_became_of_a_write_whose_answer_was_lost(self) -> None:
        change = changed(manifest(), snapshot())
        lost = concluded(change, Failed(change, PlatformUnreachable("no answer within 30 s")))
        assert interrupted(Report((lost,), applied=True, interrupted=True)) == (
            "interrupted; what was sent may go on in VVP"
        )
        assert interrupted(Report(interrupted=True)) == "interrupted; nothing was changed"
