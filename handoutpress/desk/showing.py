"""What the main page shows of a form: the pages it makes, what is wrong with it, and the list beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from handoutpress.composing.letter import preference_wording
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.printer import known_printers
from handoutpress.desk import library
from handoutpress.desk.forms import Given, WrongFields, language_of, order_of, query
from handoutpress.desk.pictures import pictures
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.reading.clinic import read_clinic
from handoutpress.wish import TODAY, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from handoutpress.desk.app import Desk
    from handoutpress.desk.making import Made
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.pictures import Picture
    from handoutpress.desk.plain import Told
    from handoutpress.reading.clinic import ClinicFacts
    from handoutpress.wish import Copy


@dataclass
class Shown:
    """What the page shows of a form: what is wrong with it, and the pages it makes."""

    given: Given
    wrong: dict[str, list[Told]] = field(default_factory=dict)
    """What is wrong, by the field; by "" where it is none of them."""
    stopped: dict[str, list[Told]] = field(default_factory=dict)
    """What stops a sheet, by its name."""
    copies: list[tuple[Copy, list[Picture]]] = field(default_factory=list)
    remarks: list[Told] = field(default_factory=list)
    notice: str = ""
    """Key of a sentence at the top of the page."""

    def add(self, name: str, told: Told) -> None:
        """Note something wrong with a field."""
        if told not in self.wrong.setdefault(name, []):
            self.wrong[name].append(told)

    def add_wrong(self, error: WrongFields, visit: Visit) -> None:
        """Note the fields that cannot be used."""
        for each in error.wrong:
            self.add(each.field, visit.told(each.message, each.hint))

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.wrong or self.stopped)


def look(desk: Desk, visit: Visit, given: Given, number: int | None = None) -> Shown:
    """Make what a form asks for, and pictures of it; raises ``Outdated`` where nobody waits for them."""
    shown = Shown(given)
    try:
        facts = read_clinic(desk.places).facts
        order = order_of(given, facts, library.languages(desk.places))
    except WrongFields as error:
        shown.add_wrong(error, visit)
        return shown
    except ProblemsFound as found:
        shown.wrong[""] = visit.told_all(found.problems)
        return shown
    if number is None:
        made = desk.maker.make(order.sheets, order.wish, order.packet)
    else:
        made = desk.maker.make_newest(given["page"], number, order.sheets, order.wish, order.packet)
        if order.sheets and order.packet is None:
            desk.ahead.want(order.sheets, order.wish)
    tell_stopped(shown, visit, made, order.wish)
    shown.copies = [(copy, pictures(copy.pdf)) for copy in made.copies]
    shown.remarks = remarks_on(visit, made.copies)
    return shown


def remarks_on(visit: Visit, copies: Sequence[Copy]) -> list[Told]:
    """Return what staff should know of some copies; a sheet is called by its title, not its file's name."""
    found: dict[Told, None] = {}
    for copy in copies:
        for remark in copy.remarks:
            told = visit.told(remark)
            for sheet in copy.sheets:
                if remark.startswith(f"{sheet.name}:"):
                    told = replace(told, text=sheet.title + told.text[len(sheet.name) :])
            found[told] = None
    return list(found)


def tell_stopped(shown: Shown, visit: Visit, made: Made, wish: Wish) -> None:
    """Put each problem beside what it concerns: a patient's field, else the sheet."""
    letters: dict[str, dict[str, None]] = {}
    for name, problems in made.stopped.items():
        others = []
        for problem in problems:
            character = "" if problem.place else _unprintable(problem.message)
            own = [
                field for field in WORDS if character and character in (getattr(wish.patient, field) or "")
            ]
            for concerned in own:
                letters.setdefault(concerned, {})[character] = None
            if not own:
                others.append(problem)
        if others:
            shown.stopped[name] = visit.told_once(others)
    for concerned, found in letters.items():
        shown.add(concerned, visit.told(f"no font covers these letters: {' '.join(found)}"))


WORDS = ("name", "reference", "clinician", "note")
"""The patient's fields that are words."""
_UNPRINTABLE = re.compile(r"\(U\+([0-9A-F]{4,6})")


def _unprintable(message: str) -> str:
    """Return the character that a message names by its number, or ""."""
    found = _UNPRINTABLE.search(message)
    return chr(int(found[1], 16)) if found else ""


async def show(desk: Desk, visit: Visit, shown: Shown, status: int | None = None) -> Response:
    """Return the page as it stands."""
    context = await run_in_threadpool(context_of, desk, visit, shown)
    code = status or (200 if shown.is_fine else 422)
    response = await desk.pages.page(
        "give.html", visit, code, form=visit.session.same_form(shown.given["form"]), **context
    )
    desk.pages.remember(response, {**visit.remembered, **shown.given.fields})
    return response


def context_of(desk: Desk, visit: Visit, shown: Shown, *, live: bool = False) -> dict[str, Any]:
    """Return what the page's templates need; ``live`` is for the pieces that answer a keystroke."""
    given = shown.given
    facts, problems = _facts(desk, visit)
    languages = library.languages(desk.places)
    language = language_of(given, facts, languages)
    known = library.entries(desk.places, language)
    favourites, used = _first(desk)
    chosen = [
        next((one for one in known if one.name == name), None) or library.unknown(name, language)
        for name in given.sheets
    ]
    if problems:
        shown.wrong.setdefault("", problems)
    context: dict[str, Any] = {
        "shown": shown,
        "live": live,
        "given": given,
        "facts": facts,
        "language": language,
        "shelves": library.shelves(known, favourites, used),
        "matching": {entry.name for entry in library.search(known, query(given))},
        "favourites": favourites,
        "chosen": chosen,
        "titles": {entry.name: entry.title for entry in chosen},
        "rehearsal": Wish().today.isoformat() if _rehearses() else "",
        "wording": _wording(desk, language),
        "anchors": _ANCHORS,
    }
    context["listed"] = {one.name for shelf in context["shelves"] for one in shelf.entries}
    if not live:
        names, why = _printers()
        usual = facts.printer.name if facts else None
        say = visit.say
        first = say("give.usual_printer_named", name=usual) if usual else say("give.usual_printer")
        context |= {
            "printers_said": [("", first), *((name, name) for name in names)],
            "no_printers": visit.told(why) if why else None,
            "languages_said": [(tag, _ENDONYMS.get(tag, tag)) for tag in languages],
        }
    return context


_ANCHORS = {"sheets": "list", "preference": "accepts", "file": "save", "again": "email"}
"""Where a problem's link leads, for what is no field of its own."""
_ENDONYMS = {"en": "English", "es": "Español", "ar": "العربية", "fr": "Français", "pt": "Português"}
"""Languages as their readers call them."""


def _first(desk: Desk) -> tuple[list[str], list[str]]:
    """Return favourites and what is used most; without the ledger, the list stands by topic."""
    try:
        with Ledger.open(desk.places.clinic) as ledger:
            return library.favourites(ledger), library.most_used(ledger, Wish().today)
    except HandoutError:
        return [], []


def _facts(desk: Desk, visit: Visit) -> tuple[ClinicFacts | None, list[Told]]:
    try:
        return read_clinic(desk.places).facts, []
    except ProblemsFound as found:
        return None, visit.told_all(found.problems)


def _rehearses() -> bool:
    import os

    return bool(os.environ.get(TODAY))


def _wording(desk: Desk, language: str) -> str:
    """Return what staff ask before plain email, in the patient's language; "" where it cannot be read."""
    try:
        return preference_wording(desk.places, language).text
    except (HandoutError, ModuleNotFoundError):
        return ""


def _printers() -> tuple[list[str], str]:
    try:
        return known_printers(), ""
    except HandoutError as error:
        return [], str(error)
