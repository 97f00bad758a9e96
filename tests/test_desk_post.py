"""The outbox at the desk: what it shows, what somebody decides there, and what then becomes of an email."""

from __future__ import annotations

import http.client
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.outbox import NewMessage, State
from handoutpress.delivery.records import Delivery
from handoutpress.desk import app, post, sending, waiting
from handoutpress.desk import server as program
from handoutpress.desk.words import FOLDER
from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.yamlreader import read_yaml
from handoutpress.wish import SheetText
from tests import desks
from tests.desks import words_of
from tests.outboxes import PASSWORD, Office, wait_until

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
    real = program._Server

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
        patch.setattr(program, "_Server", Server)
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


@pytest.fixture
def front(clinic: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """Return a desk with an empty outbox, whose clinic sends through the server."""
    monkeypatch.setenv(PASSWORD, "secret")
    monkeypatch.setattr(sending, "HOLD_SECONDS", 0.05)
    Office(clinic).settings(server.port, server.certificates)
    with front_desk(clinic) as running:
        yield running
    server.behave("accept")
    server.received.clear()
    server.logins = 0


def test_what_needs_somebody_stands_first_and_no_address_is_told(front: Front) -> None:
    waits = front.put(
        ABOUT, reason="the server did not answer within 30 seconds", tries=2, next_try=time.time() + 900
    )
    sent = front.put(state="sent", to="gone@example.net")
    failed = front.put(
        AFTERCARE, ABOUT, state="failed", reason="its text was good until 2026-11-01: make it anew"
    )
    unknown = front.put(state="unknown", reason=outbox.NOBODY_KNOWS, reference="12 Mar 1980")
    page = front.get("outbox")
    assert page.status == 200
    assert page.shown == [unknown, failed, waits]
    assert "2 Needs somebody 1 Waiting 0 On its way 1 Went or cancelled" in page.said
    said = words_of(page.message(failed))
    assert said.startswith(f"Not sent Message {failed} ")
    assert f"{TITLES[AFTERCARE]} , {TITLES[ABOUT]}" in said
    assert "to p…@example.net" in said
    assert f"Reference {REFERENCE}" in said
    assert "Its text was good only until 2026-11-01. Make a new email" in said
    assert '<span class="state bad">Perhaps sent</span>' in page.message(unknown)
    assert "Reference 12 Mar 1980" in words_of(page.message(unknown))
    assert re.search(
        r"Last time: The mail server did not answer\. 2 tries so far\. Next try after .*\d:\d\d",
        words_of(page.message(waits)),
    )
    everything = front.get("outbox?all")
    assert everything.shown == [unknown, failed, waits, sent]
    assert '<span class="state good">Sent</span>' in everything.message(sent)
    assert ADDRESS not in page.text + everything.text
    assert "gone@" not in everything.text


def test_the_buttons_are_what_may_be_decided(front: Front) -> None:
    numbers = {state: front.put(state=state) for state in State}
    purged = front.put(state="failed", content=None)
    page = front.get("outbox?all")
    for state, number in [*numbers.items(), (State.FAILED, purged)]:
        buttons = set(re.findall(rf'formaction="[^"]*outbox/{number}/(\w+)"', page.message(number)))
        possible = set()
        with front.ledger() as ledger:
            for name, wanted in (("again", "waiting"), ("cancel", "cancelled"), ("arrived", "sent")):
                try:
                    decide(ledger, [number], State(wanted))
                except ProblemsFound:
                    continue
                possible.add(name)
                ledger.run("UPDATE messages SET state = ? WHERE id = ?", (state, number))
        assert buttons == possible, state
    assert set(waiting.GROUPS["needs"] + waiting.GROUPS["waits"]) | {State.CANCELLED} == set(waiting.ACTIONS)


def test_a_message_that_is_cancelled_is_not_sent(front: Front) -> None:
    number = front.put(state="failed")
    answer = front.post(f"outbox/{number}/cancel")
    assert (answer.status, answer.headers["location"]) == (303, f"{front.root}outbox?done=cancelled")
    assert front.state(number) is State.CANCELLED
    page = front.get("outbox?done=cancelled")
    assert "It will not be sent." in page.said
    assert page.shown == []
    again = front.post(f"outbox/{number}/cancel", {"all": "yes"})
    assert again.status == 409
    assert f"This cannot be done with message {number} any more. How it stands: Cancelled." in again.said
    assert again.shown == [number]  # as it stands now


def test_a_message_that_arrived_is_noted_so(front: Front) -> None:
    number = front.put(state="unknown")
    assert front.post(f"outbox/{number}/arrived").headers["location"].endswith("outbox?done=arrived")
    assert front.state(number) is State.SENT
    with front.ledger() as ledger:
        assert ledger.rows("SELECT outcome FROM records WHERE message = ?", [number]) == [("sent",)]


def test_again_sends_it_within_seconds(front: Front, server: MailServer) -> None:
    number = front.put(state="failed", reason="the recipient was refused")
    answer = front.post(f"outbox/{number}/again", {"all": "yes"})
    assert answer.headers["location"] == f"{front.root}outbox?all&done=again"
    wait_until(lambda: server.received)
    assert [received.rcpt_tos for received in server.received] == [[ADDRESS]]
    wait_until(lambda: front.state(number) is State.SENT)


def test_a_number_that_is_not_there_is_told(front: Front) -> None:
    for number in (4711, 10**30):
        answer = front.post(f"outbox/{number}/again")
        assert answer.status == 409
        assert "There is no message" in answer.said
    assert front.post("outbox/4711/address").status == 200


def test_all_that_waits_is_sent_at_once(front: Front, server: MailServer) -> None:
    numbers = [front.put(), front.put()]
    assert "Send what waits now" in front.get("outbox").said
    answer = front.post("outbox/send")
    assert (answer.status, answer.headers["location"]) == (303, f"{front.root}outbox?done=sent&n=2")
    assert {front.state(number) for number in numbers} == {State.SENT}
    assert len(server.received) == 2
    page = front.get("outbox?done=sent&n=2")
    assert "2 emails were sent." in page.said
    assert "Send what waits now" not in page.said


def test_a_slow_mail_server_does_not_hold_the_page(
    front: Front, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "PATIENCE", 0.05)
    server.behave("slow", 0.2)
    number = front.put()
    connections = server.connections
    answers = [front.post("outbox/send").headers["location"] for _ in range(2)]
    page = front.get("outbox?done=sending")
    assert answers == [f"{front.root}outbox?done=sending"] * 2
    assert "Sending goes on." in page.said
    assert front.state(number) is not State.SENT
    wait_until(lambda: front.state(number) is State.SENT)
    server.behave("accept")
    wait_until(lambda: not front.inner.sender.is_sending_all)
    assert "The sending has ended." in front.get("outbox?done=sending").said
    assert len(server.received) == 1
    assert server.connections == connections + 1, "the second press sent too"


def test_a_server_that_refuses_is_told_in_plain_words(
    front: Front, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "wrong")
    number = front.put()
    assert front.post("outbox/send").headers["location"] == f"{front.root}outbox?done=stopped"
    page = front.get("outbox?done=stopped")
    assert (
        "Nothing can be sent at the moment. The mail server refused the clinic's user name or password."
        in page.said
    )
    assert "secret" not in page.text
    assert (front.state(number), server.logins) == (State.WAITING, 1)
    monkeypatch.setenv(PASSWORD, "secret")
    assert front.post("outbox/send").headers["location"].endswith("done=sent&n=1")
    assert "Nothing can be sent" not in front.get("outbox").said


def test_a_clinic_without_a_mail_server_cannot_send(front: Front) -> None:
    front.put()
    path = front.clinic / "clinic.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("mail: {")[0], encoding="utf-8")
    page = front.get("outbox")
    assert "No mail server is set up, so nothing is sent." in page.said
    assert "Send what waits now" not in page.said


def test_a_whole_address_is_shown_where_it_is_asked_for_and_once(front: Front) -> None:
    number, other = front.put(state="failed"), front.put(state="failed", to="other.one@example.net")
    answer = front.post(f"outbox/{number}/address")
    assert answer.status == 200
    assert ADDRESS in words_of(answer.message(number))
    assert "other.one@" not in answer.text
    assert f"outbox/{other}/address" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    # Whoever comes to the screen later does not find it there.
    assert answer.headers["refresh"] == f"600; url={front.root}outbox"
    assert ADDRESS not in front.get("outbox").text
    purged = front.put(state="sent", recipient="", content=None)
    page = front.post(f"outbox/{purged}/address", {"all": "yes"})
    assert "The address has been deleted." in words_of(page.message(purged))


def test_a_text_is_recalled_once_somebody_is_sure(front: Front) -> None:
    first, both, sent = front.put(), front.put(ABOUT, AFTERCARE), front.put(state="sent")
    other = front.put(ABOUT)
    asked = front.post("outbox/recall", {"text_hash": " 3FA9 1C07 "})
    assert asked.status == 200
    assert "Recall the text 3fa91c07 2 waiting emails have this text." in asked.said
    assert front.state(first) is front.state(both) is State.WAITING
    answer = front.post("outbox/recall", {"text_hash": "3fa91c07", "sure": "yes"})
    assert (answer.status, answer.headers["location"]) == (303, f"{front.root}outbox?done=recalled&n=2")
    states = [front.state(number) for number in (first, both, sent, other)]
    assert states == [State.CANCELLED, State.CANCELLED, State.SENT, State.WAITING]
    assert "2 emails with that text are recalled." in front.get("outbox?done=recalled&n=2").said
    assert "No waiting email has this text." in front.post("outbox/recall", {"text_hash": "3fa91c07"}).said


def test_what_is_no_text_is_told_beside_the_field(front: Front) -> None:
    number = front.put()
    wrong = [{"text_hash": said} for said in ("", "3fa91c0", "not a hash", "3fa91c07" * 9)]
    for fields in (*wrong, wrong[1] | {"sure": "yes"}):
        page = front.post("outbox/recall", fields)
        assert page.status == 422
        found = re.search(
            r'<input id="text_hash"[^>]*>\s*<p class="wrong" id="text_hash-wrong">(.*?)</p>', page.text
        )
        assert found
        assert words_of(found[1]).startswith("This is not the number of a text.")
        assert 'aria-invalid="true"' in found[0]
    assert front.state(number) is State.WAITING


def test_every_page_says_how_many_need_somebody(front: Front) -> None:
    for path in ("", "outbox", "records"):
        assert 'class="badge"' not in front.get(path).text
    front.put(state="waiting")
    front.put(state="failed")
    for path in ("", "outbox", "records"):
        assert "Outbox 1 , 1 message needs somebody Records" in front.get(path).said
    front.put(state="unknown")
    front.language = "es"
    assert "Bandeja de salida 2 , 2 mensajes necesitan a alguien Registro" in front.get("records").said


def test_an_empty_outbox(front: Front) -> None:
    assert "Nothing waits No email has been put into the outbox yet." in front.get("outbox").said
    front.put(state="sent")
    assert "Nothing waits Every email has gone" in front.get("outbox").said
    front.language = "es"
    page = front.get("outbox")
    assert '<html lang="es">' in page.text
    assert "No hay nada en espera Todos los correos han salido" in page.said


def test_of_very_many_the_newest_are_shown(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_SHOWN", 2)
    numbers = [front.put(state="failed") for _ in range(3)]
    page = front.get("outbox")
    assert page.shown == numbers[:0:-1]
    assert "The newest 2 of 3 are shown." in page.said
    assert ADDRESS in front.post(f"outbox/{numbers[0]}/address").message(numbers[0])


def test_what_an_address_says_cannot_be_made_up(front: Front) -> None:
    front.put()
    for query in ("done=<b>&n=1", "done=title", "done=sent&n=%3Cb%3E", "done=sent&n=-1"):
        page = front.get(f"outbox?{query}")
        assert page.status == 200
        assert "<b>" not in page.text


def test_without_a_session_nothing_is_done(front: Front) -> None:
    number = front.put()
    for path in (f"{number}/cancel", f"{number}/address", "send", "recall"):
        answer = front.post(f"outbox/{path}", {"text_hash": "3fa91c07", "sure": "yes"}, Cookie="desk=wrong")
        assert answer.status == 401
        assert ADDRESS not in answer.text
    assert front.state(number) is State.WAITING


@pytest.mark.parametrize("page", ["outbox", "records"])
def test_both_languages_say_the_same(page: str) -> None:
    english, spanish = (read_yaml(FOLDER / language / f"{page}.yaml").data for language in ("en", "es"))
    fields = [
        {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}
        for texts in (english, spanish)
    ]
    assert fields[0] == fields[1]
