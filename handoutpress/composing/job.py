"""What one copy says: a sheet, the clinic that hands it out, and the patient who gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.reading.patient import PatientDetails

if TYPE_CHECKING:
    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.evidence import Evidence
    from handoutpress.reading.handout import Sheet
    from handoutpress.reading.protocol import Protocol
    from handoutpress.reading.words import FixedWords


@dataclass(frozen=True)
class Job:
    """Everything that decides what one copy says; how it looks is ``Look``'s."""

    sheet: Sheet
    clinic: Clinic
    protocol: Protocol
    evidence: Evidence
    words: FixedWords
    patient: PatientDetails = field(default_factory=PatientDetails)
