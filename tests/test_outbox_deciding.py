"""What a person may decide about a message, and what not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import decide
from handoutpress.delivery.outbox import State
from handoutpress.errors import ProblemsFound
from tests.outboxes import PASSWORD, Office, arrived, office, put_one

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


def test_what_is_cancelled_is_not_sent_and_may_be_sent_again(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, server):
        made.put(2)
        assert run("outbox", "--clinic", clinic, "cancel", 1).out == "Message 1 is cancelled.\n"
        assert made.send().counts == {State.SENT: 1}
        assert (made.states(), made.outcomes()) == ([State.CANCELLED, State.SENT], ["cancelled", "sent"])
        assert run("outbox", "--clinic", clinic, "again", 1, 1).status == 0
        assert made.send().counts == {State.SENT: 1}
        assert sorted(arrived(server).values()) == [1, 1]


ALLOWED = {
    (State.WAITING, State.WAITING), (State.FAILED, State.WAITING), (State.UNKNOWN, State.WAITING),
    (State.CANCELLED, State.WAITING), (State.WAITING, State.CANCELLED), (State.FAILED, State.CANCELLED),
    (State.UNKNOWN, State.CANCELLED), (State.STAGED, State.CANCELLED), (State.UNKNOWN, State.SENT),
}  # fmt: skip


@pytest.mark.parametrize("wanted", [State.WAITING, State.CANCELLED, State.SENT])
@pytest.mark.parametrize("state", list(State))
def test_transitions_a_person_may_make(clinic: Path, state: State, wanted: State) -> None:
    made = Office(clinic)
    made.put(2)
    made.force(1, state=state)
    made.force(2, state=State.UNKNOWN)
    before = made.get(1), made.get(2), made.outcomes()
    with made.ledger() as ledger:
        if (state, wanted) in ALLOWED:
            decide(ledger, [2, 1], wanted)
        else:
            with pytest.raises(ProblemsFound, match=f"message 1 is {state}: that cannot be changed"):
                decide(ledger, [2, 1], wanted)
    if (state, wanted) in ALLOWED:
        assert (made.states(), made.outcomes()) == ([wanted] * 2, [wanted] * 2)
    else:
        assert (made.get(1), made.get(2), made.outcomes()) == before, "all of them or none"


def test_only_what_stands_as_it_was_seen(clinic: Path) -> None:
    made = Office(clinic)
    made.put(2)
    made.force(2, state=State.UNKNOWN)
    with made.ledger() as ledger:
        with pytest.raises(ProblemsFound, match="message 2 is unknown: that cannot be changed"):
            decide(ledger, [1, 2], State.CANCELLED, only=(State.WAITING,))
        assert made.states() == [State.WAITING, State.UNKNOWN]
        decide(ledger, [1], State.CANCELLED, only=(State.WAITING,))
    assert made.states() == [State.CANCELLED, State.UNKNOWN]


def test_what_is_sent_again_may_be_held(clinic: Path) -> None:
    made = Office(clinic)
    made.put(2)
    with made.ledger() as ledger:
        decide(ledger, [1], State.CANCELLED)
        decide(ledger, [1, 2], State.WAITING, hold=60.0)
        assert 50 < made.get(1).next_try - time.time() <= 60
        assert outbox.next_due(ledger) is None
        decide(ledger, [2], State.WAITING)
        due = outbox.next_due(ledger)
    assert due
    assert due.id == 2


def test_messages_that_are_not_there(clinic: Path, run: Run) -> None:
    with office(clinic) as (made, _):
        made.put()
        for verb in ("again", "arrived", "cancel", "show"):
            ran = run("outbox", "--clinic", clinic, verb, 7)
            assert (ran.status, ran.out) == (1, "")
            assert "there is no message 7\n    `outbox` lists the messages" in ran.err
        assert made.states() == [State.WAITING]


def test_messages_that_say_the_same_are_found(clinic: Path) -> None:
    with Office(clinic).ledger() as ledger:
        numbers = [put_one(ledger, number, twin=twin) for number, twin in enumerate((b"a", b"b", b"a", None))]
        assert [message.id for message in outbox.twins(ledger, b"a")] == [numbers[0], numbers[2]]
        assert outbox.twins(ledger, b"c") == []
