"""Days and times as people and spreadsheets write them; what can be read two ways is refused.

A wrong date on a sheet tells somebody to start or stop a treatment on the wrong day, so nothing is guessed:
03/04/2026 is a day in March in one country and in April in the next, and both may open the same file.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

DateOrder = Literal["day-month", "month-day"]
"""Which number stands first in dates like 03/04/2026, where somebody has said so."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
WRITE_DAY = "write it as 2026-11-23"
WRITE_TIME = "write it as 14:30"
MIDNIGHT = dt.time(0)

_MONTHS = (
    ("January", "jan enero ene"),
    ("February", "feb febrero"),
    ("March", "mar marzo"),
    ("April", "apr abril abr"),
    ("May", "mayo"),
    ("June", "jun junio"),
    ("July", "jul julio"),
    ("August", "aug agosto ago"),
    ("September", "sep sept septiembre setiembre"),
    ("October", "oct octubre"),
    ("November", "nov noviembre"),
    ("December", "dec diciembre dic"),
)
_MONTH_OF = {
    word: number
    for number, (name, others) in enumerate(_MONTHS, 1)
    for word in (name.lower(), *others.split())
}

_HALF = r"(?: ?(?P<half>[ap])\.? ?m\.?)"
_TIME = re.compile(
    rf"(?P<hour>\d{{1,2}})(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.0+)?)?)?{_HALF}?", re.ASCII
)
# Anything that is meant as a time, so that 25:00 is called a wrong time and not a wrong date.
_TIME_AT_END = re.compile(
    r"(?P<day>.+?)(?:t(?=\d)|,? (?:at )?)(?P<time>\d{1,2}(?::[\d:.]+(?: ?[ap]\.? ?m\.?)?| ?[ap]\.? ?m\.?))",
    re.ASCII | re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([./-])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d\d)", re.ASCII)
_NAMED = (
    re.compile(
        r"(?P<day>\d{1,2})(?: de |[ /-]|\. ?)(?P<month>[a-z]+)\.?(?: del? |, ?|[ /-])(?P<year>\d{4}|\d\d)",
        re.ASCII,
    ),
    re.compile(r"(?P<month>[a-z]+)\.?[ -](?P<day>\d{1,2})(?:, ?|[ -])(?P<year>\d{4}|\d\d)", re.ASCII),
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
# Day 0 of a spreadsheet's count. In the 1900 system that is two days early: it counts from 1, and it has
# a 29 February 1900 that never was.
_DAY_ZERO = {"1900": dt.date(1899, 12, 30), "1904": dt.date(1904, 1, 1)}


class UnclearDate(ValueError):
    """A day or time that is not one, or could be two; ``hint`` says how to write it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def told(text: str) -> str:
    """Return a text that is no date for a message: quoted, unless it may be a name or an address.

    A table's columns may have been shifted, and messages end in logs.
    """
    if "@" in text or not (any(char.isdigit() for char in text) or text.islower() or not text):
        return "this"
    return quoted(text)


def quoted(text: str, most: int = 40) -> str:
    """Return a text as messages quote it: short, one line, nothing in it that a terminal would act on."""
    words = " ".join(text[: most * 4].split())
    cut = words[:most] + "…" if len(words) > most else words
    return f"`{''.join(char if char.isprintable() else '�' for char in cut)}`"


def read_day(text: str, order: DateOrder | None = None) -> dt.date:
    """Return the day a text names; raises ``UnclearDate``.

    A spreadsheet's midnight after the day is dropped; any other time is refused.
    """
    day, time = read_day_and_time(text, order)
    if time is not None:
        raise UnclearDate(f"{told(text)} has a time, and only a day belongs here", f"write it as {day}")
    return day


def read_day_and_time(text: str, order: DateOrder | None = None) -> tuple[dt.date, dt.time | None]:
    """Return the day and, where the text has one, the time; raises ``UnclearDate``.

    Midnight counts as no time: spreadsheets add it to every plain day.
    """
    words = " ".join(text.split())
    found = _TIME_AT_END.fullmatch(words)
    if not found:
        return _day(words, order), None
    day, time = _day(found["day"], order), read_time(found["time"])
    return day, None if time == MIDNIGHT else time


def read_time(text: str) -> dt.time:
    """Return the time of day a text names, as 14:30 or 2:30 pm; raises ``UnclearDate``."""
    words = " ".join(text.split())
    found = _TIME.fullmatch(words.lower())
    if not found:
        raise UnclearDate(f"{told(words)} is not a time", WRITE_TIME)
    hour, half = int(found["hour"]), found["half"]
    if found["minute"] is None and half is None:
        raise UnclearDate(f"{told(words)} is a number and not a time", WRITE_TIME)
    if int(found["second"] or 0):
        raise UnclearDate(f"{told(words)} has seconds, and a time here has none", WRITE_TIME)
    if half and not 1 <= hour <= 12:
        raise UnclearDate(f"{told(words)} is not a time: {half}m goes with the hours 1 to 12", WRITE_TIME)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, int(found["minute"] or 0))
    except ValueError:
        raise UnclearDate(f"{told(words)} is not a time of day", WRITE_TIME) from None


def _day(words: str, order: DateOrder | None) -> dt.date:
    """Return the day that words without a time name."""
    if found := _YEAR_FIRST.fullmatch(words):
        return _date(words, found["year"], int(found["month"]), found["day"])
    if found := _NUMBERS.fullmatch(words):
        first, mark, second, year = found.groups()
        return _from_numbers(words, (first, second, year), "day-month" if mark == "." else order, mark)
    for pattern in _NAMED:
        found = pattern.fullmatch(words.lower())
        if found and found["month"] in _MONTH_OF:
            return _date(words, found["year"], _MONTH_OF[found["month"]], found["day"])
    if found := _SERIAL.fullmatch(words):
        raise _serial(words, int(found[1]))
    raise UnclearDate(f"{told(words)} is not a date", WRITE_DAY)


def _date(words: str, year: str, month: int, day: str) -> dt.date:
    _refuse_year(words, year)
    try:
        return dt.date(int(year), month, int(day))
    except ValueError:
        raise UnclearDate(f"{told(words)} is not a day of the calendar", WRITE_DAY) from None


def _refuse_year(words: str, year: str) -> None:
    """Raise ``UnclearDate`` for a year that is not written out, or that nobody means."""
    if len(year) < 4:
        raise UnclearDate(f"{told(words)} has a year of two digits", f"{WRITE_DAY}, with the whole year")
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        said = f"{told(words)}: the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}"
        raise UnclearDate(said, WRITE_DAY)


def _from_numbers(words: str, numbers: tuple[str, str, str], order: DateOrder | None, mark: str) -> dt.date:
    """Return the day in ``23/11/2026`` or ``11/23/2026``: the only reading, or the one ``order`` says."""
    first, second, year = numbers
    _refuse_year(words, year)
    day_first = _calendar(int(year), int(second), int(first))
    month_first = _calendar(int(year), int(first), int(second))
    if order is not None:
        day = day_first if order == "day-month" else month_first
        other = month_first if order == "day-month" else day_first
        if day is None and other is not None:
            # A file that is said to have one order and holds the other has been through two hands:
            # its other dates may be swapped as well, so this one is not quietly taken.
            place = "day" if order == "day-month" else "month"
            why = "dots: the day stands first" if mark == "." else f"dates here have the {place} first"
            raise UnclearDate(f"{told(words)} is not a date ({why})", f"write it as {other}")
    elif day_first and month_first and day_first != month_first:
        raise UnclearDate(
            f"{told(words)} can be read two ways: {spelled(day_first)} or {spelled(month_first)}",
            f"write it as {day_first} or {month_first}",
        )
    else:
        day = day_first or month_first
    if day is None:
        raise UnclearDate(f"{told(words)} is not a day of the calendar", WRITE_DAY)
    return day


def _calendar(year: int, month: int, day: int) -> dt.date | None:
    """Return this day, or None where the calendar has none such."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _serial(words: str, count: int) -> UnclearDate:
    days = {system: zero + dt.timedelta(count) for system, zero in _DAY_ZERO.items()}
    first, later = spelled(days["1900"]), spelled(days["1904"])
    return UnclearDate(
        f"{told(words)} is a spreadsheet's number: {first} in the 1900 system, {later} in the 1904 system",
        "give the column a date format (2026-11-23) in the spreadsheet, and save it again",
    )


def spelled(day: dt.date) -> str:
    """Return a day in words that have one reading: ``3 April 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1][0]} {day.year}"
