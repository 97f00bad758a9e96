"""A clinic: its contact facts and its decisions (``clinic.yaml``) and its brand (``_brand.yml``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from handoutpress.errors import ProblemsFound
from handoutpress.places import BRAND_FILE, CLINIC_FILE, inside
from handoutpress.reading.brand import Brand, read_brand
from handoutpress.reading.channels import Mail, Printer
from handoutpress.reading.model import Model, validate
from handoutpress.reading.statement import Language, Words
from handoutpress.reading.yamlreader import read_yaml

if TYPE_CHECKING:
    from handoutpress.places import Places
    from handoutpress.reading.yamlfile import YamlFile

Paper = Literal["a4", "letter"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=160)]


_PHONE = r"^\+?[0-9(][0-9 ().\-–/]*(?:\s*(?:ext\.?|x)\s*[0-9]+)?$"
_PAGE = r"^https://(?:[^\s{}<>\"']|\{name\}|\{language\})+$"


def _phone(value: str) -> str:
    """Refuse what nobody can dial: a clinic's number is the line a patient's safety may hang on."""
    digits = re.sub(r"[^0-9]", "", value)
    if not re.fullmatch(_PHONE, value) or len(digits) < 3:
        raise PydanticCustomError(
            "phone",
            "`{value}` is not a phone number",
            {
                "value": value,
                "hint": 'digits, spaces and + ( ) - . only, such as "+44 20 7946 0000"',
            },
        )
    if (len(set(digits)) == 1 and len(digits) > 4) or digits in {"123456", "1234567", "123456789"}:
        raise PydanticCustomError("phone", "`{value}` looks like a placeholder", {"value": value})
    return value


def _page(value: str) -> str:
    rest = value.replace("{name}", "").replace("{language}", "")
    if not re.fullmatch(r"https://[^\s{}<>\"']+", rest):
        raise PydanticCustomError(
            "page",
            "`{value}` is not an address for a sheet's page",
            {"value": value, "hint": "for example https://example.org/handouts/{name}"},
        )
    return value


Phone = Annotated[str, AfterValidator(_phone), WithJsonSchema({"type": "string", "pattern": _PHONE})]
Page = Annotated[str, AfterValidator(_page), WithJsonSchema({"type": "string", "pattern": _PAGE})]


Answers = dict[str, dict[str, Annotated[str, StringConstraints(min_length=1, max_length=200)]]]


class ClinicFacts(Model):
    """What a clinic is, how to reach it, and what it decides for its patients."""

    name: Words
    """The clinic's name as patients know it."""
    language: Language = "en"
    """The language of the words in this file. Another language's stand in clinic.es.yaml and the like."""
    address: Annotated[tuple[Line, ...], Field(max_length=5)] = ()
    """The address, line by line, for the letterhead: ["1 Example Street", "Sampletown"]."""
    phone: Phone | None = None
    """The number patients call, such as "(555) 555-0100". Nothing prints without it."""
    hours: Line | None = None
    """When that phone is answered, as it stands in a sentence: "Monday to Friday, 9 am to 5 pm"."""
    after_hours: Line | None = None
    """Who to call when the clinic is closed, as a short sentence with the number: "call (555) 555-0199"."""
    emergency_phone: Phone | None = None
    """The emergency number of the country: 911, 999, 112."""
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$")] | None = None
    """The email address patients may write to, such as hello@example.org."""
    website: Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"'{}]+$")] | None = None
    """The clinic's website, such as https://example.org."""
    handout_page: Page | None = None
    """Where a sheet stands on the clinic's website, such as https://example.org/handouts/{name}. It may have
    {language} in it, too. Printed as a QR code."""
    paper: Paper = "a4"
    """The paper in the clinic's printers."""
    date_order: Literal["day-month", "month-day"] = "day-month"
    """How dates are written: 23 November or November 23."""
    clock: Literal["12", "24"] = "12"
    """How times are written: 2:30 pm or 14:30."""
    letterhead: bool = True
    """Whether sheets carry logo, name and address; false for paper that has them already."""
    require_sign_off: bool = False
    """Whether only sheets print that a clinician of this clinic has signed off."""
    mail: Mail | None = None
    """How messages to patients are sent. Without it, nothing is emailed."""
    printer: Printer = Printer()
    """How `print` prints: which printer, how many copies, one side or both."""
    protocol: Answers = {}
    """The clinic's decisions for each topic, by the name of the slot, such as
    `price: ask us for a price list`."""


class ClinicWords(Model):
    """What ``clinic.yaml`` says in words, in another language: ``clinic.es.yaml`` beside it."""

    hours: Line | None = None
    """When the phone is answered, as it stands in a sentence."""
    after_hours: Line | None = None
    """Who to call when the clinic is closed."""
    protocol: Answers = {}
    """The decisions that are words. Numbers of days are taken from ``clinic.yaml``."""


@dataclass(frozen=True)
class Clinic:
    """A clinic as read: its facts, its brand, and both files for the places of later problems."""

    facts: ClinicFacts
    brand: Brand
    facts_yaml: YamlFile
    brand_yaml: YamlFile
    answers_yaml: YamlFile
    """The file its words stand in: ``clinic.yaml``, or for a sheet in another language ``clinic.es.yaml``."""
    answers_file: str
    """The name of the file to add an answer to; it may not be there yet."""


def read_clinic(places: Places, language: str | None = None) -> Clinic:
    """Read a clinic's files, its words in ``language`` (else its own); raises ``ProblemsFound`` with all."""
    problems = []
    facts = brand = None
    try:
        facts_yaml = answers_yaml = read_yaml(inside(places.clinic, CLINIC_FILE))
        facts = validate(ClinicFacts, facts_yaml)
    except ProblemsFound as found:
        problems += found.problems
    try:
        brand_yaml = read_yaml(inside(places.clinic, BRAND_FILE))
        brand = read_brand(brand_yaml)
    except ProblemsFound as found:
        problems += found.problems
    answers_file = CLINIC_FILE
    if facts and language and language.split("-")[0] != facts.language.split("-")[0]:
        answers_file = CLINIC_FILE.replace(".yaml", f".{language}.yaml")
        words = ClinicWords()
        try:
            path = inside(places.clinic, answers_file)
            if path.is_file():
                answers_yaml = read_yaml(path)
                words = validate(ClinicWords, answers_yaml)
        except ProblemsFound as found:
            problems += found.problems
        facts = _said_in(facts, words)
    if facts is None or brand is None or problems:
        raise ProblemsFound(problems)
    return Clinic(facts, brand, facts_yaml, brand_yaml, answers_yaml, answers_file)


def _said_in(facts: ClinicFacts, words: ClinicWords) -> ClinicFacts:
    """Return the facts with another language's words: none of the first language's may stand on that sheet.

    A number says the same in both.
    """
    answers = {
        topic: {name: answer for name, answer in given.items() if answer.isdecimal()}
        for topic, given in facts.protocol.items()
    }
    for topic, given in words.protocol.items():
        answers[topic] = answers.get(topic, {}) | given
    changed = {"hours": words.hours, "after_hours": words.after_hours, "protocol": answers}
    return facts.model_copy(update=changed)
