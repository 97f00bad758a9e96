"""The pages: their templates, the words in them, and the clinic's own look."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse

from handoutpress.composing.pictures import clinic_logo
from handoutpress.composing.stylesheets import brand_css
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import State, counts
from handoutpress.desk.forms import REMEMBERED
from handoutpress.desk.plain import Told, told, told_problem
from handoutpress.desk.words import LANGUAGES, preferred, words_in
from handoutpress.errors import HandoutError, Problem, Problems, ProblemsFound
from handoutpress.reading.clinic import read_clinic
from handoutpress.typesetting.fonts import prepare_faces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from handoutpress.desk.sessions import Session
    from handoutpress.desk.words import Words
    from handoutpress.places import Places
    from handoutpress.reading.clinic import Clinic
    from handoutpress.reading.families import FontSource

FOLDER = Path(__file__).resolve().parent / "pages"
INTERFACE, REMEMBER = "desk-language", "desk-remember"
"""Cookies: the language of the pages, and what is kept of the staff's own fields."""
_YEAR = 365 * 24 * 3600
_LONGEST_COOKIE = 2000


@dataclass(frozen=True)
class Visit:
    """One request of somebody who was let in."""

    request: Request
    session: Session
    cookie: str
    say: Words

    @property
    def language(self) -> str:
        """The language of the pages."""
        return self.say.language

    @cached_property
    def remembered(self) -> dict[str, str]:
        """What the browser keeps of the staff's own fields."""
        try:
            kept = json.loads(cookie_of(self.request, REMEMBER) or "{}")
        except (ValueError, RecursionError):
            return {}
        pairs = kept.items() if isinstance(kept, dict) else ()
        return {name: _sendable(str(text)) for name, text in pairs if name in REMEMBERED}

    def told(self, message: str, hint: str = "") -> Told:
        """Say a message of the program in plain words."""
        return told(message, self.language, hint)

    def told_all(self, problems: Iterable[Problem]) -> list[Told]:
        """Say problems in plain words, each once."""
        return list(dict.fromkeys(told_problem(problem, self.language) for problem in problems))

    def told_once(self, problems: Iterable[Problem]) -> list[Told]:
        """Say problems in plain words, each thing that somebody has to mend once, by the first of them."""
        found: dict[str, Told] = {}
        for each in self.told_all(problems):
            found.setdefault(each.mended_by, each)
        return list(found.values())

    def error(self, error: HandoutError) -> list[Told]:
        """Say why something was refused."""
        return self.told_all(error.problems) if isinstance(error, ProblemsFound) else [self.told(str(error))]


def cookie_of(request: Request, name: str) -> str:
    """Return a cookie, "" where it is not there.

    Any program at another port of this computer can set one of the same name for all paths. The browser then
    sends both, and first the one that was set for the longer path: ours.
    """
    for header in request.headers.getlist("cookie"):
        for pair in header.split(";"):
            if name in (found := cookie_parser(pair)):
                return found[name]
    return ""


def _sendable(text: str) -> str:
    """Return a text that can stand on a page: JSON can say half a character."""
    return text.encode(errors="replace").decode()


class Pages:
    """Makes pages; ``root`` is the path that all of them stand under."""

    def __init__(self, places: Places, root: str, idle_minutes: int, *, secure: bool) -> None:
        self.places, self.root, self.idle_minutes, self.secure = places, root, idle_minutes, secure
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def part(self, template: str, say: Words, **context: Any) -> str:
        """Return a piece of a page."""
        shared = {"say": say, "root": self.root, "idle": self.idle_minutes * 60}
        return self._environment.get_template(template).render(shared, **context)

    async def page(self, template: str, visit: Visit, status: int = 200, **context: Any) -> HTMLResponse:
        """Return a whole page for somebody who was let in."""

        def whole() -> str:
            needed = self._needed()
            return self.part(template, visit.say, visit=visit, needed=needed, **self._head(), **context)

        # It reads files and the outbox: nobody else is to wait for that.
        return HTMLResponse(await run_in_threadpool(whole), status)

    async def outer(self, template: str, request: Request, status: int = 200, **context: Any) -> HTMLResponse:
        """Return a page for anybody."""

        def whole() -> str:
            return self.part(template, words_for(request), visit=None, **self._head(), **context)

        return HTMLResponse(await run_in_threadpool(whole), status)

    def _head(self) -> dict[str, Any]:
        """Return what every page has at its top: the clinic's name and logo, where its files can be read."""
        try:
            clinic = read_clinic(self.places)
        except ProblemsFound:
            return {"clinic_name": self.places.clinic.name, "logo": None}
        return {"clinic_name": clinic.facts.name, "logo": clinic_logo(clinic, self.places, Problems())}

    def _needed(self) -> int:
        """Return how many messages need somebody; 0 where the outbox cannot be read: its page says so."""
        try:
            with Ledger.open(self.places.clinic) as ledger:
                found = counts(ledger)
        except HandoutError:
            return 0
        return sum(found.get(state, 0) for state in (State.FAILED, State.UNKNOWN))

    def keep(self, response: Response, name: str, text: str) -> None:
        """Have the browser keep something that is about the staff."""
        response.set_cookie(
            name, text, max_age=_YEAR, path=self.root, httponly=True, samesite="strict", secure=self.secure
        )

    def remember(self, response: Response, fields: dict[str, str]) -> None:
        """Have the browser keep the staff's own fields for the next time."""
        kept = json.dumps({name: fields[name] for name in REMEMBERED if fields.get(name)})
        if len(kept) < _LONGEST_COOKIE:
            self.keep(response, REMEMBER, kept)


def words_for(request: Request) -> Words:
    """Return the words of the pages: as chosen, else as the browser prefers."""
    chosen = cookie_of(request, INTERFACE)
    return words_in(chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", "")))


def look_of(clinic: Clinic, places: Places) -> tuple[str, Sequence[FontSource]]:
    """Return the brand as a style sheet for a browser, and the font files it names as ``font/NUMBER``."""
    faces = prepare_faces(clinic, places)
    css = brand_css(clinic.brand, faces)
    for number, face in enumerate(faces):
        css = css.replace(face.path.as_uri(), f"font/{number}")
    return css, faces
