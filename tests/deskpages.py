"""The desk's application without a socket: pages asked for as a browser that was let in would ask."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from handoutpress.desk.app import Desk, make_app
from handoutpress.desk.guard import Address
from handoutpress.desk.making import Ahead, Maker
from handoutpress.desk.pages import Pages
from handoutpress.desk.sending import Sender
from handoutpress.desk.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from handoutpress.places import Places

HOST, ROOT_PATH = "127.0.0.1:8750", "/0123456789abcdef/"


@dataclass(frozen=True)
class Page:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The words alone, as they are read."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    def tag(self, id_: str) -> str:
        """The tag with an id."""
        found = re.search(rf'<[a-z0-9]+ [^>]*\bid="{re.escape(id_)}"[^>]*>', self.html)
        assert found, f"nothing has the id {id_}"
        return found[0]

    def text(self, id_: str) -> str:
        """The words of a paragraph or heading with an id."""
        found = re.search(rf'<(\w+) [^>]*\bid="{re.escape(id_)}"[^>]*>(.*?)</\1>', self.html, re.DOTALL)
        assert found, f"nothing has the id {id_}"
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[2])).split())

    @property
    def fields(self) -> dict[str, str]:
        """The form as it would be sent, without its buttons."""
        found = {}
        for tag in re.findall(r"<input [^>]*>", self.html):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and value:
                found[name[1]] = unescape(value[1])
        for name_, text in re.findall(
            r'<textarea [^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', self.html, re.DOTALL
        ):
            found[name_] = unescape(text).replace("\n", "\r\n")
        for name_, options in re.findall(
            r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', self.html, re.DOTALL
        ):
            chosen = re.search(r'<option value="([^"]*)" selected', options)
            found[name_] = unescape(chosen[1]) if chosen else ""
        return found


@dataclass
class Browser:
    """A browser that was let in."""

    app: ASGIApp
    cookies: dict[str, str]
    language: str = "en-GB"

    def get(self, path: str) -> Page:
        return asyncio.run(self._ask("GET", path, b""))

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        return asyncio.run(self._ask("POST", path, urlencode(fields, doseq=True).encode()))

    async def _ask(self, method: str, path: str, body: bytes) -> Page:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"host": HOST, "cookie": cookie, "accept-language": self.language}
        if method == "POST":
            headers |= {"origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded"}
        way, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": ROOT_PATH + way,
            "raw_path": (ROOT_PATH + way).encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8750),
        }
        answered: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answered.append(message)

        await self.app(scope, receive, send)
        said = {name.decode(): value.decode() for name, value in answered[0]["headers"]}
        return Page(answered[0]["status"], said, b"".join(each.get("body", b"") for each in answered[1:]))


def open_browser(places: Places) -> Browser:
    """Return a browser that was let into the desk of a clinic."""
    pages = Pages(places, ROOT_PATH, 10, secure=False)
    desk = Desk(places, pages, Sessions(None), Maker(places), Ahead(places), Sender(places), 10)
    app = make_app(desk, Address("http", (HOST,)), "key")
    cookie = desk.sessions.open_by_link(desk.sessions.new_link())
    assert cookie
    return Browser(app, {desk.cookie: cookie})
