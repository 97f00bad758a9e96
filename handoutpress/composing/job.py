"""What one copy says: a sheet, the clinic that hands it out, and the patient who gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.composing.dates import Calendar, calendar
from handoutpress.composing.personal import Personal, said
from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.evidence import Evidence
    from handoutpress.reading.protocol import Protocol
    from handoutpress.reading.sheet import Sheet
    from handoutpress.reading.signoffs import SignOff
    from handoutpress.reading.words import FixedWords


@dataclass(frozen=True)
class Job:
    """Everything that decides what one copy says; how it looks is ``Look``'s."""

    sheet: Sheet
    clinic: Clinic
    protocol: Protocol
    evidence: Evidence
    words: FixedWords
    today: dt.date
    patient: PatientDetails = field(default_factory=PatientDetails)
    original: Sheet | None = None
    """What a translated sheet translates, as this clinic has it."""
    sign_offs: tuple[SignOff, ...] = ()
    """The clinic's sign-offs of this sheet in this language, the latest first."""
    draft: bool = False
    """Whether every page says that it is a draft."""
    probes: Callable[[Personal], str | None] | None = None
    """What stands in the place of the patient's words while a plate is made."""

    @property
    def calendar(self) -> Calendar:
        """How this copy says days and times."""
        return calendar(self.words, self.clinic.facts)

    def say(self, detail: Personal) -> str | None:
        """Return the patient's words for one detail; None where it is not given."""
        return self.probes(detail) if self.probes else said(detail, self.patient, self.calendar)
