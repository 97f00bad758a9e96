"""Records: what was delivered, from its beginning to its end; found again, and read by other programs."""

from __future__ import annotations

import csv
import datetime as dt
import getpass
import io
import json
import os
import re
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.records import (
    Record,
    Search,
    add_all,
    begin,
    by_message,
    count,
    csv_table,
    end,
    end_job,
    find,
    operator,
)
from handoutpress.dispatch.recording import recorded
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.wish import Copy
from tests.outboxes import AFTERCARE, SAVED, SHEET, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

COPY = Copy(AFTERCARE, b"%PDF-", "", 1, "ab" * 32, (SHEET, replace(SHEET, name="microneedling-about")))


@pytest.fixture
def ledger(clinic: Path) -> Iterator[Ledger]:
    with Ledger.open(clinic) as opened:
        yield opened


def _outcomes(ledger: Ledger) -> list[str]:
    return [record.outcome for record in find(ledger, Search())]


# From the beginning of a delivery to its end.


def test_a_record_is_begun_and_ended(ledger: Ledger) -> None:
    numbers = begin(ledger, COPY.sheets, SAVED)
    assert _outcomes(ledger) == ["begun", "begun"]
    end(ledger, numbers[:1], "printed", "job-7")
    first, second = find(ledger, Search())
    assert (first.outcome, first.detail, second.outcome, second.detail) == ("printed", "job-7", "begun", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.at)
    expected = (AFTERCARE, "1.0", "ab" * 32, "en", "standard", "file", "EX-0042", "Front desk", None)
    assert (
        first.sheet, first.version, first.text_hash, first.language, first.edition, first.channel,
        first.reference, first.operator, first.message,
    ) == expected  # fmt: skip


def test_a_refused_delivery_failed_and_a_broken_one_stays_begun(ledger: Ledger) -> None:
    with recorded(ledger, [COPY], SAVED) as ending:
        assert _outcomes(ledger) == ["begun", "begun"]
        ending.outcome = "saved"
    with pytest.raises(HandoutError, match="no paper"), recorded(ledger, [COPY], SAVED):
        raise HandoutError("no paper")
    with pytest.raises(KeyboardInterrupt), recorded(ledger, [COPY], SAVED):
        raise KeyboardInterrupt
    assert _outcomes(ledger) == [*["saved"] * 2, *["failed"] * 2, *["begun"] * 2]


def test_a_copy_that_cannot_be_written_is_recorded_as_failed(clinic: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "file" / "copy.pdf")
    assert (ran.status, ran.out) == (1, "")
    ran = run("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "copy.pdf")
    assert ran.status == 0
    with Ledger.open(clinic) as ledger:
        assert _outcomes(ledger) == ["failed", "saved"]


def test_what_became_of_a_job_is_told_of_that_job_alone(ledger: Ledger) -> None:
    """CUPS counts its jobs anew where its spool was emptied."""
    outcomes = ("printed", "cancelled", "failed", "waiting", "held", "stopped", "printing")
    number = {outcome: begin(ledger, [SHEET], replace(SAVED, channel="print")) for outcome in outcomes}
    for outcome, numbers in number.items():
        end(ledger, numbers, outcome, "Clinic-7")
    (old,) = begin(ledger, [SHEET], replace(SAVED, channel="print"))
    (other,) = begin(ledger, [SHEET], replace(SAVED, channel="print"))
    end(ledger, [old], "waiting", "Clinic-7")
    end(ledger, [other], "waiting", "Clinic-70")
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)
    ledger.run("UPDATE records SET at = ? WHERE id = ?", (long_ago.strftime("%Y-%m-%dT%H:%M:%SZ"), old))
    end_job(ledger, "Clinic-7", "gone")
    assert _outcomes(ledger) == ["printed", "cancelled", "failed", *["gone"] * 4, "waiting", "waiting"]


# Found again.


def _live_in(zone: str) -> None:
    os.environ["TZ"] = zone
    time.tzset()


@pytest.fixture
def _at_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def many(ledger: Ledger) -> Ledger:
    """Return a ledger with one record for each day of November 2026."""
    for day in range(1, 31):
        sheet = replace(SHEET, name="even" if day % 2 == 0 else "odd", text_hash=f"{day:02}" * 32)
        add_all(ledger, [(sheet, replace(SAVED, reference=f"EX-{day % 3}"))], "saved")
        ledger.run("UPDATE records SET at = ? WHERE id = ?", (f"2026-11-{day:02}T23:59:59Z", day))
    return ledger


@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        (Search(), range(1, 31)),
        (Search(text_hash="07070707"), [7]),
        (Search(text_hash=" 07070707 "), [7]),
        (Search(text_hash="12" * 32), [12]),
        (Search(text_hash="12" * 31 + "13"), []),
        (Search(sheet="even"), range(2, 31, 2)),
        (Search(sheet="eve"), []),
        (Search(reference="EX-1"), range(1, 31, 3)),
        (Search(since=dt.date(2026, 11, 28)), [28, 29, 30]),
        (Search(until=dt.date(2026, 11, 3)), [1, 2, 3]),
        (Search(since=dt.date(2026, 11, 5), until=dt.date(2026, 11, 5)), [5]),
        (Search(sheet="odd", reference="EX-0", until=dt.date(2026, 11, 10)), [3, 9]),
    ],
)
@pytest.mark.usefixtures("_at_greenwich")
def test_records_are_found(many: Ledger, wanted: Search, days: range | list[int]) -> None:
    assert [record.number for record in find(many, wanted)] == list(days)
    assert [record.number for record in find(many, wanted, newest=2)] == list(days)[-2:]
    assert count(many, wanted) == len(days)


@pytest.mark.usefixtures("_at_greenwich")
def test_a_day_is_the_one_on_the_wall(many: Ledger) -> None:
    _live_in("EST5")
    a_day = dt.date(2026, 11, 5)
    many.run("UPDATE records SET at = '2026-11-06T04:59:59Z' WHERE id = 1")
    many.run("UPDATE records SET at = '2026-11-06T05:00:00Z' WHERE id = 2")
    assert [record.number for record in find(many, Search(since=a_day, until=a_day))] == [1, 5]


def test_capitals_in_a_hash_mean_nothing(ledger: Ledger) -> None:
    begin(ledger, [SHEET], SAVED)
    assert len(find(ledger, Search(text_hash="ABABABAB"))) == 1


@pytest.mark.parametrize("wrong", ["", "abababa", "xyzxyzxy", "ab" * 33, "abababab%", "________"])
def test_what_is_no_hash_is_refused(ledger: Ledger, wrong: str) -> None:
    with pytest.raises(ProblemsFound, match="this is not the hash of a text"):
        find(ledger, Search(text_hash=wrong))
    with pytest.raises(ProblemsFound, match="this is not the hash of a text"):
        count(ledger, Search(text_hash=wrong))


def test_records_of_what_was_emailed_know_their_message(clinic: Path) -> None:
    made = Office(clinic)
    made.put(2)
    with made.ledger() as ledger:
        begin(ledger, [SHEET], SAVED)
        found = {
            number: [one.reference for one in records]
            for number, records in by_message(ledger, [1, 2, 3]).items()
        }
    assert found == {1: ["EX-00000"], 2: ["EX-00001"]}


# Read by other programs.


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_table_has_no_formulas(ledger: Ledger, start: str) -> None:
    evil = f"{start}HYPERLINK(A1)"
    begin(ledger, [replace(SHEET, version=evil)], replace(SAVED, reference=evil, operator=evil))
    (row,) = csv.DictReader(io.StringIO(csv_table(find(ledger, Search())), newline=""))
    assert (row["reference"], row["operator"], row["version"]) == (f"'{evil}",) * 3


def test_a_table_keeps_what_is_harmless(ledger: Ledger) -> None:
    reference = 'EX=1, "quoted"'
    numbers = begin(ledger, [SHEET], replace(SAVED, reference=reference))
    end(ledger, numbers, "printed", "job-7")
    records = find(ledger, Search())
    (row,) = csv.DictReader(io.StringIO(csv_table(records)))
    assert row == {name: "" if value is None else str(value) for name, value in asdict(records[0]).items()}
    assert row["reference"] == reference


def test_what_is_printed_can_be_read_again(clinic: Path, run: Run) -> None:
    with Ledger.open(clinic) as ledger:
        for reference in ("=1+1", "Ünïcödé “quoted”, with comma", None):
            begin(ledger, [SHEET], replace(SAVED, reference=reference))
        expected = find(ledger, Search())
    said = json.loads(run("records", "--clinic", clinic, "--json").out)
    assert [Record(**row) for row in said] == expected
    assert run("records", "--clinic", clinic, "--csv").out == csv_table(expected).replace("\r\n", "\n")
    listed = run("records", "--clinic", clinic)
    assert (len(listed.out.splitlines()), listed.err) == (3, "3 records.\n")
    found = run("records", "--clinic", clinic, "--json", "--reference", "=1+1", "--text-hash", "abababab")
    assert [row["number"] for row in json.loads(found.out)] == [1]


def test_a_wrong_search_is_told_in_words(clinic: Path, run: Run) -> None:
    ran = run("records", "--clinic", clinic, "--text-hash", "abc")
    assert (ran.status, "8 to 64 digits" in ran.err) == (1, True)
    ran = run("records", "--clinic", clinic, "--since", "soon", "--until", "later")
    assert (ran.status, "--since: " in ran.err, "--until: " in ran.err) == (1, True, True)


# Who was at the keyboard.


def test_who_is_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOUTS_OPERATOR", "Front desk")
    assert operator() == "Front desk"
    monkeypatch.setenv("HANDOUTS_OPERATOR", "")
    assert operator() == getpass.getuser()
    monkeypatch.delenv("HANDOUTS_OPERATOR")
    assert operator() == getpass.getuser()

    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert operator() == "unknown"


def test_the_record_says_who_made_it(clinic: Path, tmp_path: Path, run: Run) -> None:
    words = ("make", AFTERCARE, "--clinic", clinic, "-o", tmp_path / "copy.pdf", "--reference", "EX-0042")
    assert run(*words, env={"HANDOUTS_OPERATOR": "Nurse Example"}).status == 0
    with Ledger.open(clinic) as ledger:
        (record,) = find(ledger, Search())
    assert (record.operator, record.reference, record.channel) == ("Nurse Example", "EX-0042", "file")
