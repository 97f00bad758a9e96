"""Patients who are not there: every number another one, all of whom give all details."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

from handoutpress.composing.personal import Personal, said
from handoutpress.reading.patient import FIELDS, PatientDetails

if TYPE_CHECKING:
    from pathlib import Path

    from handoutpress.composing.dates import Calendar

_FIRST = ("Maria", "Wei", "Amara", "Jonas", "Priya", "Lucía", "Omar", "Ingrid", "Tomás", "Chloë", "Ivy")
_LAST = ("Example", "Sample", "Muster", "O'Test", "Vzor", "Placeholder", "Ejemplo", "Prøve", "Tester")
_CLINICIANS = ("Dr A. Sample", "Dr B. Specimen", "Nurse C. Proof", "D. Trial, RN")
_NOTES = (
    "Use the gel we gave you, twice a day.",
    "Call on Friday and tell us how it looks.",
    "Next time we treat the left side first.",
)
_FIRST_DAY = dt.date(2026, 11, 23)


def patient(number: int) -> PatientDetails:
    """Return one patient: no two numbers below some thousands have one name and one reference."""
    visit = _FIRST_DAY + dt.timedelta(days=number % 251)
    return PatientDetails(
        name=f"{_FIRST[number % 11]} {_LAST[number % 9]}",
        reference=f"R-{number:06}",
        clinician=_CLINICIANS[number % 4],
        visit=visit,
        appointment=visit + dt.timedelta(days=28 + number % 13),
        appointment_time=dt.time(9 + number % 8, number * 5 % 60),
        note=_NOTES[number % 3],
    )


def write_table(path: Path, rows: int) -> Path:
    """Write the table of that many patients."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        for number in range(rows):
            one = patient(number)
            table.writerow({**asdict(one), "appointment_time": f"{one.appointment_time:%H:%M}"})
    return path


def options(one: PatientDetails) -> list[str]:
    """Return the options of ``make`` that say the same."""
    assert one.appointment_time
    said_options = {
        "name": one.name,
        "reference": one.reference,
        "clinician": one.clinician,
        "visit": one.visit,
        "appointment": f"{one.appointment} {one.appointment_time:%H:%M}",
        "note": one.note,
    }
    return [part for option, value in said_options.items() for part in (f"--{option}", str(value))]


def words(one: PatientDetails, calendar: Calendar) -> dict[str, str]:
    """Return what the Typst sheet has to be told, in the words of ours."""
    told = {
        "name": Personal("name"),
        "reference": Personal("reference"),
        "clinician": Personal("clinician"),
        "visit": Personal("visit", "full-day"),
        "appointment": Personal("appointment", "day"),
        "time": Personal("appointment_time", "time"),
        "note": Personal("note"),
        **{f"day{days}": Personal("visit", "day", days) for days in (0, 1, 3, 6)},
    }
    return {name: said(personal, one, calendar) or "" for name, personal in told.items()}
