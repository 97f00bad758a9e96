"""The main page: find sheets, fill in the patient, see what will come out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from handoutpress.delivery.ledger import Ledger
from handoutpress.desk import library
from handoutpress.desk.forms import Given, read_form
from handoutpress.desk.making import Outdated
from handoutpress.desk.outcomes import settled
from handoutpress.desk.pages import INTERFACE
from handoutpress.desk.showing import Shown, context_of, look, show
from handoutpress.desk.words import LANGUAGES, words_in
from handoutpress.wish import Wish

if TYPE_CHECKING:
    from handoutpress.desk.app import Desk
    from handoutpress.desk.pages import Visit


async def blank(desk: Desk, visit: Visit) -> Response:
    """Show the page for the next patient."""
    asked = visit.request.query_params
    given = Given({"visit": Wish().today.isoformat(), **visit.remembered})
    notice = "cleared" if "cleared" in asked else ""
    visit.session.clear(asked.get("cleared", ""))
    return await show(desk, visit, Shown(given, notice=notice))


async def update(desk: Desk, visit: Visit) -> Response:
    """Show the page as it was filled in, with the pages that come of it: the way without a script."""
    given = await read_form(visit.request)
    if ended := settled(desk, visit, given):
        return ended
    if given["remove"]:
        given = given.without(given["remove"])
    if given["favourite"] or given["no_favourite"]:
        await run_in_threadpool(_keep_favourite, desk, given)
    if given["interface"] in LANGUAGES:
        visit = replace(visit, say=words_in(given["interface"]))
    shown = await run_in_threadpool(look, desk, visit, given)
    response = await show(desk, visit, shown)
    if given["interface"] in LANGUAGES:
        desk.pages.keep(response, INTERFACE, given["interface"])
    return response


async def preview(desk: Desk, visit: Visit) -> Response:
    """Answer a keystroke: the pages as they are now, and what is wrong, as pieces of the page."""
    given = await read_form(visit.request)
    number = int(given["number"]) if re.fullmatch("[0-9]{1,9}", given["number"]) else 0
    try:
        shown = await run_in_threadpool(look, desk, visit, given, number)
    except Outdated:
        return Response(status_code=204)
    context = await run_in_threadpool(context_of, desk, visit, shown, live=True)
    answer: dict[str, Any] = {
        "wrong": {
            name: [{"text": each.text, "language": each.language} for each in told]
            for name, told in shown.wrong.items()
            if name
        },
        "basket": desk.pages.part("basket.html", visit.say, **context),
        "pages": desk.pages.part("sheets.html", visit.say, **context) if not shown.wrong else None,
        "notices": desk.pages.part("notices.html", visit.say, **context),
        "said": _said(shown, visit),
    }
    if given["list"]:
        answer["list"] = desk.pages.part("list.html", visit.say, **context)
        answer["wording"] = desk.pages.part("wording.html", visit.say, **context)
    return JSONResponse(answer)


def _said(shown: Shown, visit: Visit) -> str:
    """Return what a screen reader says of an answer: what is wrong, else how many pages there are."""
    for told in (*shown.wrong.values(), *shown.stopped.values()):
        return told[0].text
    count = sum(len(pictures) for _, pictures in shown.copies)
    return visit.say.many("give.pages", count) if count else ""


async def keep_favourite(desk: Desk, visit: Visit) -> Response:
    """Make a sheet a favourite, or not any more, without leaving the page."""
    given = await read_form(visit.request)
    await run_in_threadpool(_keep_favourite, desk, given)
    return Response(status_code=204)


def _keep_favourite(desk: Desk, given: Given) -> None:
    name = given["favourite"] or given["no_favourite"]
    if any(name == known for known, _ in desk.places.sheets()):
        with Ledger.open(desk.places.clinic) as ledger:
            library.set_favourite(ledger, name, favourite=bool(given["favourite"]))


async def close(desk: Desk, visit: Visit) -> Response:
    """End the session."""
    desk.sessions.close(visit.cookie)
    response = RedirectResponse("/", 303)
    response.delete_cookie(desk.cookie, path=desk.pages.root, secure=desk.pages.secure)
    return response


async def choose_language(desk: Desk, visit: Visit) -> Response:
    """Set the language of the pages, from a page without a patient on it."""
    given = await read_form(visit.request)
    back = given["back"] if re.fullmatch(r"[a-z0-9/-]{0,200}", given["back"]) else ""
    response = RedirectResponse(desk.pages.root + back.lstrip("/"), 303)
    if given["interface"] in LANGUAGES:
        desk.pages.keep(response, INTERFACE, given["interface"])
    return response


PAGES = {
    ("GET", "/"): blank,
    ("POST", "/show"): update,
    ("POST", "/preview"): preview,
    ("POST", "/favourite"): keep_favourite,
    ("POST", "/language"): choose_language,
    ("POST", "/close"): close,
}
