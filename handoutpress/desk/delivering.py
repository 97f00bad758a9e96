"""Print, email, save: each form once, and what came of it on a page of its own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import State
from handoutpress.desk.emailing import send_email
from handoutpress.desk.forms import WrongFields, print_options, read_form, wish_of
from handoutpress.desk.outcomes import File, Outcome, settled, titles_of
from handoutpress.desk.sessions import BUSY
from handoutpress.desk.showing import Shown, look, remarks_on, show, tell_stopped
from handoutpress.dispatch.copying import file_name
from handoutpress.dispatch.printing import find_printer, print_copies, take_back
from handoutpress.dispatch.saving import hand_over
from handoutpress.errors import HandoutError, ProblemsFound, Uncertain
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.desk.app import Desk
    from handoutpress.desk.forms import Given
    from handoutpress.desk.pages import Visit
    from handoutpress.wish import Wish

    Deliver = Callable[[Desk, Visit, Given, Wish, Shown], Outcome | None]


async def print_(desk: Desk, visit: Visit) -> Response:
    """Print what the form asks for."""
    return await _deliver(desk, visit, _print)


async def email(desk: Desk, visit: Visit) -> Response:
    """Email what the form asks for."""
    return await _deliver(desk, visit, send_email)


async def save(desk: Desk, visit: Visit) -> Response:
    """Make the files that the form asks for, to be fetched."""
    return await _deliver(desk, visit, _save)


async def _deliver(desk: Desk, visit: Visit, deliver: Deliver) -> Response:
    """Deliver a form once; what is wrong with it is shown on the page, with all that was filled in."""
    given = await read_form(visit.request)
    if ended := settled(desk, visit, given):
        return ended
    came_to = visit.session.forms.get(given["form"])
    if came_to is None:
        # A page from before the desk was started anew: perhaps it has delivered already.
        shown = await run_in_threadpool(look, desk, visit, given)
        shown.notice = "restarted"
        return await show(desk, visit, shown, 409)
    if came_to == BUSY:
        return await show(desk, visit, Shown(given, notice="busy"), 409)
    visit.session.forms[given["form"]] = BUSY
    outcome = None
    try:
        shown, outcome = await run_in_threadpool(_try, desk, visit, given, deliver)
    finally:
        visit.session.forms[given["form"]] = ""
        if outcome:
            visit.session.keep(given["form"], outcome)
    if outcome is None:
        return await show(desk, visit, shown)
    response = RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)
    desk.pages.remember(response, given.fields)
    return response


def _try(desk: Desk, visit: Visit, given: Given, deliver: Deliver) -> tuple[Shown, Outcome | None]:
    shown = Shown(given)
    if not given.sheets:
        shown.add("sheets", visit.told("choose at least one sheet"))
        return shown, None
    try:
        wish = wish_of(given, read_clinic(desk.places).facts)
        outcome = deliver(desk, visit, given, wish, shown)
    except WrongFields as error:
        shown.add_wrong(error, visit)
    except HandoutError as error:
        for told in visit.error(error):
            shown.add(told.field, told)
    else:
        if outcome is not None:
            return shown, outcome
    again = look(desk, visit, given)  # with its pictures, and whatever else is wrong
    for name, all_told in shown.wrong.items():
        for told in all_told:
            again.add(name, told)
    for name, all_told in shown.stopped.items():
        again.stopped.setdefault(name, all_told)
    return again, None


def _print(desk: Desk, visit: Visit, given: Given, wish: Wish, shown: Shown) -> Outcome | None:
    press = find_printer(desk.places, wish, print_options(given))
    made = desk.maker.make(given.sheets, wish, packet=given.ticked("packet"), duplex=press.duplex)
    tell_stopped(shown, visit, made, wish)
    if made.stopped:
        return None
    outcome = Outcome("print", titles_of(made.copies), remarks_on(visit, made.copies))
    try:
        for copy, job in print_copies(made.copies, desk.places, wish, press):
            outcome.jobs.append((titles_of([copy])[0], job))
    except HandoutError as error:
        if not outcome.jobs and not isinstance(error, Uncertain):
            raise
        outcome.note = str(error)  # some are on their way: never print those again by themselves
    return outcome


def _save(desk: Desk, visit: Visit, given: Given, wish: Wish, shown: Shown) -> Outcome | None:
    made = desk.maker.make(given.sheets, wish, packet=given.ticked("packet"))
    tell_stopped(shown, visit, made, wish)
    if made.stopped:
        return None
    files = [File(file_name(copy, wish), copy) for copy in made.copies]
    remarks = remarks_on(visit, made.copies)
    return Outcome("save", titles_of(made.copies), remarks, files=files, wish=wish)


async def done(desk: Desk, visit: Visit) -> Response:
    """Show what a form came to."""
    outcome = _outcome(desk, visit)
    if outcome is None:
        return desk.pages.page("gone.html", visit, 404)
    context = await run_in_threadpool(_state, desk, visit, outcome)
    again = "again" in visit.request.query_params
    if visit.request.headers.get("accept") == "application/json":
        more = {"outcome": outcome, "again": again, "visit": visit, **context}
        part = desk.pages.part("outcome.html", visit.say, **more)
        return JSONResponse({"outcome": part, "settled": context["settled"]})
    return desk.pages.page("done.html", visit, outcome=outcome, again=again, **context)


def _outcome(desk: Desk, visit: Visit) -> Outcome | None:
    desk.sessions.forget_before(time.monotonic() - desk.idle_minutes * 60)
    return visit.session.outcomes.get(visit.request.path_params["outcome"])


def _state(desk: Desk, visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """Return how a delivery stands now, and whether that can still change by itself."""
    message, settled = None, True
    problems = [visit.told(outcome.note)] if outcome.note else []
    if outcome.message:
        with Ledger.open(desk.places.clinic) as ledger:
            message = outbox.get(ledger, outcome.message)
        on_the_way = message.state in (State.WAITING, State.SENDING, State.HANDING_OVER)
        settled = not on_the_way or bool(message.reason)
    hold = desk.sender.left(outcome.moment)
    return {"message": message, "settled": settled, "problems": problems, "hold": hold}


async def undo(desk: Desk, visit: Visit) -> Response:
    """Take back what has not happened yet: an email that is held, a print job that waits."""
    outcome = _outcome(desk, visit)
    if outcome is None:
        return desk.pages.page("gone.html", visit, 404)
    await run_in_threadpool(_take_back, desk, outcome)
    return RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)


def _take_back(desk: Desk, outcome: Outcome) -> None:
    outcome.note = ""
    try:
        if outcome.message:
            with Ledger.open(desk.places.clinic) as ledger:
                decide(ledger, [outcome.message], State.CANCELLED)
        for number, (title, job) in enumerate(outcome.jobs):
            if job.id:
                state = take_back(desk.places, job.id)
                outcome.jobs[number] = (title, type(job)(job.id, job.printer, state))
    except ProblemsFound:
        pass  # it went meanwhile: the page says so
    except HandoutError as error:
        outcome.note = str(error)


async def fetch(desk: Desk, visit: Visit) -> Response:
    """Hand a file over, and record it."""
    outcome = _outcome(desk, visit)
    file = outcome.file(visit.request.path_params["number"]) if outcome else None
    if outcome is None or file is None or outcome.wish is None:
        return desk.pages.page("gone.html", visit, 404)
    if file.name not in outcome.fetched:
        try:
            await run_in_threadpool(hand_over, [file.copy], desk.places, outcome.wish)
        except HandoutError as error:
            outcome.note = str(error)
            return RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)
        outcome.fetched.add(file.name)
    named = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.copy.pdf, media_type="application/pdf", headers={"Content-Disposition": named})


PAGES = {
    ("POST", "/print"): print_,
    ("POST", "/email"): email,
    ("POST", "/save"): save,
    ("GET", "/done/{outcome}"): done,
    ("POST", "/done/{outcome}/undo"): undo,
    ("GET", "/done/{outcome}/file/{number:int}"): fetch,
}
