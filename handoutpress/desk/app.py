"""The application: which address is which page, and who is let in."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from handoutpress.desk import opening
from handoutpress.desk.forms import WrongForm
from handoutpress.desk.guard import Guard, TooLong, TooSlow
from handoutpress.desk.pages import Visit, cookie_of, words_for
from handoutpress.desk.plain import told_error
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from handoutpress.desk.guard import Address
    from handoutpress.desk.making import Ahead, Maker
    from handoutpress.desk.pages import Pages
    from handoutpress.desk.sending import Sender
    from handoutpress.desk.sessions import Sessions
    from handoutpress.places import Places

    Page = Callable[["Desk", Visit], Awaitable[Response]]

_LOOK_SECONDS = 20.0
"""Between looks for what has to be forgotten."""
_LOG = logging.getLogger(__name__)
STATIC = Path(__file__).resolve().parent / "static"


@dataclass
class Desk:
    """All that the pages share."""

    places: Places
    pages: Pages
    sessions: Sessions
    maker: Maker
    ahead: Ahead
    sender: Sender
    idle_minutes: int

    @property
    def cookie(self) -> str:
        """The name of the cookie that opens a session."""
        return "__Secure-desk" if self.pages.secure else "desk"


def make_app(desk: Desk, address: Address, key: str) -> ASGIApp:
    """Return the application; who has the key, which only our own user can read, may ask for a link."""
    from handoutpress.desk import delivering, giving

    def inside(page: Page) -> Callable[[Request], Awaitable[Response]]:
        """Let only those in who have a session."""

        async def endpoint(request: Request) -> Response:
            cookie = cookie_of(request, desk.cookie)
            session = desk.sessions.find(cookie)
            if session is None:
                return await opening.closed(desk, request)
            return await page(desk, Visit(request, session, cookie, words_for(request)))

        return endpoint

    def outside(page: Callable[[Desk, Request], Awaitable[Response]]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return await page(desk, request)

        return endpoint

    routes = [
        Route(path, inside(page), methods=[method])
        for module in (giving, delivering, *_views())
        for (method, path), page in module.PAGES.items()
    ]

    async def link(request: Request) -> Response:
        given, asked = (request.headers.get(name, "") for name in ("authorization", "desk-question"))
        if not hmac.compare_digest(given.encode(), proof(key, asked).encode()) or desk.sessions.by_password:
            return PlainTextResponse("This key opens nothing.", 403)
        token = desk.sessions.new_link()
        return PlainTextResponse(f"{token} {proof(key, asked, token)}")

    async def missing(request: Request, _error: Exception) -> Response:
        return await desk.pages.outer("missing.html", request, 404)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HandoutError)
        told = told_error(error, words_for(request).language)
        if request.headers.get("accept") == "application/json":
            return JSONResponse({"refused": [each.text for each in told]}, 503)
        return await desk.pages.outer("refused.html", request, 503, told=told)

    async def forget() -> None:
        """Drop what is over, though nobody asks for it: files that wait to be fetched name patients."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            desk.sessions.forget_before(time.monotonic() - desk.idle_minutes * 60)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        desk.sender.start()
        await run_in_threadpool(opening.warm, desk)
        forgetting = asyncio.create_task(forget())
        yield
        forgetting.cancel()
        desk.sender.stop()
        desk.ahead.close()

    app = Starlette(
        routes=[
            *(Route(path, outside(page), methods=[method]) for (method, path), page in opening.PAGES.items()),
            Route("/link", link, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
            Mount(desk.pages.root.rstrip("/"), routes=routes),
        ],
        exception_handlers={
            404: missing,
            HandoutError: refused,
            TooLong: _too_long,
            TooSlow: _too_slow,
            WrongForm: _wrong_form,
            Exception: _broken,
        },
        lifespan=lifespan,
    )
    return Guard(app, address)


def proof(key: str, *said: str) -> str:
    """Return what only somebody with the key can say of some words: neither side tells the other the key."""
    return hmac.new(key.encode(), " ".join(said).encode(), "sha256").hexdigest()


def _views() -> tuple[Any, ...]:
    """Return the modules of the clinic's view."""
    from handoutpress.desk import clinic, post, recordspage, sheets

    return (post, recordspage, sheets, clinic)


async def _too_long(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 413)


async def _too_slow(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("The form did not arrive.", 408, {"Connection": "close"})


async def _wrong_form(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("This is no form of the desk.", 400)


async def _broken(_request: Request, error: Exception) -> Response:
    """Answer where this program is at fault: its place is told in the terminal, and nothing of the form."""
    if not isinstance(error, HTTPException | ClientDisconnect):
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:][::-1])
        _LOG.error("desk: %s at %s", type(error).__name__, where)
    return PlainTextResponse("Something went wrong in the program. Nothing more was done.", 500)
