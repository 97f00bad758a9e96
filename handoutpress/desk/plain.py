"""What the program says, in plain words for staff, beside the field it concerns: ``words/problems.yaml``.

Messages are written for somebody at a terminal; here each is found again by its wording. One that is not in
the catalogue is shown as it is, marked as English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from handoutpress.errors import Problem, ProblemsFound, shorten
from handoutpress.places import BESIDE_SHEETS
from handoutpress.reading.model import Model, validate
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoutpress.errors import HandoutError, Place

FILE = Path(__file__).resolve().parent / "words" / "problems.yaml"
Field = Literal[
    "", "name", "reference", "clinician", "visit", "appointment", "appointment_time", "note", "to",
    "again_to", "again", "password", "preference", "printer", "copies", "sheets", "language", "edition",
    "paper", "file",
]  # fmt: skip
REASON = "reason"
"""The placeholder that holds another message: said in plain words too, as a sentence of its own."""
SHEET = "sheet"
"""A sheet's name; in a link, the one whose file a problem stands in, where the message names none."""

_NAMED = re.compile(r"\{([a-z_]+)\}")
_LAST = re.compile(rf"[^.?!]*\{{{REASON}\}}$")
# What stands before a message that some reader of a file, or of a command, has named the place with.
_PREFIX = re.compile(r'(?:"(?P<key>\w+)"|--[a-z-]+|the address): (?=\S)')
_LINK = r"^(|outbox|sheets/\{sheet\}|clinic(#[a-z_.{}]+)?)$"


@dataclass(frozen=True, slots=True)
class Told:
    """A message as a page shows it."""

    text: str
    language: str
    """Of the text: "en" where there is no Spanish for it."""
    field: str = ""
    """The form's field that it concerns; "" where it is none, or the caller knows."""
    link: str = ""
    """The page where it is mended, such as ``clinic#phone``."""

    @property
    def mended_by(self) -> str:
        """What tells it apart from other things to mend: the field that mends it, else its words."""
        return self.link if "#" in self.link else self.text


Sentences = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Entry(Model):
    """One message of the program, and how it is said at the desk."""

    match: Annotated[str, StringConstraints(min_length=3)]
    """The message; ``{name}`` stands for any text, ``{sheet}`` for a sheet's name."""
    hint: str = ""
    """Its hint, where a name in the link is taken from it."""
    field: Field = ""
    link: Annotated[str, StringConstraints(pattern=_LINK)] = ""
    en: Sentences
    es: Sentences

    @model_validator(mode="after")
    def _names(self) -> Self:
        """Refuse names that nothing fills, and a reason anywhere but at the end."""
        given = _NAMED.findall(self.match)
        if len(set(given)) < len(given) or re.search(r"\}\{", self.match):
            raise PydanticCustomError("match", "a name stands twice, or two stand without a word between")
        known = {"en": {*given}, "es": {*given}, "link": {*given, *_NAMED.findall(self.hint), SHEET}}
        for key, names in known.items():
            if unknown := {*_NAMED.findall(getattr(self, key))} - names:
                context = {"at": (key,), "names": ", ".join(sorted(unknown))}
                raise PydanticCustomError("names", "nothing fills {names}", context)
        for key in ("en", "es"):
            before, reason, after = getattr(self, key).partition(f"{{{REASON}}}")
            if reason and (after or not before.endswith(" ")):
                raise PydanticCustomError("reason", "a reason stands at the end", {"at": (key,)})
        return self

    @property
    def literal(self) -> int:
        """How many characters of the message are said and not left open."""
        return len(_NAMED.sub("", self.match))

    def words(self, language: str) -> str:
        """Return the text in Spanish, or else in English."""
        return self.es if language == "es" else self.en


class Catalogue(Model):
    """All messages that are known."""

    problems: tuple[Entry, ...]


def told(message: str, language: str, hint: str = "") -> Told:
    """Say a message in plain words; one that is not known as it is, with its hint, in English."""
    return _told(message, hint, language, None)


def told_problem(problem: Problem, language: str) -> Told:
    """Say a problem in plain words, or as it is with the file and line where it stands."""
    return _told(problem.message, problem.hint, language, problem.place)


def told_error(error: HandoutError, language: str) -> list[Told]:
    """Say an error in plain words: each of its problems once."""
    if isinstance(error, ProblemsFound):
        return list(dict.fromkeys(told_problem(problem, language) for problem in error.problems))
    return [told(str(error), language)]


@cache
def catalogue(path: Path = FILE) -> tuple[tuple[re.Pattern[str], Entry], ...]:
    """Return the known messages, the most exact first; raises ``ProblemsFound`` for a file that is wrong."""
    file = read_yaml(path)
    entries = validate(Catalogue, file).problems
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries):
        if seen.setdefault(entry.match, number) != number:
            place = file.place(("problems", number, "match"))
            raise ProblemsFound([Problem("this message has an entry already", place)])
    return tuple((_pattern(one.match), one) for one in sorted(entries, key=lambda one: -one.literal))


@cache
def _pattern(match: str) -> re.Pattern[str]:
    parts = _NAMED.split(match.rstrip("."))
    named = (
        rf"(?P<{part}>{r'[a-z0-9-]+' if part == SHEET else '.+?'})" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
    return re.compile("".join(named), re.DOTALL)


def find(message: str) -> tuple[Entry, Mapping[str, str]] | None:
    """Return the entry for a message, and what stands in its open places; None for an unknown one."""
    said = message.rstrip(".")
    for pattern, entry in catalogue():
        if found := pattern.fullmatch(said):
            return entry, {name: text.strip("`") for name, text in found.groupdict().items()}
    return None


def _told(message: str, hint: str, language: str, place: Place | None) -> Told:
    if not hint:  # some errors carry theirs on a line of its own
        message, _, hint = (part.strip() for part in message.partition("\n"))
    prefix = _PREFIX.match(message)
    found = find(message) or (find(message[prefix.end() :]) if prefix else None)
    in_clinic = place is not None and re.fullmatch(r"clinic(\.[\w-]+)?\.yaml", place.file.name) is not None
    field, link, text, spoken = "", "", _sentence(message), "en"
    if found:
        entry, values = found
        spoken = "es" if language == "es" else "en"
        text, link = _filled(entry.words(language), values, language), _link(entry, values, hint, place)
        # What stands in a file was not typed into the form, even if the same is said of both.
        field = entry.field if place is None or entry.field == "sheets" else ""
    elif hint:
        text += f" {_sentence(hint)}"
    if in_clinic and link in ("", "clinic"):
        link = f"clinic#{prefix['key']}" if prefix and prefix["key"] else "clinic"
    if place is not None and not (found and link):
        text = f"{_where(place, spoken)}: {text}"
    return Told(text, spoken, field, link)


def _filled(words: str, values: Mapping[str, str], language: str) -> str:
    """Return a text with its open places filled; a reason that has no Spanish is left out of it."""
    if REASON in values:
        inner = told(values[REASON], language)
        if inner.language == "en" and language == "es":
            words = _LAST.sub("", words)
        values = {**values, REASON: inner.text}
    return _sentence(_NAMED.sub(lambda name: values[name[1]], words))


def _link(entry: Entry, values: Mapping[str, str], hint: str, place: Place | None) -> str:
    """Return where it is mended, as exactly as can be known."""
    more = _pattern(entry.hint).fullmatch(hint.rstrip(".")) if entry.hint else None
    known = {**values, **(more.groupdict() if more else {})}
    if place is not None and place.file.parent.parent.name == "handouts":
        name = place.file.name.partition(".")[0]
        known |= {} if name in BESIDE_SHEETS else {SHEET: name}
    if all(name in known for name in _NAMED.findall(entry.link)):
        return _NAMED.sub(lambda name: known[name[1]], entry.link)
    return "clinic" if entry.link.startswith("clinic") else ""


def _where(place: Place, language: str) -> str:
    inside, line = ("En", "línea") if language == "es" else ("In", "line")
    return f"{inside} {shorten(place.file)}" + (f", {line} {place.line}" if place.line else "")


def _sentence(text: str) -> str:
    """Return a text with a capital first and a full stop at its end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")
