"""Everything an editor would stop, for one sheet in one clinic's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.editing.contrast import check_contrast
from handoutpress.editing.references import check_answers, check_evidence, check_slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handoutpress.errors import Problem
    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.evidence import Evidence
    from handoutpress.reading.handout import Sheet
    from handoutpress.reading.protocol import Protocol


def check_sheet(sheet: Sheet, clinic: Clinic, protocol: Protocol, evidence: Evidence) -> Iterator[Problem]:
    """Yield every problem of a sheet, its evidence and slots, and the clinic's answers and colours."""
    yield from check_evidence(sheet, evidence)
    yield from check_slots(sheet, protocol)
    yield from check_answers(clinic, sheet.file.topic, protocol)
    yield from check_contrast(clinic)
