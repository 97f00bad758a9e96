"""The form of the page for staff: what was filled in, and the wish it makes.

Everything about the patient is in the form and nowhere else: this program forgets it with the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from handoutpress.dispatch.printing import PrintOptions, both_sides
from handoutpress.places import DEFAULT_LANGUAGE
from handoutpress.reading.patient import FIELDS as DETAILS
from handoutpress.reading.patient import WrongDetails, WrongText, details_from, one_line
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from handoutpress.reading.clinic import ClinicFacts

MOST_FIELDS = 1000
EDITIONS = ("standard", "large-print")
PAPERS = ("a4", "letter")
REMEMBERED = ("clinician", "by", "paper")
"""Fields that are about the staff, not the patient: the browser keeps them for the next time."""
_LONGEST_QUERY = 200
_LANGUAGE = re.compile("[a-z]{2}(-[A-Z]{2})?")


_SIDES = {"both": True, "one": False}


@dataclass(frozen=True, slots=True)
class Packet:
    """All sheets in one."""

    duplex: bool
    """Whether each sheet begins on a right-hand page."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a form asks for."""

    given: Given
    wish: Wish
    packet: Packet | None = None

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets."""
        return self.given.sheets


class WrongForm(Exception):
    """A form that no page of ours has sent."""


@dataclass(frozen=True)
class Given:
    """The form as it was filled in."""

    fields: dict[str, str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    """The names of the sheets that are chosen, in the list's order."""

    def __getitem__(self, name: str) -> str:
        """Return a field's text, "" where it is blank."""
        return self.fields.get(name, "")

    @property
    def language(self) -> str:
        """The language that is chosen; "" for what can be none, as it names files."""
        return self["language"] if _LANGUAGE.fullmatch(self["language"]) else ""

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self[name] == "yes"

    def without(self, sheet: str) -> Given:
        """Return the form with one sheet fewer."""
        return Given(self.fields, tuple(name for name in self.sheets if name != sheet))


async def read_form(request: Request) -> Given:
    """Read a form; raises ``WrongForm`` for one that is not text or has too many fields."""
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise WrongForm from None
    fields = {name: text for name, text in pairs if name != "sheet"}
    return Given(fields, tuple(dict.fromkeys(text for name, text in pairs if name == "sheet")))


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that cannot be used as it was filled in: the message as the program says it."""

    field: str
    message: str
    hint: str = ""


class WrongFields(Exception):
    """Fields that cannot be used; ``wrong`` has them all."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__()
        self.wrong = wrong


def order_of(given: Given, facts: ClinicFacts, languages: Sequence[str]) -> Order:
    """Return what a form asks for; raises ``WrongFields`` with every field that is wrong."""
    return Order(given, wish_of(given, facts, languages), in_one(given, facts))


def language_of(given: Given, facts: ClinicFacts | None, languages: Sequence[str]) -> str:
    """Return the language of the sheets: as chosen, else the clinic's own where there are sheets in it."""
    own = facts.language if facts else DEFAULT_LANGUAGE
    wanted = (given.language, own, own.partition("-")[0])
    return next((tag for tag in wanted if tag in languages), given.language or DEFAULT_LANGUAGE)


def wish_of(given: Given, facts: ClinicFacts, languages: Sequence[str]) -> Wish:
    """Return the wish a form makes; raises ``WrongFields`` with every field that is wrong."""
    wrong: list[Wrong] = []
    details = {name: given[name] for name in DETAILS}
    patient, by = None, None
    try:
        patient = details_from(details, facts.date_order)
    except WrongDetails as error:
        wrong += [Wrong(each.field, each.message, each.hint) for each in error.wrong]
    try:
        by = one_line(given["by"]) if given["by"].strip() else None
    except WrongText as error:
        wrong.append(Wrong("by", error.message, error.hint))
    if wrong or patient is None:
        raise WrongFields(wrong)
    return Wish(
        language_of(given, facts, languages),
        given["edition"] if given["edition"] in EDITIONS else "standard",
        "letter" if given["paper"] == "letter" else "a4" if given["paper"] == "a4" else facts.paper,
        patient=patient,
        by=by,
    )


def print_options(given: Given) -> PrintOptions:
    """Return how to print; raises ``WrongFields``."""
    copies = given["copies"].strip()
    if copies and not (copies.isdecimal() and len(copies) <= 2 and 1 <= int(copies) <= 20):
        raise WrongFields([Wrong("copies", "from 1 to 20 copies can be printed")])
    sides = _SIDES.get(given["sides"])
    grey = {"grey": True, "colour": False}.get(given["ink"])
    return PrintOptions(given["printer"] or None, int(copies) if copies else None, sides, grey)


def in_one(given: Given, facts: ClinicFacts) -> Packet | None:
    """Return how all sheets become one, where that is wished: the same for looking as for handing over."""
    if not given.ticked("packet") or len(given.sheets) < 2:
        return None
    return Packet(bool(both_sides(facts, PrintOptions(duplex=_SIDES.get(given["sides"])))))


def query(given: Given) -> str:
    """Return what is searched for."""
    return " ".join(given["query"].split())[:_LONGEST_QUERY]
