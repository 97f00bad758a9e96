"""How deliveries and sheets are told: days and moments on the clinic's clock, titles, states as words."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from handoutpress.composing.dates import calendar
from handoutpress.delivery.outbox import State
from handoutpress.desk import library
from handoutpress.dispatch.printing import NOT_PRINTED
from handoutpress.errors import HandoutError
from handoutpress.reading.words import read_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.responses import Response

    from handoutpress.composing.dates import Calendar
    from handoutpress.delivery.records import Record
    from handoutpress.desk.app import Desk
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.places import Places
    from handoutpress.reading.clinic import ClinicFacts

Kind = Literal["good", "bad", "open"]
_GOOD = frozenset(
    ("sent", "printed", "sent to the printer", "handed to Windows", "saved", "saved as a draft", "written")
)
_BAD = frozenset(("failed", "unknown", "begun", *NOT_PRINTED))


_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")


@dataclass(frozen=True, slots=True)
class Named:
    """A text and its language."""

    text: str
    language: str


class Teller:
    """Tells moments and sheets in the language of the pages."""

    def __init__(self, places: Places, language: str, facts: ClinicFacts | None) -> None:
        self.places, self.language = places, language
        self._calendar: Calendar | None = None
        self._titles: dict[str, dict[str, str]] = {}
        if facts is not None:
            with suppress(HandoutError):  # a clinic's own words may be broken: plain numbers do
                self._calendar = calendar(read_words(places, language), facts)

    def moment(self, utc: str) -> str:
        """Return a moment of the ledger as a clock here shows it: "23 Nov 2026, 2:30 pm"."""
        return self._said(dt.datetime.fromisoformat(utc).astimezone())

    def day(self, day: dt.date) -> str:
        """Return a day as a calendar here shows it: "23 Nov 2026"."""
        return self._calendar.full_day(day) if self._calendar else day.isoformat()

    def days_in(self, told: Told) -> str:
        """Return a sentence of the program with its days told likewise, where it is in our language."""
        if told.language != self.language:
            return told.text
        return _DAY.sub(lambda found: self.day(dt.date.fromisoformat(found[0])), told.text)

    def seconds(self, moment: float) -> str:
        """Return a moment in seconds since 1970; without its day where that is today."""
        here = dt.datetime.fromtimestamp(moment).astimezone()
        return self._said(here, day=here.date() != dt.datetime.now().astimezone().date())

    def _said(self, here: dt.datetime, *, day: bool = True) -> str:
        if self._calendar is None:
            return f"{here:%Y-%m-%d %H:%M}" if day else f"{here:%H:%M}"
        time = self._calendar.time(here.time())
        return f"{self.day(here.date())}, {time}" if day else time

    def title(self, sheet: str, language: str) -> Named:
        """Return a sheet's title in the language of the pages, else in its own, else its name."""
        for known in (self.language, language):
            if known not in self._titles:
                found = library.entries(self.places, known)
                self._titles[known] = {entry.name: entry.title for entry in found}
            if sheet in self._titles[known]:
                return Named(self._titles[known][sheet], known)
        return Named(sheet, "en")

    def titles(self, records: Iterable[Record]) -> Sequence[Named]:
        """Return the titles of the sheets in some records, each once."""
        return list(dict.fromkeys(self.title(record.sheet, record.language) for record in records))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a delivery stands: a word or two, and what is to be done about it."""

    word: str
    more: str
    language: str
    kind: Kind


def kind_of(outcome: str) -> Kind:
    """Return whether an outcome is good, wants somebody, or is neither."""
    return "good" if outcome in _GOOD else "bad" if outcome in _BAD else "open"


def kind_of_message(state: str) -> Kind:
    """Return the same for a message: one that is cancelled wants nobody, as somebody has decided that."""
    return "open" if state == State.CANCELLED else kind_of(state)


def standing(visit: Visit, record: Record) -> Standing:
    """Return how a delivery stands, from its record."""
    told = visit.told(record.outcome)
    word, _, more = told.text.partition(": ")
    kind = kind_of(record.outcome) if record.message is None else kind_of_message(record.outcome)
    return Standing(word.rstrip("."), more[:1].upper() + more[1:], told.language, kind)


async def confidential(
    desk: Desk, visit: Visit, template: str, status: int = 200, **context: Any
) -> Response:
    """Return a page that tells of patients: nobody knows who stands before the screen later on."""
    response = await desk.pages.page(template, visit, status, **context)
    response.headers["Refresh"] = f"{desk.pages.idle_minutes * 60}; url={desk.pages.root}"
    return response
