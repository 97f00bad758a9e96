"""The clinic's page: its facts and decisions as they stand, what is unset, and how they are changed."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from handoutpress.amending import NotAmended, amend, amended_file, consequences, keep, state_of
from handoutpress.desk import library
from handoutpress.desk.clinicbrand import Look, brand_of, mail_of
from handoutpress.desk.clinicfields import own_sections, value_at, word_sections
from handoutpress.desk.clinicshown import Shown
from handoutpress.desk.forms import read_form
from handoutpress.desk.pages import INTERFACE
from handoutpress.desk.pictures import pictures
from handoutpress.desk.telling import Teller
from handoutpress.desk.words import LANGUAGES, words_in
from handoutpress.editing.facts import check_facts
from handoutpress.errors import HandoutError, ProblemsFound, shorten
from handoutpress.places import CLINIC_FILE, DEFAULT_LANGUAGE, inside
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handoutpress.amending import Amendment
    from handoutpress.desk.app import Desk
    from handoutpress.desk.forms import Given
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.errors import Problem
    from handoutpress.reading.yamlediting import Value
    from handoutpress.reading.yamlfile import Loc

_SEEN: OrderedDict[str, Any] = OrderedDict()
"""What the files said that pages were made of, by their state: so that two people's changes can be told
apart. Where it is not known, everything that differs counts as typed."""
_MOST_SEEN = 64


async def show(desk: Desk, visit: Visit) -> Response:
    """Show the clinic as it stands."""
    shown = await run_in_threadpool(_read, desk, visit, _language(desk, visit))
    for notice in ("saved", "unchanged"):
        if notice in visit.request.query_params:
            shown.notice = notice
    return await _page(desk, visit, shown)


async def save(desk: Desk, visit: Visit) -> Response:
    """Change what was typed anew; what is wrong, or needs a second look, is shown with all that was typed."""
    given = await read_form(visit.request)
    language = _language(desk, visit)
    if given["interface"] in LANGUAGES:
        visit = replace(visit, say=words_in(given["interface"]))
        shown = await run_in_threadpool(_read, desk, visit, language)
        shown.take(given, _SEEN.get(given["state"]))
        response = await _page(desk, visit, shown)
        desk.pages.keep(response, INTERFACE, visit.language)
        return response
    shown = await run_in_threadpool(_save, desk, visit, given, language)
    if shown.notice in ("saved", "unchanged"):
        address = f"{desk.pages.root}clinic{'/' + language if language else ''}?{shown.notice}"
        return RedirectResponse(address, 303)
    return await _page(desk, visit, shown, 409 if shown.notice == "meanwhile" else 200 if shown.ask else 422)


def _language(desk: Desk, visit: Visit) -> str | None:
    """Return the language whose words are asked for, None for the clinic's own; else 404."""
    language: str | None = visit.request.path_params.get("language")
    if language is not None and language not in _others(desk):
        raise HTTPException(404)
    return language


def _others(desk: Desk) -> list[str]:
    """Return the languages of the library that have a file of their own."""
    own = _own_language(desk).partition("-")[0]
    return [tag for tag in library.languages(desk.places) if tag.partition("-")[0] != own]


def _own_language(desk: Desk) -> str:
    try:
        data = read_yaml(inside(desk.places.clinic, CLINIC_FILE)).data
    except ProblemsFound:
        return DEFAULT_LANGUAGE
    return value_at(data, ("language",)) or DEFAULT_LANGUAGE


def _read(desk: Desk, visit: Visit, language: str | None) -> Shown:
    """Read the file that a page is about, with all that is wrong with it now."""
    places = desk.places
    try:
        path = amended_file(places, language)
        state = state_of(path)
        first = read_yaml(inside(places.clinic, CLINIC_FILE)).data
        data = read_yaml(path).data if state else {}
        if language is None:
            sections = own_sections(places, visit, data)
        else:
            sections = word_sections(places, visit, data, language, first)
        shown = Shown(language, path.name, state, sections)
        if state:
            shown.tell(visit, check_facts(places, path.name, path.read_bytes().decode(), language)[1])
        if state_of(path) == state:
            _remember(state, data)
    except (HandoutError, OSError, UnicodeDecodeError) as error:
        shown = Shown(language, "", "")
        shown.wrong[""] = _unreadable(visit, error)
    return shown


def _unreadable(visit: Visit, error: Exception) -> list[Told]:
    """Return why a file cannot be read, with the line: no other page mends it, and this one cannot."""
    if not isinstance(error, ProblemsFound):
        return [visit.told(str(error))]
    found = []
    for problem in error.problems:
        (told,) = visit.told_all([problem])
        place = problem.place
        if place and (file := shorten(place.file)) not in told.text:
            told = replace(told, text=f"{told.text} ({file}:{place.line})")
        found.append(told)
    return found


def _remember(state: str, data: Any) -> None:
    _SEEN[state] = data
    _SEEN.move_to_end(state)
    while len(_SEEN) > _MOST_SEEN:
        _SEEN.popitem(last=False)


def _save(desk: Desk, visit: Visit, given: Given, language: str | None) -> Shown:
    """Save a form; the notice of what is returned says what came of it."""
    shown = _read(desk, visit, language)
    if not shown.sections:
        return shown
    shown.wrong.clear()  # what stands in the file is checked again, with the change in it
    changes = shown.take(given, _SEEN.get(given["state"]))
    if given["state"] != shown.state:
        shown.notice = "meanwhile"
        return shown
    try:
        amendment = amend(desk.places, changes, shown.state, language)
        if not amendment.changed:
            shown.notice = "unchanged"
        elif _is_sure(desk, given, shown, amendment):
            keep(amendment, shown.state)
            shown.notice = "saved"
    except NotAmended as found:
        shown.tell(visit, _all_wrong(desk, shown, changes, found))
    except HandoutError as error:
        shown.wrong[""] = visit.error(error)
    return shown


def _is_sure(desk: Desk, given: Given, shown: Shown, amendment: Amendment) -> bool:
    """Whether a change may be written: it takes nothing away, or somebody has looked at just this one."""
    shown.sure = hashlib.sha256(amendment.text.encode()).hexdigest()
    if given["sure"] == shown.sure:
        return True
    comes = consequences(desk.places, amendment)
    shown.ask = comes if comes.ends or comes.stops else None
    return shown.ask is None


def _all_wrong(desk: Desk, shown: Shown, changes: Mapping[Loc, Value], found: NotAmended) -> list[Any]:
    """Return what is wrong with a change, also what only shows once the rest of it can be read."""
    wrong = dict(found.fields)
    rest = {loc: value for loc, value in changes.items() if loc not in wrong}
    if len(rest) < len(changes):
        try:
            amend(desk.places, rest, shown.state, shown.language)
        except NotAmended as more:
            wrong = {**more.fields, **wrong}
        except HandoutError:
            pass  # the first look has told it
    return [(loc, problem) for loc, problems in wrong.items() for problem in problems]


async def _page(desk: Desk, visit: Visit, shown: Shown, status: int = 200) -> Response:
    context = await run_in_threadpool(_context, desk, visit, shown)
    return await desk.pages.page("clinic.html", visit, status, shown=shown, **context)


def _context(desk: Desk, visit: Visit, shown: Shown) -> dict[str, Any]:
    own = _own_language(desk)
    titles = {
        (entry.name, entry.language): entry.title
        for tag in (library.languages(desk.places) if shown.ask else ())
        for entry in library.entries(desk.places, tag)
    }
    facts = read_clinic(desk.places).facts if shown.ask else None  # of a file that could be changed
    look = Look(())
    if shown.language is None:
        look = brand_of(desk.places, visit)
    return {
        "look": look,
        "mail": mail_of(desk.places) if shown.language is None else None,
        "tabs": [("", own), *(("/" + tag, tag) for tag in _others(desk))],
        "titles": titles,
        "teller": Teller(desk.places, visit.language, facts),
        "stops_by_reason": _by_reason(shown, visit),
        "back": "clinic" + (f"/{shown.language}" if shown.language else ""),
        "pictured": _pictured(desk) if shown.language is None else "",
    }


def _by_reason(shown: Shown, visit: Visit) -> list[tuple[list[Told], tuple[tuple[str, str], ...]]]:
    """Return what a change would stop: each reason once, with those that stop the same sheets."""
    by_sheet: dict[tuple[str, str], list[Problem]] = {}
    for name, language, problem in shown.ask.stops if shown.ask else ():
        by_sheet.setdefault((name, language), []).append(problem)
    stopped: dict[str, tuple[Told, list[tuple[str, str]]]] = {}
    for sheet, problems in by_sheet.items():
        for told in visit.told_once(problems):
            stopped.setdefault(told.mended_by, (told, []))[1].append(sheet)
    found: dict[tuple[tuple[str, str], ...], list[Told]] = {}
    for told, sheets in stopped.values():
        found.setdefault(tuple(sheets), []).append(told)
    return [(all_told, sheets) for sheets, all_told in found.items()]


def _pictured(desk: Desk) -> str:
    """Return the sheet whose first page shows how the clinic's sheets look."""
    names = [entry.name for entry in library.entries(desk.places, _own_language(desk)) if entry.readable]
    return names[0] if names else ""


async def picture(desk: Desk, _visit: Visit) -> Response:
    """Answer with the first page of a sheet as it prints; 404 where none can be made."""

    def made() -> bytes | None:
        try:
            facts = read_clinic(desk.places).facts
            copies = desk.maker.make([_pictured(desk)], Wish(facts.language, paper=facts.paper)).copies
        except HandoutError:
            return None
        if not copies:
            return None
        return base64.b64decode(pictures(copies[0].pdf)[0].src.partition(",")[2])

    image = await run_in_threadpool(made)
    return Response(status_code=404) if image is None else Response(image, media_type="image/png")


PAGES = {
    ("GET", "/clinic"): show,
    ("GET", "/clinic/page.png"): picture,
    ("GET", "/clinic/{language}"): show,
    ("POST", "/clinic"): save,
    ("POST", "/clinic/{language}"): save,
}
