"""Print, email, save: each form once, and what came of it on a page of its own."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import State
from handoutpress.delivery.printer import ENDED
from handoutpress.delivery.records import by_message
from handoutpress.desk.emailing import send_email
from handoutpress.desk.forms import WrongFields, order_of, print_options, read_form
from handoutpress.desk.library import languages
from handoutpress.desk.outcomes import File, Outcome, settled, titles_of
from handoutpress.desk.sessions import BUSY
from handoutpress.desk.showing import Shown, look, remarks_on, show, tell_stopped
from handoutpress.dispatch.copying import file_name
from handoutpress.dispatch.printing import NOT_PRINTED, find_printer, print_copies, take_back
from handoutpress.dispatch.saving import hand_over
from handoutpress.errors import HandoutError, ProblemsFound, Uncertain
from handoutpress.reading.addresses import masked
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import Callable

    from handoutpress.desk.app import Desk
    from handoutpress.desk.forms import Given, Order
    from handoutpress.desk.pages import Visit

    Deliver = Callable[[Desk, Visit, Order, Shown], Outcome | None]


_LOG = logging.getLogger(__name__)
FAULT = "something went wrong in the program"


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
    try:
        shown, outcome = await run_in_threadpool(_try, desk, visit, given, deliver)
    except BaseException:
        # Nobody knows how far it came: sent once more, the form asks to look into the records first.
        visit.session.forms.pop(given["form"], None)
        raise
    visit.session.forms[given["form"]] = ""
    if outcome is None:
        return await show(desk, visit, shown)
    visit.session.keep(given["form"], outcome)
    response = RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)
    desk.pages.remember(response, given.fields)
    return response


def _try(desk: Desk, visit: Visit, given: Given, deliver: Deliver) -> tuple[Shown, Outcome | None]:
    shown = Shown(given)
    if not given.sheets:
        shown.add("sheets", visit.told("choose at least one sheet"))
        return shown, None
    try:
        facts = read_clinic(desk.places).facts
        order = order_of(given, facts, languages(desk.places))
        outcome = deliver(desk, visit, order, shown)
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


def _print(desk: Desk, visit: Visit, order: Order, shown: Shown) -> Outcome | None:
    made = desk.maker.make(order.sheets, order.wish, order.packet)
    tell_stopped(shown, visit, made, order.wish)
    if made.stopped:
        return None  # whatever the printer would say: it is not what has to be mended
    press = find_printer(desk.places, order.wish, print_options(order.given))
    outcome = Outcome("print", titles_of(made.copies), remarks_on(visit, made.copies))
    wanted = [titles_of([copy])[0] for copy in made.copies]
    try:
        for copy, job in print_copies(made.copies, desk.places, order.wish, press):
            outcome.jobs.append((titles_of([copy])[0], job))
    except Exception as error:
        # Some are on their way, perhaps: a page that offers to print them again would print them twice.
        known = isinstance(error, HandoutError)
        if not known:
            _LOG.error("desk: %s while printing", type(error).__name__)
        if known and not outcome.jobs and not isinstance(error, Uncertain):
            raise
        outcome.note = str(error) if known else FAULT
        outcome.missing = wanted[len(outcome.jobs) :]
    return outcome


def _save(desk: Desk, visit: Visit, order: Order, shown: Shown) -> Outcome | None:
    made = desk.maker.make(order.sheets, order.wish, order.packet)
    tell_stopped(shown, visit, made, order.wish)
    if made.stopped:
        return None
    files = [File(file_name(copy, order.wish), copy) for copy in made.copies]
    remarks = remarks_on(visit, made.copies)
    return Outcome("save", titles_of(made.copies), remarks, files=files, wish=order.wish)


async def done(desk: Desk, visit: Visit) -> Response:
    """Show what a form came to."""
    outcome = _outcome(desk, visit)
    if outcome is None:
        return await desk.pages.page("gone.html", visit, 404)
    context = await run_in_threadpool(_state, desk, visit, outcome)
    again = "again" in visit.request.query_params
    if visit.request.headers.get("accept") == "application/json":
        more = {"outcome": outcome, "again": again, "visit": visit, **context}
        part = desk.pages.part("outcome.html", visit.say, **more)
        return JSONResponse({"outcome": part, "settled": context["settled"]})
    return await desk.pages.page("done.html", visit, outcome=outcome, again=again, **context)


def _outcome(desk: Desk, visit: Visit) -> Outcome | None:
    desk.sessions.forget_before(time.monotonic() - desk.idle_minutes * 60)
    return visit.session.outcomes.get(visit.request.path_params["outcome"])


def _state(desk: Desk, visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """Return how a delivery stands now, and whether that can still change by itself."""
    message, settled, reference = None, True, None
    problems = [visit.told(outcome.note)] if outcome.note else []
    if outcome.message:
        with Ledger.open(desk.places.clinic) as ledger:
            message = outbox.get(ledger, outcome.message)
            (reference,) = {each.reference for each in by_message(ledger, [message.id])[message.id]}
        on_the_way = message.state in (State.WAITING, State.SENDING, State.HANDING_OVER)
        settled = not on_the_way or bool(message.reason)
    hold = desk.sender.left(outcome.moment)
    to = masked(message.recipient) if message and message.recipient else ""
    return {
        "message": message,
        "not_printed": NOT_PRINTED,
        "ended": ENDED,
        "to": to,
        "reference": reference,
        "settled": settled,
        "problems": problems,
        "hold": hold,
    }


async def undo(desk: Desk, visit: Visit) -> Response:
    """Take back what has not happened yet: an email that is held, a print job that waits."""
    outcome = _outcome(desk, visit)
    if outcome is None:
        return await desk.pages.page("gone.html", visit, 404)
    await run_in_threadpool(_take_back, desk, outcome)
    return RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)


def _take_back(desk: Desk, outcome: Outcome) -> None:
    outcome.note = ""
    if outcome.message:
        with suppress(ProblemsFound), Ledger.open(desk.places.clinic) as ledger:
            # Only what waits: of one that is on its way, the page says how it ended.
            decide(ledger, [outcome.message], State.CANCELLED, only=(State.WAITING,))
    for number, (title, job) in enumerate(outcome.jobs):
        if not job.id:
            continue
        try:
            outcome.jobs[number] = (title, replace(job, state=take_back(desk.places, job.id)))
        except HandoutError as error:
            outcome.note = str(error)


async def fetch(desk: Desk, visit: Visit) -> Response:
    """Hand a file over, and record it."""
    outcome = _outcome(desk, visit)
    file = outcome.file(visit.request.path_params["number"]) if outcome else None
    if outcome is None or file is None or outcome.wish is None:
        return await desk.pages.page("gone.html", visit, 404)
    if file.name not in outcome.fetched and visit.request.method == "GET":
        outcome.fetched.add(file.name)  # before it is recorded: a double click is one save
        try:
            await run_in_threadpool(hand_over, [file.copy], desk.places, outcome.wish)
        except HandoutError as error:
            outcome.fetched.discard(file.name)
            outcome.note = str(error)
            return RedirectResponse(f"{desk.pages.root}done/{outcome.id}", 303)
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
