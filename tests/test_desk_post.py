"""The outbox at the desk: what it shows, and what somebody decides there."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.outbox import State
from handoutpress.desk import waiting
from handoutpress.desk.words import FOLDER
from handoutpress.errors import ProblemsFound
from handoutpress.reading.yamlreader import read_yaml
from tests.desks import words_of
from tests.outboxpages import ABOUT, ADDRESS, AFTERCARE, REFERENCE, TITLES, Front, mailing_desk, rows_read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mailservers import MailServer


@pytest.fixture
def front(clinic: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with mailing_desk(clinic, server, monkeypatch) as running:
        yield running


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


def test_a_number_that_is_not_there_is_told(front: Front) -> None:
    for number in (4711, 10**30):
        answer = front.post(f"outbox/{number}/again")
        assert answer.status == 409
        assert "There is no message" in answer.said
    assert front.post("outbox/4711/address").status == 200


def test_a_whole_address_is_shown_where_it_is_asked_for_and_once(front: Front) -> None:
    number, other = front.put(state="failed"), front.put(state="failed", to="other.one@example.net")
    answer = front.post(f"outbox/{number}/address")
    assert answer.status == 200
    assert ADDRESS in words_of(answer.message(number))
    assert "other.one@" not in answer.text
    assert f"outbox/{other}/address" in answer.text
    assert answer.headers["cache-control"] == "no-store"
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
    assert "Bandeja de salida 2 , 2 mensajes requieren atención Registro" in front.get("records").said


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
    unknown = front.put(state="unknown")
    assert front.get("outbox").shown == [unknown, numbers[2]]


def test_no_more_is_read_than_is_shown(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        front.put(state="sent", content=None)
    monkeypatch.setattr(waiting, "MOST_SHOWN", 2)
    read = rows_read(monkeypatch)
    assert len(front.get("outbox?all").shown) == 2
    assert max(read) == 2


def test_nothing_stays_on_a_screen_that_nobody_attends(front: Front) -> None:
    number = front.put(state="failed")
    answers = [
        front.get("outbox"),
        front.get("outbox?all"),
        front.post(f"outbox/{number}/address"),
        front.post("outbox/recall", {"text_hash": "3fa91c07"}),
        front.post("outbox/recall", {"text_hash": "no"}),
        front.post("outbox/4711/again"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 422, 409]
    assert {answer.headers["refresh"] for answer in answers} == {f"600; url={front.root}"}


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
