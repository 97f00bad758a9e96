"""Sending what waits: no faster than the clinic says, by one process at a time, stopped and gone on with."""

from __future__ import annotations

import itertools
import signal
import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.outbox import State
from handoutpress.dispatch.sending import send_now
from tests.outboxes import AFTERCARE, PASSWORD, Office, arrived, ended, message_id, office, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.dispatch.sending import Sent
    from tests.conftest import Ran
    from tests.mailservers import MailServer

    Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


def _clocked(server: MailServer) -> list[float]:
    """Return a list that gets the moment at which each message is taken."""
    moments: list[float] = []
    server.keep = lambda _: moments.append(time.monotonic())
    return moments


def _order(server: MailServer) -> list[str]:
    """Return the addresses in the order in which their messages came."""
    return [received.rcpt_tos[0] for received in server.received]


# How fast.


def test_no_faster_than_the_clinic_says_over_two_runs(clinic: Path) -> None:
    pause = 0.2
    with office(clinic, per_minute=int(60 / pause)) as (made, server):
        moments, began = _clocked(server), time.monotonic()
        made.put(4)
        assert ended(made.start("outbox", "send"))[0] == 0
        made.put(3)
        assert made.send().counts == {State.SENT: 3}
    assert len(moments) == 7
    # Nothing that a busy computer does can make one of them early.
    assert all(moment - began >= number * pause for number, moment in enumerate(moments))


def test_a_run_waits_for_what_another_one_sent_just_before(clinic: Path) -> None:
    with office(clinic, per_minute=40) as (made, server):
        made.put()
        made.send()
        moments = _clocked(server)
        with made.ledger() as ledger:
            last = ledger.fact("last sent")
        made.put()
        made.send()
        wall = time.time() - time.monotonic() + moments[0]
        assert wall - last >= 60 / 40 - 0.01


def test_messages_are_apart_at_the_server_too(clinic: Path) -> None:
    """A slow first message, as the connection has to be made for it, must not bring the second nearer."""
    pause = 1.0
    with office(clinic, per_minute=int(60 / pause)) as (made, server):
        moments: list[float] = []
        server.behave("slow", 0.2)

        def keep(_: object) -> None:
            moments.append(time.monotonic())
            server.behave("accept")

        server.keep = keep
        made.put(3)
        assert made.send().counts == {State.SENT: 3}
    apart = [after - before for before, after in itertools.pairwise(moments)]
    assert min(apart) >= pause * 0.9, apart


def test_a_clock_that_was_put_back_stops_nobody_for_long(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    with office(clinic, per_minute=60) as (made, server):
        made.put(1)
        with made.ledger() as ledger:
            ledger.set_fact("last sent", time.time() + 86400)
        monkeypatch.setattr(time, "sleep", slept.append)
        assert made.send().counts == {State.SENT: 1}
        assert len(server.received) == 1
    assert slept == [60.0]


# In which order.


def test_a_single_email_goes_before_a_waiting_batch(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(5, staged=True)
        with made.ledger() as ledger:
            assert outbox.release(ledger) == 5
        made.put(1)
        assert made.send().counts == {State.SENT: 6}
        names = [f"patient-{number:05}@example.com" for number in (5, 0, 1, 2, 3, 4)]
        assert _order(server) == names


def test_what_is_staged_is_not_sent_and_goes_with_its_release(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(2, staged=True)
        assert made.send().counts == {}
        assert (server.connections, made.states()) == (0, [State.STAGED] * 2)
        with made.ledger() as ledger:
            outbox.release(ledger)
        assert made.outcomes() == ["waiting"] * 2
        assert made.send().counts == {State.SENT: 2}


def test_an_email_overtakes_a_batch_that_is_being_sent(clinic: Path, run: Run) -> None:
    with office(clinic, per_minute=60) as (made, server):
        made.put(30, staged=True)
        with made.ledger() as ledger:
            outbox.release(ledger)
        batch = made.start("outbox", "send")
        wait_until(lambda: server.received, batch)
        ran = run("email", AFTERCARE, "--clinic", clinic, "--to", "pat.doe@example.com", "--yes")
        assert (ran.status, ran.out) == (0, "Sent: the mail server has message 31.\n")
        assert "pat.doe@example.com" in _order(server)
        assert batch.poll() is None, "the batch went on meanwhile"
        assert len(server.received) < 30
        batch.send_signal(signal.SIGINT)
        assert ended(batch)[0] == 130
        assert set(arrived(server).values()) == {1}


# By several at once.


def test_two_processes_send_each_message_once(clinic: Path) -> None:
    with office(clinic, per_minute=1200) as (made, server):  # so that neither is done before the other begins
        made.put(40)
        both = [made.start("outbox", "send") for _ in range(2)]
        (first, second) = (ended(started) for started in both)
        assert sorted(arrived(server).values()) == [1] * 40
        assert made.states() == [State.SENT] * 40
        (idle, sender) = sorted((first, second), key=lambda one: one[1])
        assert idle[:2] == (1, "")
        assert idle[2].startswith("Another process is sending. Try again when it has ended.\n")
        assert sender[0] == 0
        assert sender[2].startswith("40 sent.\n")


def test_what_comes_while_another_sends_is_taken_along(clinic: Path) -> None:
    with office(clinic, per_minute=120) as (made, server):
        made.put(4)
        started = made.start("outbox", "send")
        wait_until(lambda: server.received, started)
        made.put(2)
        assert made.send().busy
        assert ended(started)[0] == 0
        assert sorted(arrived(server).values()) == [1] * 6


def test_a_message_cancelled_before_its_turn_is_not_sent(clinic: Path, run: Run) -> None:
    with office(clinic, per_minute=60) as (made, server):
        made.put(3)
        started = made.start("outbox", "send")
        wait_until(lambda: server.received, started)
        with made.ledger() as ledger:
            decide(ledger, [2], State.CANCELLED)
        assert ended(started)[0] == 0
        assert made.states() == [State.SENT, State.CANCELLED, State.SENT]
        assert len(server.received) == 2


def test_why_an_email_waits_is_noted_only_while_it_waits(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sends all that waits at the moment at which ``email`` finds that its own try was put off."""
    get = outbox.get
    with office(clinic) as (made, server):
        made.put()
        server.reply(AUTH="535 5.7.8 no")
        assert made.send().needs_person
        server.behave("accept")
        (number,) = made.put()
        others: list[Sent] = []

        def get_and_be_overtaken(ledger: Ledger, number: int) -> outbox.Message:
            message = get(ledger, number)
            if not others:
                others.append(made.send())
            return message

        monkeypatch.setattr(outbox, "get", get_and_be_overtaken)
        with made.ledger() as ledger:
            send_now(ledger, made.mail, made.clinic, number)
        assert others[0].counts == {State.SENT: 2}
        made.send()
        assert sorted(arrived(server).values()) == [1, 1]
        assert made.states() == [State.SENT] * 2


# Ctrl-C.


def _interrupted(made: Office, server: MailServer, when: Callable[[], object]) -> None:
    """Press Ctrl-C in the middle of sending."""
    started = made.start("outbox", "send")
    wait_until(when, started)
    began = time.monotonic()
    started.send_signal(signal.SIGINT)
    status, _, err = ended(started)
    assert (status, "Traceback" in err) == (130, False)
    assert err.endswith("Stopped.\n")
    assert time.monotonic() - began < 10, "it waited for the server all the same"
    server.behave("accept")


def test_ctrl_c_before_the_end_of_a_message_waits(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put(3)
        server.behave("slow", 60)
        _interrupted(made, server, lambda: server.connections)
        assert made.states() == [State.WAITING] * 3
        assert run("outbox", "--clinic", clinic, "send").status == 0
        assert sorted(arrived(server).values()) == [1, 1, 1]


def test_ctrl_c_after_the_end_of_a_message_leaves_it_to_a_person(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put(3)
        server.behave("slow-after-data", 60)
        _interrupted(made, server, lambda: server.received)
        assert made.states() == [State.UNKNOWN, State.WAITING, State.WAITING]
        assert made.outcomes() == ["unknown", "waiting", "waiting"]
        assert "the server was taking it" in run("outbox", "--clinic", clinic).out
        assert "2 sent." in run("outbox", "--clinic", clinic, "send").err
        assert sorted(arrived(server).values()) == [1, 1, 1]
        assert made.states() == [State.UNKNOWN, State.SENT, State.SENT]
        assert run("outbox", "--clinic", clinic, "arrived", 1).status == 0


def test_each_message_arrives_as_it_was_put(clinic: Path) -> None:
    with office(clinic) as (made, server):
        made.put(10)
        with made.ledger() as ledger:
            put = {bytes(content) for (content,) in ledger.rows("SELECT content FROM messages")}
        made.send()
        assert {received.content for received in server.received} == put
        assert {message_id(content) for content in put} == set(made.message_ids())
