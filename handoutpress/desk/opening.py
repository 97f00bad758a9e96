"""The way in: a one-time link or, from other computers, a password; and the styles anybody may see."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from handoutpress.desk.forms import read_form
from handoutpress.desk.pages import look_of
from handoutpress.errors import HandoutError
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from starlette.requests import Request

    from handoutpress.desk.app import Desk


async def front(desk: Desk, request: Request) -> Response:
    """Say how to get in."""
    template = "login.html" if desk.sessions.by_password else "closed.html"
    return await desk.pages.outer(template, request, 200 if desk.sessions.by_password else 401, wrong=False)


async def open_by_link(desk: Desk, request: Request) -> Response:
    """Open a session with a link that was not used yet; who only looks ahead does not use it."""
    ahead = request.headers.get("sec-purpose", request.headers.get("purpose", ""))
    if request.method != "GET" or "prefetch" in ahead:
        return Response(status_code=503)
    cookie = desk.sessions.open_by_link(request.path_params["token"])
    if cookie is None:
        return await desk.pages.outer("closed.html", request, 403, wrong=True)
    # Not a redirect: a browser that came from elsewhere would not send a strict cookie with it.
    return _let_in(desk, await desk.pages.outer("open.html", request), cookie)


async def log_in(desk: Desk, request: Request) -> Response:
    """Open a session with the password."""
    given = await read_form(request)
    who = _who(request.client.host if request.client else "")
    cookie = desk.sessions.open_by_password(given["password"], who)
    if cookie is None:
        status = 429 if desk.sessions.must_wait(who) else 403
        return await desk.pages.outer("login.html", request, status, wrong=True)
    return _let_in(desk, RedirectResponse(desk.pages.root, 303), cookie)


def _who(host: str) -> str:
    """Return an address, or the network it is in where one computer can have all of the network's."""
    return ":".join(IPv6Address(host).exploded.split(":")[:4]) if ":" in host else host


def _let_in(desk: Desk, response: Response, cookie: str) -> Response:
    response.set_cookie(
        desk.cookie,
        cookie,
        path=desk.pages.root,
        httponly=True,
        samesite="strict",
        secure=desk.pages.secure,
    )
    return response


async def closed(desk: Desk, request: Request) -> Response:
    """Answer somebody who has no session."""
    if request.headers.get("accept") == "application/json":
        return JSONResponse({"closed": True}, 401)
    template = "login.html" if desk.sessions.by_password else "closed.html"
    return await desk.pages.outer(template, request, 401, wrong=False)


async def brand(desk: Desk, _request: Request) -> Response:
    """Answer with the clinic's colours and type as a style sheet."""

    def look() -> str:
        try:
            return look_of(read_clinic(desk.places), desk.places)[0]
        except HandoutError:
            return ""  # the pages' own colours do

    return Response(await run_in_threadpool(look), media_type="text/css")


async def font(desk: Desk, request: Request) -> Response:
    """Answer with one of the brand's font files."""

    def path() -> str | None:
        try:
            faces = look_of(read_clinic(desk.places), desk.places)[1]
        except HandoutError:
            return None
        number = request.path_params["number"]
        return str(faces[number].path) if number < len(faces) else None

    found = await run_in_threadpool(path)
    if found is None:
        return Response(status_code=404)
    return FileResponse(found, media_type="font/ttf", headers={"Cache-Control": "private, max-age=3600"})


def warm(desk: Desk) -> None:
    """Read once what the first page needs, before anybody waits for it."""
    from handoutpress.desk.library import entries, languages

    for language in languages(desk.places):
        entries(desk.places, language)


PAGES = {
    ("GET", "/"): front,
    ("GET", "/open/{token}"): open_by_link,
    ("POST", "/login"): log_in,
    ("GET", "/look/brand.css"): brand,
    ("GET", "/look/font/{number:int}"): font,
}
