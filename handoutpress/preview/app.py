"""The page's addresses. All stand under a path that only who started the preview knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from handoutpress.composing.stylesheets import EDITIONS
from handoutpress.desk.app import STATIC as DESK
from handoutpress.desk.guard import Guard, TooLong, TooSlow
from handoutpress.desk.pages import look_of
from handoutpress.errors import HandoutError
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from handoutpress.desk.guard import Address
    from handoutpress.preview.running import Preview

STATIC = Path(__file__).resolve().parent / "static"
_SCALES = (0.5, 4.0)
"""Pixels for a point, at least and at most."""
_NO_FORM = "This is no form of the preview."


def make_app(
    preview: Preview,
    address: Address,
    key: str,
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]],
) -> ASGIApp:
    """Return the application; ``key`` is the first part of every path that is answered."""

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "page.html")

    async def events(_request: Request) -> Response:
        async def following() -> AsyncIterator[str]:
            async for event in preview.feed.follow():
                yield event

        return StreamingResponse(following(), media_type="text/event-stream")

    async def picture(request: Request) -> Response:
        version, number = request.path_params["version"], request.path_params["number"]
        try:
            scale = round(float(request.query_params.get("scale", "1.5")) * 4) / 4
            scale = min(max(scale, _SCALES[0]), _SCALES[1])
        except (ValueError, OverflowError):
            return PlainTextResponse("This is no picture of the preview.", 400)
        data = await run_in_threadpool(preview.picture, version, number, scale)
        if data is None:
            return PlainTextResponse("This picture is not there any more.", 404)
        return Response(data, media_type="image/png")

    async def look(request: Request) -> Response:
        """Take what was chosen on the page."""
        try:
            given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        except ValueError:
            return PlainTextResponse(_NO_FORM, 400)
        known = {"edition": EDITIONS, "paper": ("a4", "letter"), "language": preview.languages()}
        chosen = {name: texts[-1] for name, texts in given.items() if texts[-1] in known.get(name, ())}
        if len(chosen) < len(given):
            return PlainTextResponse(_NO_FORM, 400)
        preview.choose(replace(preview.choice, **chosen))
        return Response(status_code=204)

    async def brand(_request: Request) -> Response:
        """Answer with the clinic's colours and type, as the desk has them."""
        css, _faces = await run_in_threadpool(_look, preview)
        return Response(css, media_type="text/css")

    async def font(request: Request) -> Response:
        _css, faces = await run_in_threadpool(_look, preview)
        number = request.path_params["number"]
        if number >= len(faces):
            return Response(status_code=404)
        return FileResponse(faces[number], media_type="font/ttf")

    routes = [
        Route("/", page),
        Route("/events", events),
        Route("/picture/{version:int}/{number:int}.png", picture),
        Route("/look", look, methods=["POST"]),
        Route("/brand.css", brand),
        Route("/font/{number:int}", font),
        Mount("/desk", StaticFiles(directory=DESK)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(
        routes=[Mount(f"/{key}", routes=routes)],
        exception_handlers={TooLong: _refused, TooSlow: _refused},
        lifespan=lifespan,
    )
    return Guard(app, address)


async def _refused(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse(_NO_FORM, 413, {"Connection": "close"})


def _look(preview: Preview) -> tuple[str, list[str]]:
    try:
        css, faces = look_of(read_clinic(preview.places), preview.places)
    except HandoutError:
        return "", []  # the page's own colours do
    return css, [str(face.path) for face in faces]
