"""What a patient says about email, taken down with the words they were asked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.composing.letter import preference_wording
from handoutpress.delivery import preferences
from handoutpress.delivery.preferences import Preference
from handoutpress.delivery.records import operator
from handoutpress.errors import Problems
from handoutpress.reading.days import UnclearDate, read_day
from handoutpress.reading.patient import WrongText, one_line
from handoutpress.wish import Wish

if TYPE_CHECKING:
    import datetime as dt

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.preferences import Accepts
    from handoutpress.places import Places
    from handoutpress.reading.addresses import EmailAddress


def what_was_said(
    accepts: Accepts,
    taken_by: str | None,
    asked_on: str | None,
    places: Places,
    language: str,
    reference: str | None,
) -> Preference:
    """Return what a patient said; raises ``ProblemsFound``.

    Left out, they were asked today, by whoever is at the keyboard.
    """
    problems, today = Problems(), Wish().today
    day: dt.date = today
    if asked_on:
        try:
            day = read_day(asked_on)
        except UnclearDate as error:
            problems.add(f"--asked-on: {error.message}", hint=error.hint)
        if day > today:
            problems.add("--asked-on: this day is still to come")
    who = operator()
    try:
        who = one_line(taken_by) if taken_by else who
    except WrongText as error:
        problems.add(f"--taken-by: {error.message}", hint=error.hint)
    problems.raise_if_any()
    return Preference(accepts, day, preference_wording(places, language).version, who, reference)


def keep_said(
    ledger: Ledger,
    address: EmailAddress,
    said: Preference,
    places: Places,
    language: str,
    by: str | None = None,
) -> None:
    """Keep what the patient said, with the words they were asked with; ``by`` is who is at the keyboard."""
    wording = preference_wording(places, language).text
    preferences.record(ledger, address.spec, said, wording, by or operator())
