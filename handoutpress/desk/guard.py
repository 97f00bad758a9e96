"""What every request has to pass, whatever page it asks for, and what every answer says to the browser.

A page in the same browser can make it send requests here, and another computer's name can be made to mean
this one (DNS rebinding). So the host must be ours, what a browser tells of a request's origin must be us, and
a form without an origin is refused. Cookies do not tell ports of one host apart: all pages stand under a path
that only we and the browsers we let in know, and the cookie is for that path.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 128 * 1024
"""Of a form: all its fields at their longest, and some hundred sheets."""
_LONGEST_PATH = 500
BODY_SECONDS = 20.0
"""How long a form may take to arrive."""
_FORM = "application/x-www-form-urlencoded"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers then say `Origin: null` of our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the desk, or the preview, is: what browsers are to call it."""

    scheme: str
    hosts: tuple[str, ...]
    """As in a Host header, with the port."""
    what: str = "desk"
    """What it is called where something is refused."""
    linked: tuple[str, ...] = (r"/", r"/open/.*")
    """The paths that a link elsewhere may open, as patterns."""

    @property
    def origins(self) -> tuple[str, ...]:
        """As in an Origin header."""
        return tuple(f"{self.scheme}://{host}" for host in self.hosts)

    @property
    def too_long(self) -> str:
        """What a body longer than any form is answered with."""
        return f"That is more than any form of the {self.what} can hold."

    def may_be_linked(self, path: str) -> bool:
        """Whether a link that somebody follows from elsewhere may open a path."""
        return any(re.fullmatch(pattern, path, re.DOTALL) for pattern in self.linked)


class Guard:
    """The outermost application: refuses what no page of ours has asked for."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self.app, self.address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refused(scope["method"], scope["path"], Headers(scope=scope))
        if refused:
            status, said = refused
            await PlainTextResponse(said, status, HEADERS)(scope, receive, send)
            return

        read, more = 0, True
        until = asyncio.get_running_loop().time() + BODY_SECONDS

        async def counted() -> Message:
            nonlocal read, more
            try:
                async with asyncio.timeout_at(until if more else None):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            more = message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise TooLong(self.address.too_long)
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        # What is raised here was answered and told by the application. The server would print all of it,
        # and the words of an error may be a patient's.
        with suppress(Exception):
            await self.app(scope, counted, with_headers)

    def _refused(self, method: str, path: str, headers: Headers) -> tuple[int, str] | None:
        """Return the status and the words with which a request is refused, or None."""
        what = self.address.what
        if headers.getlist("host") not in [[host] for host in self.address.hosts]:
            return 421, f"This is not the address of the {what}."
        if method not in ("GET", "HEAD", "POST"):
            return 405, f"The {what} knows no such request."
        if len(path) > _LONGEST_PATH:
            return 414, f"This is no address of the {what}."
        ours = [[origin] for origin in self.address.origins]
        if method == "POST":
            if headers.getlist("origin") not in ours:
                return 403, f"The {what} takes forms from its own pages only."
            if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
                return 415, f"The {what} takes forms only."
            length = headers.get("content-length", "")
            if length.isdecimal() and int(length) > MOST_BYTES:
                return 413, self.address.too_long
        elif "origin" in headers and headers.getlist("origin") not in ours:
            return 403, f"The {what} answers its own pages only."
        # A link that somebody follows from elsewhere can open the first page, and nothing else.
        site = headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") and not (method == "GET" and self.address.may_be_linked(path)):
            return 403, f"The {what} answers its own pages only."
        return None


class TooLong(Exception):
    """A request whose body is longer than any form of ours; the application answers it."""


class TooSlow(Exception):
    """A request whose body does not arrive; the application answers it."""
