"""How a copy is asked for, and what comes out: what every maker of copies shares."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    from handoutpress.reading.clinic import Paper

TODAY = "HANDOUTS_TODAY"
"""The environment variable that rehearses another day; commands that print or sign say so."""


def _today() -> dt.date:
    """Return what day it is: the machine's, or ``HANDOUTS_TODAY`` for a rehearsal."""
    given = os.environ.get(TODAY)
    try:
        return dt.date.fromisoformat(given) if given else dt.date.today()
    except ValueError:
        raise ProblemsFound([Problem(f"{TODAY}: `{given}` is not a date", hint="like 2026-11-23")]) from None


@dataclass(frozen=True)
class Wish:
    """How a copy is asked for; what is None is the clinic's to decide."""

    language: str = DEFAULT_LANGUAGE
    edition: str = "standard"
    paper: Paper | None = None
    letterhead: bool | None = None
    patient: PatientDetails = field(default_factory=PatientDetails)
    draft: bool = False
    """Print even what the editor stops, with DRAFT on every page."""
    today: dt.date = field(default_factory=_today)
    by: str | None = None
    """Who asks for it, for the records; None is whoever is at the keyboard."""


@dataclass(frozen=True)
class SheetText:
    """Which text a copy says: what a record has to know of each sheet in it. Plain values only."""

    name: str
    title: str
    version: str
    dated: str
    """The day of this version, as 2026-11-23."""
    language: str
    text_hash: str
    """SHA-256 (hex) of all that a clinic's patients read on it."""
    good_until: str
    """The last day on which it may be given to anybody, as 2027-11-23."""
    signed_off: bool = False
    """Whether a clinician's sign-off holds for just this text."""
    codes: tuple[tuple[str, str, str], ...] = ()
    """Codes of what it is about: system, code, display."""


@dataclass(frozen=True)
class Copy:
    """One finished copy."""

    name: str
    pdf: bytes
    html: str
    pages: int
    text_hash: str
    sheets: tuple[SheetText, ...]
    """The sheets in it, in order."""
    waived: tuple[Problem, ...] = ()
    """What the editor stops, and a draft printed all the same."""
    remarks: tuple[str, ...] = ()
    """What the staff should know about this copy, and the patient's page does not say."""
