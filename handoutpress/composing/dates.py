"""Dates and times as a patient reads them: the sheet's language, the clinic's order and clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from handoutpress.reading.clinic import ClinicFacts
    from handoutpress.reading.words import FixedWords


@dataclass(frozen=True)
class Calendar:
    """How one clinic says days and times in one language: plain texts, so that it travels with a plate."""

    weekdays: tuple[str, ...]
    """Monday to Sunday."""
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    day_pattern: str
    """A day with its weekday: ``{weekday}, {month} {day}``."""
    year_pattern: str
    """A day with its year: ``{month} {day}, {year}``."""
    halves: tuple[str, str]
    """What stands behind a time before noon, and after."""
    clock: str
    """``12`` or ``24``."""

    def day(self, day: dt.date) -> str:
        """Return a day with its weekday: "Monday, November 23"."""
        return self._say(self.day_pattern, self.months, day)

    def full_day(self, day: dt.date) -> str:
        """Return a day with its year and a short month: "Nov 23, 2026"."""
        return self._say(self.year_pattern, self.months_short, day)

    def time(self, time: dt.time) -> str:
        """Return a time on the clinic's clock: "2:30 pm" or "14:30"."""
        if self.clock == "24":
            return f"{time.hour:02d}:{time.minute:02d}"
        return f"{time.hour % 12 or 12}:{time.minute:02d} {self.halves[time.hour >= 12]}"

    def _say(self, pattern: str, months: tuple[str, ...], day: dt.date) -> str:
        return (
            pattern.replace("{weekday}", self.weekdays[day.weekday()])
            .replace("{day}", str(day.day))
            .replace("{month}", months[day.month - 1])
            .replace("{year}", str(day.year))
        )


def calendar(words: FixedWords, facts: ClinicFacts) -> Calendar:
    """Return a clinic's way to say dates in the language of ``words``."""
    dates = words.dates
    month_first = facts.date_order == "month-day"
    return Calendar(
        dates.weekdays,
        dates.months,
        dates.months_short,
        dates.month_day if month_first else dates.day_month,
        dates.with_year_mdy if month_first else dates.with_year_dmy,
        (words.label("am"), words.label("pm")),
        facts.clock,
    )
