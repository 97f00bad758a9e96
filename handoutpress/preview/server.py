"""The preview as a program: one thread makes the sheet, another serves the page, others watch the files."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from handoutpress.desk.guard import Address
from handoutpress.desk.listening import LOOPBACK, Server, configured, listen
from handoutpress.preview.app import make_app
from handoutpress.preview.running import Preview
from handoutpress.preview.watching import watches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from socket import socket

    from starlette.applications import Starlette
    from uvicorn import Config

    from handoutpress.preview.feed import Feed
    from handoutpress.preview.running import Asked, Round

PORT = 8760
_ENDING_SECONDS = 5.0
"""How long a layout that is under way may take when the program ends."""


def serve(
    asked: Asked, port: int | None, ready: Callable[[str], None], tell: Callable[[Round], None]
) -> None:
    """Show a sheet until the program is ended; ``ready`` gets the page's address, ``tell`` each round.

    Raises ``HandoutError`` for a port that cannot be had, ``EngineUnavailable`` where there is no engine.
    """
    bound = listen(LOOPBACK, port, PORT)
    host = f"{LOOPBACK}:{bound.getsockname()[1]}"
    key = secrets.token_urlsafe(18)
    preview = Preview(asked, tell)
    watched = watches(asked.places, asked.files, preview.changed, never=asked.output, poll=asked.poll)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def publish(news: dict[str, Any]) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(preview.feed.tell, news)

        def work() -> None:
            try:
                preview.run(publish)
            except BaseException as error:
                preview.failed = error
                server.should_exit = True

        making = Thread(target=work, name="making", daemon=True)
        making.start()
        for watch in watched:
            watch.start()
        yield
        preview.end()
        for watch in watched:
            watch.stop()
        making.join(_ENDING_SECONDS)

    # A terminal in a browser shows the link, too: following it there is no other page's request.
    hosts = (host, f"localhost:{bound.getsockname()[1]}")
    address = Address("http", hosts, "preview", linked=(f"/{re.escape(key)}/",))
    config = configured(make_app(preview, address, key, lifespan))
    server = _Server(config, lambda: ready(f"http://{host}/{key}/"), preview.feed)
    try:
        server.run(sockets=[bound])
    finally:
        bound.close()
    if preview.failed:
        raise preview.failed


class _Server(Server):
    """Ends the pages' connections when it ends: they would wait for news as long as the browser is open."""

    def __init__(self, config: Config, ready: Callable[[], None], feed: Feed) -> None:
        super().__init__(config, ready)
        self._feed = feed

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Tell the pages, and end."""
        self._feed.end()
        await super().shutdown(sockets)
