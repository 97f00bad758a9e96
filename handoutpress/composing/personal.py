"""The patient's own lines on a sheet: what they say, for one patient or for a plate.

Everything that differs from one patient's copy to the next passes through here. A copy says the patient's
details; a plate, laid out once for many, is set with probes in their place (``Probes``), and each copy fills
their places later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from handoutpress.composing.dates import Calendar
    from handoutpress.reading.patient import PatientDetails

Form = Literal["words", "day", "full-day", "time", "line"]


DETAILS = ("name", "reference", "clinician", "visit", "appointment", "appointment_time")
"""The fields of ``PatientDetails`` that are one line each; the note is the other one."""


@dataclass(frozen=True, slots=True)
class Personal:
    """One thing that a sheet says of its patient: a detail, and the form it is said in."""

    detail: str
    """The name of the field in ``PatientDetails``."""
    form: Form = "words"
    number: int = 0
    """For a day, how many days it is moved; for a note, which of its lines."""


def said(personal: Personal, patient: PatientDetails, calendar: Calendar) -> str | None:
    """Return the words, or None where the detail is not given."""
    value: Any = getattr(patient, personal.detail)
    if value is None:
        return None
    match personal.form:
        case "day":
            return calendar.day(value + dt.timedelta(days=personal.number))
        case "full-day":
            return calendar.full_day(value + dt.timedelta(days=personal.number))
        case "time":
            return calendar.time(value)
        case "line":
            lines = note_lines(patient)
            return lines[personal.number] if personal.number < len(lines) else None
    return str(value)


def note_lines(patient: PatientDetails) -> list[str]:
    """Return the lines of a clinician's note; an empty one says nothing."""
    return [line for line in (patient.note or "").splitlines() if line.strip()]


def all_said(patient: PatientDetails) -> str:
    """Return all of a patient's own words, dates left out: those are said in the sheet's language."""
    texts = (patient.name, patient.reference, patient.clinician, patient.note)
    return " ".join(text for text in texts if text)


LONG = {"name": 20, "reference": 18, "clinician": 16}
"""Characters that a field's line holds at its usual size; what is longer is set small, on up to two lines."""


def long_details(patient: PatientDetails) -> list[str]:
    """Return which details are too long for their field's usual size."""
    return [name for name, most in LONG.items() if len(getattr(patient, name) or "") > most]


def shape(patient: PatientDetails) -> tuple[str, ...]:
    """Return which details are given: copies of one shape differ in nothing but words.

    A note counts with its number of lines, a long name as another than a short one.
    """
    given = [name for name in DETAILS if getattr(patient, name) is not None]
    given += [f"{name}-long" for name in long_details(patient)]
    lines = note_lines(patient)
    return (*given, f"note-{len(lines)}") if lines else tuple(given)


class TemplateWorksOnDetails(Exception):
    """A template does more with a patient's detail than print it, so that no plate can stand for all."""


class Probe(str):
    """A stand-in for one of the patient's words. It can be printed, and nothing else."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """It stands for a detail that is given."""
        return True


def _refuse(*_values: object) -> NoReturn:
    raise TemplateWorksOnDetails


# What printing needs, and what Python itself does with any object.
_COMPARING = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}
_PRINTING = set(dir(object)) - _COMPARING | {"__bool__"}
for _name in set(dir(str)) - _PRINTING:
    setattr(Probe, _name, _refuse)


class Probes:
    """Says a probe for every detail that is given, and keeps which stands for what.

    A probe is about as long as a real value, so that lines break where they usually do, and holds a word
    that stands nowhere else on the sheet.
    """

    def __init__(self, patient: PatientDetails, calendar: Calendar) -> None:
        self.patient, self.calendar = patient, calendar
        self.said: dict[str, Personal] = {}
        """Each probe's text, and what it stands for."""

    def __call__(self, personal: Personal) -> str | None:
        """Return the probe for one detail; None where it is not given."""
        if said(personal, self.patient, self.calendar) is None:
            return None
        number = next((n for n, known in enumerate(self.said.values()) if known == personal), len(self.said))
        text = _probe(number, personal.form)
        self.said[text] = personal
        return Probe(text)


@lru_cache(maxsize=256)
def _probe(number: int, form: Form) -> str:
    """Return a text that no sheet has: "Qxjk Vqzab" with the number in its letters."""
    digits = "abcdefghijklmnop"
    mark = f"q{digits[number // 16 % 16]}x{digits[number % 16]}j"
    first = {"words": "Zoxe", "line": "Please", "day": "Monday, Aug", "full-day": "Aug", "time": "2:"}[form]
    last = {"words": "", "line": "", "day": " 20", "full-day": " 20, 26", "time": ""}[form]
    return f"{first}{'' if form != 'words' and form != 'line' else ' V'}{mark}{last}"
