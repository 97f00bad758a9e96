"""The records at the desk: the last deliveries, a search that stands in no address, and a table to keep."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import records
from handoutpress.delivery.records import Delivery
from tests.conftest import BRAND_YML, CLINIC_YAML
from tests.desks import words_of
from tests.outboxpages import ABOUT, AFTERCARE, TITLES, front_desk, rows_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from handoutpress.wish import SheetText
    from tests.outboxpages import Answer, Front


@pytest.fixture
def front(clinic: Path) -> Iterator[Front]:
    with front_desk(clinic) as running:
        yield running


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return a desk with three deliveries, for searches only."""
    clinic = tmp_path_factory.mktemp("filled") / "clinic"
    clinic.mkdir()
    (clinic / "clinic.yaml").write_text(f"{CLINIC_YAML}date_order: day-month\n", encoding="utf-8")
    (clinic / "_brand.yml").write_text(BRAND_YML, encoding="utf-8")
    with front_desk(clinic) as running:
        deliver(running, AFTERCARE, "EX-0042", at="2026-11-01T12:00:00Z")
        deliver(running, ABOUT, "EX-0042", at="2026-11-05T12:00:00Z")
        deliver(running, AFTERCARE, "EX-0043", at="2026-11-20T12:00:00Z")
        yield running


def deliver(
    front: Front,
    sheet: SheetText = AFTERCARE,
    reference: str | None = None,
    *,
    channel: records.Channel = "print",
    outcome: str = "printed",
    at: str | None = None,
    count: int = 1,
) -> None:
    with front.ledger() as ledger, ledger.change():
        delivery = Delivery(channel, "standard", reference, "Alex at the desk")
        numbers = records.begin(ledger, [sheet] * count, delivery, outcome)
        if at:
            ledger.run_many("UPDATE records SET at = ? WHERE id = ?", [(at, number) for number in numbers])


def rows_of(page: Answer) -> list[list[str]]:
    """Return the words in the table's cells."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[words_of(cell) for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL)] for row in rows]


def wrong_of(page: Answer) -> dict[str, str]:
    """Return what is said beside each field that is marked as wrong."""
    pattern = r'<(?:input|select) id="(\w+)"[^>]*aria-invalid="true"[^>]*>.*?id="\1-wrong">(.*?)</p>'
    return {name: words_of(said) for name, said in re.findall(pattern, page.text, re.DOTALL)}


def test_the_last_deliveries_the_newest_first(front: Front) -> None:
    deliver(front, ABOUT, "EX-0042", at="2026-11-02T10:00:00Z")
    deliver(front, channel="email", outcome="unknown")
    page = front.get("records")
    assert page.status == 200
    assert "The last 2 deliveries" in page.said
    newest, oldest = rows_of(page)
    when = dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC).astimezone()
    assert oldest == [
        f"2 Nov 2026, {when.hour % 12 or 12}:{when:%M} {'pm' if when.hour >= 12 else 'am'}",
        f"{TITLES[ABOUT]} Version 1.2",
        "9bd2e415 , who got this text?",
        "EX-0042",
        "On paper",
        "Printed",
        "English",
        "Standard",
        "Alex at the desk",
    ]
    assert newest[1:6] == [
        f"{TITLES[AFTERCARE]} Version 1.0",
        "3fa91c07 , who got this text?",
        "– none",
        "By email",
        "Perhaps sent Ask the patient.",
    ]
    assert re.search(r"<caption\b[^>]*>Deliveries", page.text)
    assert page.text.count('<th scope="col">') == 9
    assert page.text.count('<th scope="row">') == 2
    front.language = "es"
    assert rows_of(front.get("records"))[1][4:8] == ["En papel", "Impreso", "Inglés", "Normal"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"reference": "EX-0042"}, ["EX-0042", "EX-0042"]),
        ({"reference": "  EX-0042 ", "sheet": ABOUT.name}, ["EX-0042"]),
        ({"text_hash": "3FA9 1C07"}, ["EX-0043", "EX-0042"]),
        ({"text_hash": "3fa91c07" * 8}, ["EX-0043", "EX-0042"]),
        ({"since": "2026-11-10"}, ["EX-0043"]),
        ({"until": "10 Nov 2026"}, ["EX-0042", "EX-0042"]),
        ({"since": "2026-11-05", "until": "2026-11-05"}, ["EX-0042"]),
        ({"since": "05/11/2026", "until": "06/11/2026"}, ["EX-0042"]),
        ({}, ["EX-0043", "EX-0042", "EX-0042"]),
        ({"reference": "EX-00"}, []),
    ],
)
def test_a_search_finds_what_it_says(filled: Front, fields: dict[str, str], found: list[str]) -> None:
    page = filled.post("records", fields)
    assert page.status == 200
    assert [row[3] for row in rows_of(page)] == found
    heading = {0: "No delivery was found", 1: "1 delivery found"}.get(
        len(found), f"{len(found)} deliveries found"
    )
    assert heading in page.said
    for name, text in fields.items():  # what was typed is still there
        if name != "sheet":
            assert f'name="{name}"' in page.text
            assert f'value="{text}"' in page.text
    table = filled.post("records/csv", fields)
    told = list(csv.DictReader(io.StringIO(table.body.decode("utf-8-sig"))))
    assert [row["reference"] for row in told] == found[::-1]


def test_nothing_is_searched_for_by_an_address(front: Front) -> None:
    deliver(front, reference="EX-0042")
    deliver(front, reference="EX-0043")
    page = front.get("records?reference=EX-0042")
    assert [row[3] for row in rows_of(page)] == ["EX-0043", "EX-0042"]
    forms = re.findall(r"<form [^>]*records[^>]*>", page.text)
    assert len(forms) == 3
    assert all('method="post"' in form for form in forms)


@pytest.mark.parametrize("path", ["records", "records/csv"])
def test_what_cannot_be_understood_is_told_beside_its_field(front: Front, path: str) -> None:
    deliver(front, reference="EX-0042")
    page = front.post(
        path, {"text_hash": "3fa9", "since": "31/11/2026", "until": "tomorrow", "reference": "EX-0042"}
    )
    assert page.status == 422
    wrong = wrong_of(page)
    assert list(wrong) == ["text_hash", "since", "until"]
    assert wrong["text_hash"].startswith("This is not the number of a text.")
    assert all(said.endswith(".") and "`" not in said for said in wrong.values())
    assert 'value="EX-0042"' in page.text
    assert "<table" not in page.text
    page = front.post(path, {"since": "2026-11-05", "until": "2026-11-04"})
    assert (page.status, wrong_of(page)) == (422, {"until": "This day is before the first one."})


def test_who_got_a_text_is_one_press_away(front: Front) -> None:
    deliver(front, AFTERCARE, "EX-0042")
    deliver(front, ABOUT, "EX-0043")
    page = front.get("records")
    table = page.text.partition(
        '<form method="post" action="' + front.root + 'records">\n  <div class="table"'
    )[2]
    found = re.search(r'<button [^>]*name="(text_hash)" value="(3fa91c07)"', table)
    assert found
    assert [row[3] for row in rows_of(front.post("records", {found[1]: found[2]}))] == ["EX-0042"]


def test_of_many_the_newest_are_shown_and_the_file_has_all(front: Front) -> None:
    deliver(front, reference="=1+1")
    deliver(front, reference="EX-0042", count=120)
    page = front.post("records", {"text_hash": "3fa91c07"})
    assert "121 deliveries found The newest 100 are shown." in page.said
    assert [row[3] for row in rows_of(page)] == ["EX-0042"] * 100
    assert "The last 100 deliveries" in front.get("records").said
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    assert fields["text_hash"] == "3fa91c07"
    answer = front.post("records/csv", fields)
    assert answer.status == 200
    assert answer.body.startswith(b"\xef\xbb\xbf")  # else Excel takes it for another encoding
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="records-2026-11-24.csv"'
    told = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert len(told) == 121
    assert told[0]["reference"] == "'=1+1"  # no formula for a spreadsheet


def test_no_more_is_read_than_is_shown(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(front, count=120)
    read = rows_read(monkeypatch)
    assert "120 deliveries found" in front.post("records", {"text_hash": "3fa91c07"}).said
    assert max(read) == 100


def test_nothing_stays_on_a_screen_that_nobody_attends(front: Front) -> None:
    deliver(front, reference="EX-0042")
    wrong = {"since": "31/11/2026"}
    answers = [front.get("records"), front.post("records"), front.post("records", wrong)]
    answers.append(front.post("records/csv", wrong))
    assert {answer.headers["refresh"] for answer in answers} == {f"600; url={front.root}"}


@pytest.mark.parametrize(
    ("channel", "outcome", "kind"),
    [
        ("print", "waiting for the printer, which does not answer", "bad"),
        ("print", "cancelled", "bad"),
        ("print", "printing", "open"),
        ("print", "printed", "good"),
        ("file", "saved", "good"),
    ],
)
def test_what_wants_somebody_is_marked(
    front: Front, channel: records.Channel, outcome: str, kind: str
) -> None:
    deliver(front, channel=channel, outcome=outcome)
    assert f'<span class="state {kind}">' in front.get("records").text


def test_a_message_that_was_cancelled_wants_nobody(front: Front) -> None:
    number = front.put(state="cancelled")
    assert '<span class="state open">Cancelled' in front.get("records").text
    assert '<span class="state open">Cancelled' in front.get("outbox?all").message(number)


def test_nothing_was_delivered_yet(front: Front) -> None:
    page = front.get("records")
    assert page.status == 200
    assert "Nothing has been delivered yet" in page.said
    assert "<table" not in page.text


def test_what_was_typed_stays_text(front: Front) -> None:
    deliver(front, reference='<b>"x"</b>')
    page = front.post("records", {"reference": '<b>"x"</b>', "sheet": "<b>"})
    assert "<b>" not in page.text
    assert rows_of(front.get("records"))[0][3] == '<b>"x"</b>'


def test_without_a_session_nothing_is_told(front: Front) -> None:
    deliver(front, reference="EX-0042")
    for path in ("records", "records/csv"):
        answer = front.post(path, {}, Cookie="desk=wrong")
        assert answer.status == 401
        assert "EX-0042" not in answer.text
