"""A patient: one person's details for one copy. All of it may be blank; blanks are lines for a pen.

Read without pydantic: a batch reads a row for every copy, and must not load a library to do it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from handoutpress.errors import Problem, ProblemsFound, suggestion
from handoutpress.reading.days import UnclearDate, quoted, read_day, read_day_and_time, read_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from handoutpress.reading.days import DateOrder

LONGEST_LINE = 80
LONGEST_NOTE = 600
MOST_NOTE_LINES = 12

_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Unicode's Bidi_Control: they change the order in which what follows is read, and nobody sees them.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Zero-width joiner and non-joiner, which several scripts spell with, and the soft hyphen.
_JOINERS = "\u00ad\u200c\u200d"


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """Whose copy this is, and the dates that matter to them."""

    name: str | None = None
    """The patient's name."""
    reference: str | None = None
    """Date of birth, or the clinic's own reference."""
    clinician: str | None = None
    """Who treats them."""
    visit: dt.date | None = None
    """The day of this visit, as 2026-11-23."""
    appointment: dt.date | None = None
    """The day of the next visit."""
    appointment_time: dt.time | None = None
    """Its time, as 14:30."""
    note: str | None = None
    """The clinician's own note."""


FIELDS = tuple(field.name for field in fields(PatientDetails))


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that cannot be used as given."""

    field: str
    message: str
    hint: str = ""


class WrongDetails(ValueError):
    """Details that cannot be used; ``wrong`` says every field that is."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in wrong))
        self.wrong = wrong


class WrongText(ValueError):
    """A text that cannot be printed as given."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def details_from(given: Mapping[str, str], order: DateOrder | None = None) -> PatientDetails:
    """Return the details that texts give, by field; blank texts are not given.

    Raises ``WrongDetails`` with every field that is wrong. ``appointment`` may carry the time.
    """
    wrong: list[Wrong] = []
    read: dict[str, Any] = {}
    for field, text in given.items():
        if not text or text.isspace():
            continue
        try:
            read[field] = _read(field, text, order)
        except (UnclearDate, WrongText) as error:
            wrong.append(Wrong(field, error.message, error.hint))
    for field in sorted(given.keys() - set(FIELDS)):
        wrong.append(
            Wrong(field, f"unknown field {quoted(field)}", suggestion(field, list(FIELDS), "fields"))
        )
    if "appointment" in read:
        read["appointment"], time = read["appointment"]
        own = read.setdefault("appointment_time", time)
        if time is not None and own != time:
            said = f"{own:%H:%M} is not the time that stands in appointment, {time:%H:%M}"
            wrong.append(Wrong("appointment_time", said, "give the time once"))
    elif "appointment_time" in read and not any(each.field == "appointment" for each in wrong):
        wrong.append(Wrong("appointment_time", "a time without a day", "give the day as appointment"))
    if read.get("appointment") and read.get("visit") and read["appointment"] < read["visit"]:
        wrong.append(Wrong("appointment", "the next visit is before this one", "check the year"))
    if wrong:
        known = {field: number for number, field in enumerate(FIELDS)}
        raise WrongDetails(tuple(sorted(wrong, key=lambda each: known.get(each.field, -1))))
    return PatientDetails(**read)


def _read(field: str, text: str, order: DateOrder | None) -> Any:
    match field:
        case "visit":
            return read_day(text, order)
        case "appointment":
            return read_day_and_time(text, order)
        case "appointment_time":
            return read_time(text)
        case "note":
            return _note(text)
    return one_line(text)


def one_line(text: str, most: int = LONGEST_LINE) -> str:
    """Return a text as one line: NFC, each run of white space one space; raises ``WrongText``."""
    _refuse_characters(text)
    return _not_longer(" ".join(unicodedata.normalize("NFC", text).split()), most)


def _note(text: str) -> str:
    """Return a note with its line breaks; raises ``WrongText``."""
    _refuse_characters(text)
    lines = [" ".join(line.split()) for line in _LINE_BREAK.split(unicodedata.normalize("NFC", text))]
    note = "\n".join(lines).strip("\n")
    count = note.count("\n") + 1
    if count > MOST_NOTE_LINES:
        raise WrongText(f"has {count} lines, and there is room for {MOST_NOTE_LINES}")
    return _not_longer(note, LONGEST_NOTE)


def _not_longer(text: str, most: int) -> str:
    if len(text) > most:
        raise WrongText(f"has {len(text):,} characters, and there is room for {most}")
    return text


def _refuse_characters(text: str) -> None:
    """Raise ``WrongText`` for what would not print, or would print other than it reads."""
    if text.isascii() and text.isprintable():
        return
    if found := _CONTROL.search(text):
        code = ord(found[0])
        raise WrongText(f"has a control character (U+{code:04X})", "remove it, or type the text anew")
    if found := _BIDI.search(text):
        said = f"has a hidden character that turns the direction of reading (U+{ord(found[0]):04X})"
        raise WrongText(said, "type the text anew instead of pasting it")
    if _SURROGATE.search(text):
        raise WrongText("has characters that are not UTF-8 text", "type the text anew, in UTF-8")
    _refuse_unseen(text)


def _refuse_unseen(text: str) -> None:
    """Raise ``WrongText`` for what a reader of the page would not see, or not where it stands."""
    for character in text:
        if unicodedata.category(character) == "Cf" and character not in _JOINERS:
            said = f"has a character that cannot be seen (U+{ord(character):04X})"
            raise WrongText(said, "remove it, or type the text anew")
    if all(unicodedata.category(character)[0] in "ZCM" for character in text):
        said = f"has no character that can be seen (U+{ord(text.lstrip()[0]):04X})"
        raise WrongText(said, "leave it blank for a line to write on, or type the text anew")
    first = text.lstrip().lstrip(_JOINERS)[0]
    if unicodedata.category(first)[0] == "M":
        said = f"starts with a mark that belongs on a letter before it (U+{ord(first):04X})"
        raise WrongText(said, "type the text anew")


def read_patient(path: Path) -> PatientDetails:
    """Read one patient's details from a YAML file; raises ``ProblemsFound``."""
    from handoutpress.reading.yamlreader import read_yaml

    file = read_yaml(path)
    problems: list[Problem] = []
    given: dict[str, str] = {}
    for key, value in file.data.items():
        if key not in FIELDS:
            hint = suggestion(key, list(FIELDS), "keys here")
            problems.append(Problem(f'unknown key "{key}"', file.place((key,), key=True), hint))
        elif isinstance(value, dict | list):
            said = f'"{key}": expected a text, not a list or mapping'
            problems.append(Problem(said, file.place((key,))))
        else:
            given[key] = value or ""
    try:
        details = details_from(given)
    except WrongDetails as error:
        problems += [
            Problem(f'"{wrong.field}": {wrong.message}', file.place((wrong.field,)), wrong.hint)
            for wrong in error.wrong
        ]
    if problems:
        raise ProblemsFound(problems)
    return details
