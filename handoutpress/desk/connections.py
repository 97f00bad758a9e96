"""Connections that ask for nothing: each is given some seconds, as a hundred of them keep all others out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

ASKING_SECONDS = 20.0
"""How long the head of a request may take to arrive."""


class Connection(H11Protocol):
    """A connection that is closed where no whole request comes in time, however slowly it drips."""

    _until = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._until = self.loop.time() + ASKING_SECONDS
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, but not from the start, where that was no whole request."""
        super().data_received(data)
        if self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request: unused, as long as a browser keeps a connection; then for its head."""
        self._until = self.loop.time() + self.timeout_keep_alive + ASKING_SECONDS
        super().on_response_complete()

    def _wait(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_at(self._until, self.timeout_keep_alive_handler)
