"""Messages in the outbox: each end a delivery can have, and where the message stands after it."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery.deciding import decide
from handoutpress.delivery.outbox import FEWEST_TRIES, GIVE_UP, PAUSES, State
from tests.outboxes import (
    AFTERCARE,
    DAY,
    PASSWORD,
    Office,
    arrived,
    ended,
    killed,
    office,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


def _ago(days: float) -> str:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole(made: Office, number: int = 1) -> tuple[bytes, str]:
    """Return all that sending a message takes, as it stands on disk."""
    with made.ledger() as ledger:
        ((content, recipient),) = ledger.rows(
            "SELECT content, recipient FROM messages WHERE id = ?", [number]
        )
    return bytes(content or b""), recipient


# On disk before the first try.


def test_a_message_is_on_disk_in_full_before_the_first_try(clinic: Path) -> None:
    with office(clinic) as (made, server):
        server.behave("slow", 60)  # it takes the connection, and says nothing: not a byte was sent yet
        started = made.start("email", AFTERCARE, "--to", "pat.doe@example.com", "--yes")
        wait_until(lambda: server.connections, started)
        assert made.states() == [State.SENDING]
        content, recipient = _whole(made)
        assert killed(started)
        assert (recipient, made.outcomes()) == ("pat.doe@example.com", ["waiting"])
        assert b"application/pdf" in content
        server.behave("accept")
        status, out, _ = ended(made.start("outbox", "send"))
        assert (status, out) == (0, "    1  sent\n")
        ((sender, recipients, received),) = server.received
        assert (sender, recipients, received) == ("handouts@example.org", [recipient], content)
        assert (made.states(), made.outcomes()) == ([State.SENT], ["sent"])


def test_a_message_waits_for_a_server_that_is_gone(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        server.stop()
        words = ("email", AFTERCARE, "--clinic", clinic, "--to", "pat.doe@example.com", "--yes")
        ran = run(*words)
        assert ran.status == 0, ran.err
        assert "Not sent yet: the mail server refused the connection" in ran.out
        assert "It waits in the outbox as message 1; `outbox send` tries again." in ran.out
        content, recipient = _whole(made)
        assert (recipient, b"application/pdf" in content) == ("pat.doe@example.com", True)
        shown = run("outbox", "--clinic", clinic)
        assert "p…@example.com" in shown.out
        assert "the mail server refused the connection" in shown.out
        server.start()
        assert run("outbox", "--clinic", clinic, "send").status == 0
        assert [received.content for received in server.received] == [content]
        assert run("outbox", "--clinic", clinic, "send").err == "Nothing was waiting.\n"
        assert len(server.received) == 1


# Refused for now, and for good.


def test_pauses_grow_and_due_takes_only_what_is_due(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put()
        server.behave("greylist", 1000)
        for number in range(len(PAUSES) + 2):
            before = time.time()
            assert made.send().counts == {State.WAITING: 1}
            message, pause = made.get(1), PAUSES[min(number, len(PAUSES) - 1)]
            assert before + pause <= message.next_try <= time.time() + pause
            assert message.tries == number + 1
            connections = server.connections
            assert made.send(due=True).counts == {}
            assert server.connections == connections
        assert list(PAUSES) == sorted(set(PAUSES))
        assert (made.states(), made.outcomes()) == ([State.WAITING], ["waiting"])
        assert "later" in made.get(1).reason
        server.behave("accept")
        made.force(1, next_try=time.time() - 1)
        assert made.send(due=True).counts == {State.SENT: 1}
        assert len(server.received) == 1


def test_without_due_everything_goes_at_once(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(3)
        made.force(1, next_try=time.time() + 5000)
        made.force(2, next_try=time.time() + 6000)
        assert made.send(due=True).counts == {State.SENT: 1}
        assert made.states() == [State.WAITING, State.WAITING, State.SENT]
        assert made.send().counts == {State.SENT: 2}
        assert len(server.received) == 3


@pytest.mark.parametrize(
    ("kind", "reason"), [("refuse", "does not know this mailbox (550 5.1.1)"), ("full", "full (552 5.2.2)")]
)
def test_what_is_refused_for_good_is_not_tried_again(clinic: Path, run: Run, kind: str, reason: str) -> None:
    with office(clinic) as (made, server):
        made.put()
        server.behave(kind)  # type: ignore[arg-type]
        ran = run("outbox", "--clinic", clinic, "send")
        assert (ran.status, reason in ran.err) == (1, True)
        assert "patient-00000" not in ran.out + ran.err
        message = made.get(1)
        assert (message.state, message.next_try) == (State.FAILED, 0)
        assert made.outcomes() == ["failed"]
        server.behave("accept")
        assert made.send().counts == {}
        assert server.received == []
        assert run("outbox", "--clinic", clinic, "again", 1).status == 0
        assert made.outcomes() == ["waiting"]
        assert made.send().counts == {State.SENT: 1}


def test_one_that_is_refused_does_not_stop_the_others(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(4)
        server.behave("greylist", 1)
        assert made.send().counts == {State.WAITING: 1, State.SENT: 3}
        assert made.states() == [State.WAITING, *[State.SENT] * 3]


def test_given_up_after_days(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(3)
        server.behave("greylist", 1000)
        days = GIVE_UP / DAY
        made.force(1, created=_ago(days + 1), tries=FEWEST_TRIES)
        made.force(2, created=_ago(days - 0.1), tries=FEWEST_TRIES)
        made.force(3, created=_ago(days + 1), tries=FEWEST_TRIES - 1)
        assert made.send().counts == {State.FAILED: 1, State.WAITING: 2}
        assert made.get(1).reason.startswith("given up after 5 days: ")
        assert made.outcomes() == ["failed", "waiting", "waiting"]
        made.force(3, state=State.SENT)
        with made.ledger() as ledger:
            decide(ledger, [1], State.WAITING)
        assert made.send().counts == {State.WAITING: 2}, "a new start has its days before it"


# No server to speak of.


@pytest.mark.parametrize("why", ["gone", "not trusted", "wrong password"])
def test_a_server_that_is_not_there_stops_the_run(clinic: Path, run: Run, why: str) -> None:
    with office(clinic) as (made, server):
        made.put(3)
        if why == "gone":
            server.stop()
        elif why == "not trusted":
            made.settings(server.port, None)
        env = {PASSWORD: "hunter2"} if why == "wrong password" else {}
        ran = run("outbox", "--clinic", clinic, "send", env=env)
        assert ran.status == 1
        assert ran.err.startswith("    1  waiting: ")
        assert "Stopped: " in ran.err
        assert "What waits, waits; nothing is lost." in ran.err
        assert "hunter2" not in ran.err
        assert made.states() == [State.WAITING] * 3
        assert [made.get(number).tries for number in (1, 2, 3)] == [0, 0, 0]
        assert server.logins == (why == "wrong password")
        if why == "gone":
            server.start()
        made.settings(server.port, server.certificates)
        assert run("outbox", "--clinic", clinic, "send").status == 0
        assert sorted(arrived(server).values()) == [1, 1, 1]


def test_only_a_server_that_waiting_mends_needs_nobody(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with office(clinic) as (made, server):
        made.put()
        server.stop()
        gone = made.send()
        server.start()
        monkeypatch.setenv(PASSWORD, "hunter2")
        locked_out = made.send()
        made.settings(server.port, None)
        not_trusted = made.send()
    assert gone.stopped
    assert (gone.needs_person, locked_out.needs_person, not_trusted.needs_person) == (False, True, True)


def test_a_timer_does_not_lock_the_account_with_a_wrong_password(clinic: Path) -> None:
    """``outbox send --due`` every few minutes: what the first message is told is true of the others."""
    with office(clinic) as (made, server):
        made.put(5)
        server.login = ("user", "another")
        for _ in range(5):
            sent = made.send(due=True)
            assert (bool(sent.stopped), sent.needs_person) == (True, True)
        assert server.logins == 1
        server.login = ("user", "secret")
        assert made.send(due=True).counts == {}, "somebody has to say that it is mended"
        assert made.send().counts == {State.SENT: 5}
        made.put()
        assert made.send(due=True).counts == {State.SENT: 1}


def test_a_timer_tries_a_server_that_is_gone_less_and_less(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(2)
        server.stop()
        assert made.send(due=True).stopped
        server.start()
        assert made.send(due=True).stopped, "its pause is not over"
        assert server.connections == 0
        assert made.send().counts == {State.SENT: 2}


# Connections that break off.


def test_a_connection_that_breaks_before_the_end_waits(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(pdf=b"x" * 6_000_000)  # more than fits into what the system takes along unread
        server.behave("drop-in-data", 100)
        assert made.send().counts == {State.WAITING: 1}
        assert made.get(1).next_try > time.time()
        server.behave("accept")
        assert made.send().counts == {State.SENT: 1}
        assert len(server.received) == 1


def test_a_connection_that_breaks_after_the_end_leaves_it_to_a_person(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put(2)
        server.behave("drop-after-data")
        ran = run("outbox", "--clinic", clinic, "send")
        assert (ran.status, "2 unknown." in ran.err) == (1, True)
        assert "Somebody has to look: 2 unknown; `outbox` says how to go on." in ran.err
        server.behave("accept")
        for _ in range(2):
            again = run("outbox", "--clinic", clinic, "send")
            assert (again.status, again.err.splitlines()[0]) == (1, "Nothing was waiting.")
        assert (len(server.received), made.outcomes()) == (2, ["unknown", "unknown"])
        listed = json.loads(run("outbox", "--clinic", clinic, "--json").out)
        assert [one["state"] for one in listed] == ["unknown", "unknown"]
        assert "the server may have it, or not" in listed[0]["reason"]
        assert run("outbox", "--clinic", clinic, "arrived", 1).out == "Message 1 is noted as sent.\n"
        assert run("outbox", "--clinic", clinic, "again", 2).status == 0
        assert run("outbox", "--clinic", clinic, "send").out == "    2  sent\n"
        assert sorted(arrived(server).values()) == [1, 2]
        assert (made.states(), made.outcomes()) == ([State.SENT] * 2, ["sent"] * 2)
