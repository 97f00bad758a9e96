"""The records at the desk: who got which text, when and how, as a table and as a file.

What is searched for is sent as a form: a patient's reference must not stand in an address.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.records import Search, count, counted, csv_table, find, hash_range
from handoutpress.desk.forms import Given, read_form
from handoutpress.desk.plain import Told
from handoutpress.desk.telling import Standing, Teller, confidential, standing
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.days import UnclearDate, read_day
from handoutpress.reading.patient import WrongText, one_line
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.delivery.records import Record
    from handoutpress.desk.app import Desk
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.telling import Named
    from handoutpress.reading.clinic import ClinicFacts

MOST_SHOWN = 100
FIELDS = ("text_hash", "sheet", "reference", "since", "until")
_LONG_AGO = dt.date(1971, 1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One sheet that was delivered once, as the table has it."""

    record: Record
    when: str
    title: Named
    standing: Standing


@dataclass
class Shown:
    """What the page shows: the search, what is wrong with it, and what it found."""

    given: Given
    searched: bool = False
    wrong: dict[str, list[Told]] = field(default_factory=dict)
    problems: list[Told] = field(default_factory=list)
    rows: Sequence[Row] = ()
    """The newest of what was found, the newest first."""
    count: int = 0
    sheets: Sequence[tuple[str, str]] = ()
    """What can be chosen from: the sheets that were ever delivered, each with its title."""


async def records(desk: Desk, visit: Visit) -> Response:
    """Show the last deliveries."""
    return await _show(desk, visit, Shown(Given()))


async def search(desk: Desk, visit: Visit) -> Response:
    """Show what a search finds."""
    return await _show(desk, visit, Shown(await _form(visit), searched=True))


async def download(desk: Desk, visit: Visit) -> Response:
    """Answer with all that a search finds, as a table for a spreadsheet."""
    shown = Shown(await _form(visit), searched=True)

    def table() -> str | None:
        wanted = _wanted(visit, shown, _facts(desk))
        if shown.wrong:
            return None
        with Ledger.open(desk.places.clinic) as ledger:
            return csv_table(find(ledger, wanted))

    try:
        text = await run_in_threadpool(table)
    except HandoutError as error:
        shown.problems = visit.error(error)
        text = None
    if text is None:
        return await _show(desk, visit, shown)
    name = f"{visit.say('records.file')}-{Wish().today}.csv"
    # Spreadsheets take a file for UTF-8 by the mark at its beginning.
    return Response(
        text.encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _form(visit: Visit) -> Given:
    """Read the search; on other forms there may be several sheets."""
    given = await read_form(visit.request)
    return Given({**given.fields, "sheet": next(iter(given.sheets), "")})


async def _show(desk: Desk, visit: Visit, shown: Shown) -> Response:
    code = 200
    try:
        await run_in_threadpool(_look, desk, visit, shown)
    except HandoutError as error:
        shown.problems, code = visit.error(error), 503
    code = 422 if shown.wrong else code
    return await confidential(desk, visit, "records.html", code, shown=shown, fields=FIELDS)


def _look(desk: Desk, visit: Visit, shown: Shown) -> None:
    """Find what is asked for; where that cannot be understood, nothing is shown for it."""
    facts = _facts(desk)
    teller = Teller(desk.places, visit.language, facts)
    wanted = _wanted(visit, shown, facts)
    with Ledger.open(desk.places.clinic) as ledger:
        names = {*counted(ledger, _LONG_AGO), shown.given["sheet"]} - {""}
        found = [] if shown.wrong else find(ledger, wanted, newest=MOST_SHOWN)
        shown.count = 0 if shown.wrong else count(ledger, wanted)
    titles = {name: teller.title(name, facts.language if facts else "en").text for name in names}
    shown.sheets = sorted(titles.items(), key=lambda pair: pair[1].casefold())
    shown.rows = [
        Row(
            record,
            teller.moment(record.at),
            teller.title(record.sheet, record.language),
            standing(visit, record),
        )
        for record in reversed(found)
    ]


def _facts(desk: Desk) -> ClinicFacts | None:
    try:
        return read_clinic(desk.places).facts
    except ProblemsFound:
        return None  # the records can be read all the same


def _wanted(visit: Visit, shown: Shown, facts: ClinicFacts | None) -> Search:
    """Return what is searched for; what cannot be understood is noted beside its field."""
    values: dict[str, Any] = {}
    for name in FIELDS:
        text = " ".join(shown.given[name].split())
        if not text:
            continue
        try:
            values[name] = _read(name, text, facts)
        except (UnclearDate, WrongText) as error:
            shown.wrong[name] = [visit.told(error.message, error.hint)]
        except ProblemsFound as found:
            shown.wrong[name] = visit.told_all(found.problems)
    wanted = Search(**values)
    if wanted.since and wanted.until and wanted.until < wanted.since:
        shown.wrong["until"] = [Told(visit.say("records.until_before"), visit.language)]
    return wanted


def _read(name: str, text: str, facts: ClinicFacts | None) -> str | dt.date:
    """Return what one field says."""
    if name in ("since", "until"):
        return read_day(text, facts.date_order if facts else None)
    if name == "text_hash":
        return hash_range(text.replace(" ", ""))[0]
    return one_line(text)


PAGES = {
    ("GET", "/records"): records,
    ("POST", "/records"): search,
    ("POST", "/records/csv"): download,
}
