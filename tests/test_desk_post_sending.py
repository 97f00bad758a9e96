"""The outbox at the desk: what becomes of an email once somebody says that it is to go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.outbox import State
from handoutpress.desk import post, sending
from tests.outboxes import PASSWORD, wait_until
from tests.outboxpages import ADDRESS, Front, mailing_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mailservers import MailServer


@pytest.fixture
def front(clinic: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with mailing_desk(clinic, server, monkeypatch) as running:
        yield running


def test_again_sends_it_within_seconds(front: Front, server: MailServer) -> None:
    number = front.put(state="failed", reason="the recipient was refused")
    answer = front.post(f"outbox/{number}/again", {"all": "yes"})
    assert answer.headers["location"] == f"{front.root}outbox?all&done=again"
    wait_until(lambda: server.received)
    assert [received.rcpt_tos for received in server.received] == [[ADDRESS]]
    wait_until(lambda: front.state(number) is State.SENT)


def test_again_can_be_taken_back_for_some_seconds(
    front: Front, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "HOLD_SECONDS", 60.0)
    number = front.put(state="failed")
    front.post(f"outbox/{number}/again")
    with front.ledger() as ledger:
        assert 50 < outbox.get(ledger, number).next_try - time.time() <= 60
        assert outbox.next_due(ledger) is None, "nor does another program send it meanwhile"
    assert front.post(f"outbox/{number}/cancel").headers["location"].endswith("done=cancelled")
    assert (front.state(number), server.received) == (State.CANCELLED, [])


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
    server.behave("slow", 300)
    number = front.put()
    connections = server.connections
    answers = [front.post("outbox/send").headers["location"] for _ in range(2)]
    page = front.get("outbox?done=sending")
    assert answers == [f"{front.root}outbox?done=sending"] * 2
    assert "Sending goes on." in page.said
    assert front.state(number) is not State.SENT
    server.behave("accept")
    wait_until(lambda: front.state(number) is State.SENT)
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
