"""What one copy says: a sheet, the clinic that hands it out, and the patient who gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    import datetime as dt

    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.evidence import Evidence
    from handoutpress.reading.handout import Sheet
    from handoutpress.reading.protocol import Protocol
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
