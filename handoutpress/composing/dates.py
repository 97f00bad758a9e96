"""Dates and times as a patient reads them: the sheet's language, the clinic's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from handoutpress.reading.clinic import ClinicFacts
    from handoutpress.reading.words import FixedWords


def spoken_date(
    day: dt.date, words: FixedWords, facts: ClinicFacts, *, year: bool = False, short: bool = False
) -> str:
    """Return a date with its weekday: "Monday, November 23"; with ``year``, without the weekday.

    ``short`` shortens the month, for the footer: "Nov 23, 2026".
    """
    dates = words.dates
    if facts.date_order == "month-day":
        pattern = dates.with_year_mdy if year else dates.month_day
    else:
        pattern = dates.with_year_dmy if year else dates.day_month
    return (
        pattern.replace("{weekday}", dates.weekdays[day.weekday()])
        .replace("{day}", str(day.day))
        .replace("{month}", (dates.months_short if short else dates.months)[day.month - 1])
        .replace("{year}", str(day.year))
    )


def spoken_time(time: dt.time, words: FixedWords, facts: ClinicFacts) -> str:
    """Return a time on the clinic's clock: "2:30 pm" or "14:30"."""
    if facts.clock == "24":
        return f"{time.hour:02d}:{time.minute:02d}"
    half = words.label("am" if time.hour < 12 else "pm")
    return f"{time.hour % 12 or 12}:{time.minute:02d} {half}"
