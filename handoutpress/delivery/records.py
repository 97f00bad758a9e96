"""Records: who got which text, when and how. No names, no addresses, no file names: those may have names.

A record is begun before anything is delivered and ended with the outcome, so that a crash in between leaves
a record that says so.
"""

from __future__ import annotations

import csv
import datetime as dt
import getpass
import io
import json
import os
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

from handoutpress.delivery.ledger import now
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.wish import SheetText

Channel = Literal["file", "print", "email", "email file"]

BEGUN = "begun"
"""The outcome of a delivery that has not ended, or of which nobody knows whether it did."""
SHORTEST_HASH = 8
"""As many digits as the footer of a page has."""


@dataclass(frozen=True, slots=True)
class Record:
    """One sheet that was delivered once."""

    number: int
    at: str
    """When, in UTC, as 2026-11-23T14:30:05Z."""
    sheet: str
    version: str
    text_hash: str
    """SHA-256 (hex) of what the sheet says."""
    language: str
    edition: str
    channel: str
    reference: str | None
    """The patient's, if given."""
    operator: str
    """Who was at the keyboard."""
    outcome: str
    detail: str
    """The print job's name."""
    message: int | None
    """The number in the outbox."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is the same for all sheets that are delivered together."""

    channel: Channel
    edition: str
    reference: str | None
    operator: str


@dataclass(frozen=True, slots=True)
class Search:
    """Which records are wanted; None is any."""

    text_hash: str | None = None
    """Its beginning, at least as long as on the page."""
    sheet: str | None = None
    reference: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day."""


def operator() -> str:
    """Return who is at the keyboard: ``HANDOUTS_OPERATOR``, else the name this computer knows them by."""
    try:
        return os.environ.get("HANDOUTS_OPERATOR") or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


_INSERT = """
INSERT INTO records (at, sheet, version, text_hash, language, edition, channel, reference, operator, outcome,
                     message)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def begin(
    ledger: Ledger,
    sheets: Iterable[SheetText],
    delivery: Delivery,
    outcome: str = BEGUN,
    message: int | None = None,
) -> list[int]:
    """Record that sheets are about to be delivered; return the records' numbers."""
    return [ledger.insert(_INSERT, _values(sheet, delivery, outcome, message)) for sheet in sheets]


def add_all(ledger: Ledger, many: Iterable[tuple[SheetText, Delivery]], outcome: str) -> None:
    """Record many deliveries that have ended."""
    with ledger.change():
        ledger.run_many(_INSERT, [_values(sheet, delivery, outcome, None) for sheet, delivery in many])


def _values(sheet: SheetText, delivery: Delivery, outcome: str, message: int | None) -> tuple[object, ...]:
    return (
        now(),
        sheet.name,
        sheet.version,
        sheet.text_hash,
        sheet.language,
        delivery.edition,
        delivery.channel,
        delivery.reference,
        delivery.operator,
        outcome,
        message,
    )


def end(ledger: Ledger, numbers: Sequence[int], outcome: str, detail: str = "") -> None:
    """Record what became of deliveries."""
    with ledger.change():
        statement = "UPDATE records SET outcome = ?, detail = ? WHERE id = ?"
        ledger.run_many(statement, [(outcome, detail, number) for number in numbers])


def end_job(ledger: Ledger, job: str, outcome: str) -> None:
    """Record what became of a print job of the last day later on, unless its end is known.

    A job's name comes again: CUPS numbers anew where its spool was emptied.
    """
    from handoutpress.delivery.printer import ENDED  # takes its time: others are spared it

    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    ledger.run(
        "UPDATE records SET outcome = ? WHERE channel = 'print' AND detail = ? AND at >= ?"
        " AND outcome NOT IN (SELECT value FROM json_each(?))",
        (outcome, job, _moment(since), json.dumps(sorted(ENDED))),
    )


def counted(ledger: Ledger, since: dt.date) -> dict[str, int]:
    """Return how often each sheet was delivered since a day, the most often first."""
    query = "SELECT sheet, count(*) FROM records WHERE at >= ? GROUP BY sheet ORDER BY 2 DESC, 1"
    return dict(ledger.rows(query, [_midnight(since)]))


def find(ledger: Ledger, search: Search, newest: int | None = None) -> list[Record]:
    """Return the records wanted, or the ``newest`` of them; the oldest first.

    Raises ``ProblemsFound`` for a hash that is none.
    """
    wanted, values = _wanted(search)
    query = f"SELECT {_SELECTED} FROM records WHERE {wanted} ORDER BY id DESC LIMIT ?"  # noqa: S608 (our words)
    rows = ledger.rows(query, [*values, -1 if newest is None else newest])
    return [Record(*row) for row in reversed(rows)]


def count(ledger: Ledger, search: Search) -> int:
    """Return how many records are wanted; raises ``ProblemsFound`` for a hash that is none."""
    wanted, values = _wanted(search)
    ((number,),) = ledger.rows(f"SELECT count(*) FROM records WHERE {wanted}", values)  # noqa: S608 (our words)
    return int(number)


def _wanted(search: Search) -> tuple[str, list[str]]:
    """Return a search as SQL, and the values in it."""
    wanted, values = ["1"], list[str]()
    if search.text_hash is not None:
        wanted.append("text_hash BETWEEN ? AND ?")
        values += hash_range(search.text_hash)
    for column in ("sheet", "reference"):
        if (value := getattr(search, column)) is not None:
            wanted.append(f"{column} = ?")
            values.append(value)
    if search.since is not None:
        wanted.append("at >= ?")
        values.append(_midnight(search.since))
    if search.until is not None:
        wanted.append("at < ?")
        values.append(_midnight(search.until + dt.timedelta(days=1)))
    return " AND ".join(wanted), values


def hash_range(text_hash: str) -> tuple[str, str]:
    """Return the least and the greatest hash that begins like this one; raises ``ProblemsFound``.

    As a range, because a range can use the index.
    """
    digits = text_hash.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_HASH},64}}", digits):
        hint = f"{SHORTEST_HASH} to 64 digits, as after “Text” in a page's footer"
        raise ProblemsFound([Problem("--text-hash: this is not the hash of a text", hint=hint)])
    return digits, digits.ljust(64, "f")


def _midnight(day: dt.date) -> str:
    """Return the moment in UTC when a day of this computer's time zone begins."""
    here = dt.datetime.combine(day, dt.time()).astimezone()
    return _moment(here.astimezone(dt.UTC))


def _moment(utc: dt.datetime) -> str:
    """Return a moment as records have it."""
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def by_message(ledger: Ledger, numbers: Iterable[int]) -> dict[int, list[Record]]:
    """Return the records of messages, by the message's number."""
    query = f"SELECT {_SELECTED} FROM records WHERE message IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608
    found: dict[int, list[Record]] = {}
    for row in ledger.rows(query, [json.dumps(list(numbers))]):
        record = Record(*row)
        if record.message is not None:
            found.setdefault(record.message, []).append(record)
    return found


_COLUMNS = [field.name for field in fields(Record)]
_SELECTED = ", ".join(["id", *_COLUMNS[1:]])


def csv_table(records: Iterable[Record]) -> str:
    """Return a table for a spreadsheet; a cell that it would take for a formula gets an apostrophe first."""
    out = io.StringIO()
    writer = csv.writer(out)  # line ends as RFC 4180 has them
    writer.writerow(_COLUMNS)
    for record in records:
        writer.writerow([_harmless(value) for value in asdict(record).values()])
    return out.getvalue()


def _harmless(value: object) -> object:
    """Defuse what OWASP calls CSV injection: a reference is what somebody typed."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
