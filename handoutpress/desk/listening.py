"""Listening at an address of this computer, for the desk and for whatever else shows a page."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, Any

import uvicorn

from handoutpress.desk.connections import Connection
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def listen(host: str, port: int | None, usual: int) -> socket.socket:
    """Return a socket at a port; where none is asked for, at the usual one or any that is free.

    Raises ``HandoutError`` for one that cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tried = [port] if port is not None else [usual, 0]
    for one in tried:
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":  # where two programs could have one port, and one of them not be us
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, one))
        except (OSError, UnicodeError) as error:  # the latter for what can be no computer's name
            bound.close()
            if one == tried[-1] or not isinstance(error, OSError):
                raise HandoutError(_why_not_had(host, one, error)) from None
        else:
            return bound
    raise AssertionError


def _why_not_had(host: str, port: int, error: OSError | UnicodeError) -> str:
    """Return why an address cannot be listened at, and which option changes that."""
    reason = (error.strerror if isinstance(error, OSError) else "") or error
    if isinstance(error, (socket.gaierror, UnicodeError)) or error.errno == errno.EADDRNOTAVAIL:
        hint = "Name an address of this computer with --host, or leave it out."
        return f"{host} is not an address of this computer: {reason}.\n    {hint}"
    hint = "Name another with --port, or leave it out: then any that is free is taken."
    return f"Port {port} at {host} cannot be had: {reason}.\n    {hint}"


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """Return how requests are served: without a log, which would name what was asked for."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=Connection,
        ws="none",
        proxy_headers=False,
        limit_concurrency=100,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        **more,
    )


class Server(uvicorn.Server):
    """Says when it can be reached."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()
