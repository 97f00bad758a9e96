"""What has to be known of a new clinic, how it is asked for, and what is wrong with an answer.

The same models decide as for every other clinic; nothing that could hurt somebody, such as a phone number or
a sign of an emergency, has a default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from handoutpress.composing.filling import DAYS
from handoutpress.errors import Problem, suggestion
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.clinic import ClinicFacts, ClinicWords
from handoutpress.reading.model import plain_message
from handoutpress.reading.topic import protocol_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from handoutpress.places import Places
    from handoutpress.reading.protocol import Protocol
    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc

Key = tuple[str, "Loc"]
"""The language of a clinic's words, "" for ``clinic.yaml``, and the path of a value in that file."""
Said = dict[Key, "Value"]
"""What somebody said of a new clinic."""

OWN = ""
"""The language of ``clinic.yaml`` itself."""


@dataclass(frozen=True)
class Question:
    """One thing to be known, and how it is asked for."""

    key: Key
    ask: str
    example: str = ""
    required: bool = True

    @property
    def option(self) -> str:
        """The option that answers it, as it is typed."""
        return option_of(self.key)


FACTS = (
    Question((OWN, ("name",)), "Name of the clinic, as patients know it"),
    Question((OWN, ("phone",)), "Phone number that patients call"),
    Question((OWN, ("hours",)), "When that phone is answered", "Monday to Friday, 9 am to 5 pm"),
    Question((OWN, ("after_hours",)), 'Who to call after hours: reads on from "After hours:"', "call NUMBER"),
    Question((OWN, ("emergency_phone",)), "Emergency number of your country"),
    Question((OWN, ("address",)), "Address, line by line", required=False),
    Question((OWN, ("email",)), "Email address that patients may write to", required=False),
    Question((OWN, ("website",)), "Website", "https://...", required=False),
)
"""What is asked of every clinic."""

CHOICES: dict[str, tuple[str, ...]] = {
    "paper": ("a4", "letter"),
    "date_order": ("day-month", "month-day"),
    "clock": ("12", "24"),
}


def usual(emergency_phone: Value) -> dict[str, str]:
    """Return paper, order of dates and clock as they are usual: North America's where 911 is called."""
    if emergency_phone == "911":
        return {"paper": "letter", "date_order": "month-day", "clock": "12"}
    return {"paper": "a4", "date_order": "day-month", "clock": "12"}


def option_of(key: Key) -> str:
    """Return how a value is given on the command line."""
    language, loc = key
    name = ".".join(str(step) for step in loc[1:]) if loc[0] == "protocol" else str(loc[0])
    if language:
        return f"--words {language}.{name}"
    if loc[0] == "protocol":
        return f"--answer {name}"
    return "--" + name.replace("_", "-")


def decisions(places: Places, languages: Iterable[str]) -> list[Question]:
    """Return what no sheet prints without: the decisions, then the words of other languages."""
    found = []
    for topic, slot, language, words in _stopping(places, (OWN, *languages)):
        found.append(Question((language, ("protocol", topic, slot)), *words))
    for language in languages:
        found += [
            Question((language, ("hours",)), f"In `{language}`: when the phone is answered"),
            Question((language, ("after_hours",)), f"In `{language}`: who to call after hours"),
        ]
    return sorted(found, key=lambda question: (question.key[0], question.key[1][0] == "protocol"))


def _stopping(places: Places, languages: Iterable[str]) -> Iterator[tuple[str, str, str, tuple[str, str]]]:
    """Yield the slots that stop a print: topic, name, language, and what is asked, with an example."""
    for language in languages:
        for topic in topics(places, language or DEFAULT_LANGUAGE):
            spoken, own = protocol_in(places, topic, language or DEFAULT_LANGUAGE)
            for name, slot in spoken.slots.items():
                if slot.unset == "stop" and not (language and slot.kind == "days"):
                    note = f"In `{language}`: " if language and own != language else ""
                    yield topic, name, language, (note + slot.label, slot.example)


def topics(places: Places, language: str | None = None) -> list[str]:
    """Return the topics that have sheets, in this language where one is named."""
    sheets = places.sheets().items()
    return sorted({sheet.topic for (_, spoken), sheet in sheets if language in (None, spoken)})


def languages_of(places: Places) -> list[str]:
    """Return the languages there are sheets in, other than the first."""
    return sorted({language for _, language in places.sheets()} - {DEFAULT_LANGUAGE})


def wrong(said: Mapping[Key, Value], places: Places) -> list[Problem]:
    """Return everything that is wrong with what was said; what was not said is no matter here."""
    problems = [
        Problem(f"{option_of(key)}: this is no text that can be read", hint="type it again")
        for key, value in said.items()
        if not _readable(value)
    ]
    protocols = {topic: protocol_in(places, topic, DEFAULT_LANGUAGE)[0] for topic in topics(places)}
    for language in dict.fromkeys(key[0] for key in said):
        model = ClinicWords if language else ClinicFacts
        try:
            model.model_validate(as_data(said, language))
        except ValidationError as error:
            problems += _told(error, language)
    for key, value in said.items():
        if key[1][0] == "protocol":
            problems += _wrong_answer(key, value, protocols)
    known = languages_of(places)
    for language in dict.fromkeys(key[0] for key in said if key[0] and key[0] not in known):
        hint = suggestion(language, known, "languages")
        problems.append(Problem(f"--words: there is no sheet in `{language}`", hint=hint))
    return problems


def missing(said: Mapping[Key, Value], questions: Iterable[Question]) -> list[Problem]:
    """Return a problem for each required question that nobody answered, with its option."""
    return [
        Problem(f"{_as_typed(question)} is missing", hint=_hint(question))
        for question in questions
        if question.required and question.key not in said
    ]


def as_data(said: Mapping[Key, Value], language: str) -> dict[str, Any]:
    """Return what a file will say, as the reader returns it."""
    data: dict[str, Any] = {}
    for (spoken, loc), value in said.items():
        if spoken != language:
            continue
        inner = data
        for step in loc[:-1]:
            inner = inner.setdefault(str(step), {})
        inner[str(loc[-1])] = list(value) if isinstance(value, tuple) else value
    return data


def _as_typed(question: Question) -> str:
    space = "=" if " " in question.option else " "
    return f"{question.option}{space}TEXT"


def _hint(question: Question) -> str:
    return question.ask + (f"; like: {question.example}" if question.example else "")


def _readable(value: Value) -> bool:
    """Whether a text can be written at all: a terminal may hand on bytes that are no letters."""
    lines = value if isinstance(value, tuple) else (value or "",)
    try:
        return "\x00" not in "".join(lines) and bool("".join(lines).encode() or True)
    except UnicodeEncodeError:
        return False


def _told(error: ValidationError, language: str) -> Iterator[Problem]:
    for details in error.errors(include_url=False):
        if details["type"] == "missing":
            continue
        loc = tuple(step for step in details["loc"] if not isinstance(step, int))
        message = "is empty" if details["type"] == "string_too_short" else plain_message(details)
        hint = str(details.get("ctx", {}).get("hint", ""))
        yield Problem(f"{option_of((language, loc))}: {message}", hint=hint)


def _wrong_answer(key: Key, value: Value, protocols: Mapping[str, Protocol]) -> Iterator[Problem]:
    """Yield what is wrong with an answer: no such topic, no such slot, no number of days."""
    option, topic, name = option_of(key), str(key[1][1]), str(key[1][-1])
    if topic not in protocols:
        yield Problem(
            f"{option}: there is no topic `{topic}`", hint=suggestion(topic, list(protocols), "topics")
        )
        return
    slots = protocols[topic].slots
    if name not in slots:
        hint = suggestion(name, list(slots), "questions")
        yield Problem(f"{option}: {topic} does not ask for `{name}`", hint=hint)
    elif slots[name].kind == "days" and not re.fullmatch(DAYS, str(value)):
        hint = f"for example {slots[name].example}"
        yield Problem(f"{option}: `{value}` is not a whole number of days", hint=hint)
