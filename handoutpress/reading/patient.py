"""A patient: one person's details for one copy. All of it may be blank; blanks are lines for a pen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from handoutpress.reading.model import Model, validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

# One line each, without control characters: they go into a page, a file name and a record.
Line = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[
    str, StringConstraints(min_length=1, max_length=600, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]+$")
]


class PatientDetails(Model):
    """Whose copy this is, and the dates that matter to them."""

    name: Line | None = None
    """The patient's name."""
    reference: Line | None = None
    """Date of birth, or the clinic's own reference."""
    clinician: Line | None = None
    """Who treats them."""
    visit: dt.date | None = None
    """The day of this visit, as 2026-11-23."""
    appointment: dt.date | None = None
    """The day of the next visit."""
    appointment_time: dt.time | None = None
    """Its time, as 14:30."""
    note: Note | None = None
    """The clinician's own note."""


def read_patient(path: Path) -> PatientDetails:
    """Read one patient's details from a YAML file; raises ``ProblemsFound``."""
    return validate(PatientDetails, read_yaml(path))
