"""What the tests on the outbox and the records share: a desk in this process, and messages in its outbox."""

from __future__ import annotations

import http.client
import re
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import NewMessage, State
from handoutpress.delivery.records import Delivery
from handoutpress.desk import app, listening, sending
from handoutpress.desk import server as program
from handoutpress.places import Places, shipped_folder
from handoutpress.wish import SheetText
from tests import desks
from tests.outboxes import PASSWORD, Office

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from handoutpress.desk.app import Desk
    from tests.mailservers import MailServer

AFTERCARE = SheetText("microneedling-aftercare", "", "1.0", "2026-11-01", "en", "3fa91c07" * 8, "2027-11-01")
ABOUT = SheetText("microneedling-about", "", "1.2", "2026-11-01", "en", "9bd2e415" * 8, "2027-11-01")
TITLES = {AFTERCARE: "After your microneedling", ABOUT: "What microneedling can and cannot do"}
ADDRESS, REFERENCE = "pat.doe@example.net", "EX-0042"
LATER = 4e9
"""A moment that the desk itself does not see: until somebody says so, it sends nothing."""


class Answer(desks.Answer):
    """A page with messages on it."""

    def message(self, number: int) -> str:
        """Return one message's piece of the page."""
        found = re.search(rf'<li class="message" id="m{number}">.*?</li>', self.text, re.DOTALL)
        assert found, f"message {number} is not shown"
        return found[0]

    @property
    def shown(self) -> list[int]:
        return [int(number) for number in re.findall(r'<li class="message" id="m(\d+)">', self.text)]


@dataclass
class Front:
    """A desk that runs in this process, and a browser's session with it."""

    clinic: Path
    origin: str
    inner: Desk
    cookie: str = ""
    root: str = ""
    language: str = "en"

    def ask(self, method: str, path: str, body: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=30)
        try:
            connection.request(method, path, body, {"Accept-Language": self.language, **headers})
            answer = connection.getresponse()
            found = {name.lower(): text for name, text in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", self.root + path, "", Cookie=self.cookie)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        more = {"Cookie": self.cookie, **kind, **headers}
        return self.ask("POST", self.root + path, urlencode(fields or {}), **more)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.clinic) as ledger:
            yield ledger

    def put(
        self, *sheets: SheetText, to: str = ADDRESS, reference: str | None = REFERENCE, **values: Any
    ) -> int:
        """Put a message into the outbox, and ``values`` into its row; return its number."""
        sheets = sheets or (AFTERCARE,)
        with self.ledger() as ledger:
            count = ledger.rows("SELECT count(*) FROM messages")[0][0]
            content = f"To: {to}\r\nSubject: Information\r\n\r\nHello.\r\n".encode()
            new = NewMessage(f"<{count}@example.org>", "handouts@example.org", to, content, "2027-11-01")
            number = outbox.put(ledger, new, sheets, Delivery("email", "standard", reference, "tests"))
            values = {"next_try": LATER, **values}
            outbox.settle(ledger, number, State(values.pop("state", "waiting")), values.pop("reason", ""))
            for column, value in values.items():
                ledger.run(f"UPDATE messages SET {column} = ? WHERE id = ?", (value, number))
        return number

    def state(self, number: int) -> State:
        with self.ledger() as ledger:
            return outbox.get(ledger, number).state


@contextmanager
def front_desk(clinic: Path) -> Iterator[Front]:
    """Run the desk as the command does, and open a session with its link."""
    running: list[Any] = []
    links: list[str] = []
    ready = Event()
    inner = app.make_app
    real = listening.Server

    class Server(real):  # type: ignore[misc, valid-type]
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            running.append(self)

    def make_app(desk: Desk, *given: Any) -> Any:
        running.append(desk)
        return inner(desk, *given)

    def tell(link: str) -> None:
        links.append(link)
        ready.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "Server", Server)
        patch.setattr(program, "make_app", make_app)
        places = Places(clinic, shipped_folder())
        thread = Thread(target=program.serve, args=(places, program.Settings(port=0), tell), daemon=True)
        thread.start()
        assert ready.wait(30)
    desk, server = running
    parts = urlsplit(links[0])
    front = Front(clinic, f"{parts.scheme}://{parts.netloc}", desk)
    try:
        opened = front.ask("GET", parts.path, "")
        found = re.match(r"(desk=[^;]+);.*Path=([^;]+)", opened.headers["set-cookie"])
        assert found
        front.cookie, front.root = found[1], found[2]
        yield front
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def mailing_desk(clinic: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """Run a desk with an empty outbox, whose clinic sends through the server."""
    monkeypatch.setenv(PASSWORD, "secret")
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0.05)
    Office(clinic).settings(server.port, server.certificates)
    with front_desk(clinic) as running:
        yield running
    server.behave("accept")
    server.received.clear()
    server.logins = 0


def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of how many rows each question to a ledger finds from here on."""
    found: list[int] = []
    real = Ledger.rows

    def rows(self: Ledger, query: str, values: Any = ()) -> list[Any]:
        answer = real(self, query, values)
        found.append(len(answer))
        return answer

    monkeypatch.setattr(Ledger, "rows", rows)
    return found
