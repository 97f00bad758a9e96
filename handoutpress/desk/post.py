"""The outbox at the desk: what waits, what needs somebody, and what a person decides about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from handoutpress.delivery.deciding import decide, with_text
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import State
from handoutpress.desk import sending
from handoutpress.desk.forms import Given, read_form
from handoutpress.desk.telling import confidential
from handoutpress.desk.waiting import look
from handoutpress.errors import HandoutError, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

    from handoutpress.desk.app import Desk
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told

PATIENCE = 3.0
"""Seconds for which the answer waits for the mail server; after them, sending goes on without it."""
DONE = ("again", "arrived", "cancelled", "ended", "recalled", "sending", "sent", "stopped")
"""Keys of the sentences at the top of the page, as they stand in its address."""
_GREATEST = 2**63 - 1
"""Number that SQLite can look for."""


async def outbox(desk: Desk, visit: Visit) -> Response:
    """Show what waits, and what needs somebody; with ``?all`` also what went."""
    asked = visit.request.query_params
    done = asked.get("done", "")
    if done == "sending" and not desk.sender.is_sending_all:
        done = "ended"
    count = asked.get("n", "")
    status = (done, int(count) if re.fullmatch("[0-9]{1,9}", count) else 1) if done in DONE else None
    return await _show(desk, visit, every="all" in asked, status=status)


async def _show(
    desk: Desk,
    visit: Visit,
    code: int = 200,
    *,
    every: bool = False,
    status: tuple[str, int] | None = None,
    full: int | None = None,
    given: Given | None = None,
    wrong: list[Told] | None = None,
    problems: list[Told] | None = None,
) -> Response:
    def find() -> Any:
        with Ledger.open(desk.places.clinic) as ledger:
            return look(desk, visit, ledger, every=every, full=full)

    problems = problems or []
    try:
        view = await run_in_threadpool(find)
    except HandoutError as error:
        view, code, problems = None, 503, [*problems, *visit.error(error)]
    context = {"view": view, "told": status, "given": given or Given(), "problems": problems}
    return await confidential(desk, visit, "outbox.html", code, wrong=wrong or [], **context)


def _back(desk: Desk, done: str, count: int | None = None, *, every: bool = False) -> Response:
    """Return to the page with a short word on what was done: nothing of a patient stands in an address."""
    words = urlencode({"done": done} | ({} if count is None else {"n": count}))
    return RedirectResponse(f"{desk.pages.root}outbox?{'all&' if every else ''}{words}", 303)


def _number(visit: Visit) -> int:
    number: int = visit.request.path_params["number"]
    return min(number, _GREATEST)


def _deciding(state: State, done: str) -> Callable[[Desk, Visit], Coroutine[Any, Any, Response]]:
    """Return the page that decides so about one message."""

    async def page(desk: Desk, visit: Visit) -> Response:
        number, given = _number(visit), await read_form(visit.request)
        every = given.ticked("all")
        hold = sending.HOLD_SECONDS if state is State.WAITING else 0.0

        def settle() -> None:
            with Ledger.open(desk.places.clinic) as ledger:
                decide(ledger, [number], state, hold=hold)

        try:
            await run_in_threadpool(settle)
        except HandoutError as error:
            # It went meanwhile, or was purged: the page below shows how it stands now.
            return await _show(desk, visit, 409, every=every, problems=visit.error(error))
        if state is State.WAITING:
            desk.sender.send(number)  # in some seconds, in which it can be taken back
        return _back(desk, done, every=every)

    return page


async def address(desk: Desk, visit: Visit) -> Response:
    """Show one message's whole address, this once: to call the patient, or to correct it."""
    given = await read_form(visit.request)
    return await _show(desk, visit, every=given.ticked("all"), full=_number(visit))


async def send(desk: Desk, _visit: Visit) -> Response:
    """Send all that waits; where that takes longer than a page may, it goes on by itself."""
    sent = await run_in_threadpool(desk.sender.send_all, PATIENCE)
    if sent is None or sent.busy:
        return _back(desk, "sending")
    if sent.stopped:
        return _back(desk, "stopped")
    return _back(desk, "sent", sent.counts.get(State.SENT, 0))


async def recall(desk: Desk, visit: Visit) -> Response:
    """Show how many messages with a text wait; once somebody is sure, none of them is sent."""
    given = await read_form(visit.request)
    text_hash = "".join(given["text_hash"].split()).lower()
    sure = given.ticked("sure")
    try:
        count = await run_in_threadpool(_cancel if sure else _waiting, desk, text_hash)
    except ProblemsFound as found:
        return await _show(desk, visit, 422, given=given, wrong=visit.told_all(found.problems))
    except HandoutError as error:
        return await _show(desk, visit, 503, given=given, problems=visit.error(error))
    if sure:
        return _back(desk, "recalled", count)
    return await confidential(desk, visit, "recall.html", text_hash=text_hash, count=count)


def _waiting(desk: Desk, text_hash: str) -> int:
    with Ledger.open(desk.places.clinic) as ledger:
        return len(with_text(ledger, text_hash))


def _cancel(desk: Desk, text_hash: str) -> int:
    """Cancel each message with a text that still waits; return how many that were."""
    count = 0
    with Ledger.open(desk.places.clinic) as ledger:
        for number in with_text(ledger, text_hash):
            try:
                decide(ledger, [number], State.CANCELLED)
            except ProblemsFound:
                continue  # it is just being sent; that must not save the others
            count += 1
    return count


PAGES = {
    ("GET", "/outbox"): outbox,
    ("POST", "/outbox/send"): send,
    ("POST", "/outbox/recall"): recall,
    ("POST", "/outbox/{number:int}/again"): _deciding(State.WAITING, "again"),
    ("POST", "/outbox/{number:int}/cancel"): _deciding(State.CANCELLED, "cancelled"),
    ("POST", "/outbox/{number:int}/arrived"): _deciding(State.SENT, "arrived"),
    ("POST", "/outbox/{number:int}/address"): address,
}
