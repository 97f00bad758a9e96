"""What pages are told: the last round, and each new one as it comes (server-sent events)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

HEARTBEAT_SECONDS = 15.0
"""Between signs of life: else a page that went away is never missed."""


class Feed:
    """Tells all pages the same. Belongs to one event loop."""

    def __init__(self) -> None:
        self._news: Mapping[str, Any] = {"round": 0}
        self._new = asyncio.Event()
        self._ended = False

    def tell(self, news: Mapping[str, Any]) -> None:
        """Tell every page, and those that open later."""
        self._news = news
        self._wake()

    def end(self) -> None:
        """Tell every page that nothing follows."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._new.set()
        self._new = asyncio.Event()

    async def follow(self) -> AsyncIterator[str]:
        """Yield what one page is sent: the last round, then each new one, or the newest where it is slow."""
        seen = None
        while True:
            new, news = self._new, self._news
            if news is not seen:
                seen = news
                yield f"data: {json.dumps(news)}\n\n"
            if self._ended:
                yield "event: ended\ndata: \n\n"
                return
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await new.wait()
            except TimeoutError:
                yield ": still here\n\n"
