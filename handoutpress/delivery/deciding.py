"""What a person decides about messages: once more, not at all, or that one has arrived."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import now
from handoutpress.delivery.outbox import LISTED, State, get
from handoutpress.delivery.records import hash_range
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message


def with_text(ledger: Ledger, text_hash: str) -> list[int]:
    """Return the numbers of waiting messages with a sheet whose text has this hash, or begins with it.

    Raises ``ProblemsFound`` for what is no hash.
    """
    digits = hash_range(text_hash)
    return [
        number
        for (number,) in ledger.rows(
            "SELECT DISTINCT m.id FROM messages AS m JOIN records AS r ON r.message = m.id"
            " WHERE m.state = ? AND r.text_hash BETWEEN ? AND ?",
            (State.WAITING, *digits),
        )
    ]


POSSIBLE = {
    State.WAITING: (State.FAILED, State.UNKNOWN, State.WAITING, State.CANCELLED),
    State.CANCELLED: (State.STAGED, State.WAITING, State.FAILED, State.UNKNOWN),
    State.SENT: (State.UNKNOWN,),
}
"""What a person may decide, and of messages that stand how."""


def decide(
    ledger: Ledger,
    numbers: Sequence[int],
    state: State,
    *,
    only: Collection[State] = tuple(State),
    hold: float = 0.0,
) -> None:
    """Do as a person says: send messages again (``WAITING``), or not at all (``CANCELLED``), or they arrived.

    ``only`` those that stand so; what is sent again is not due before it was held for ``hold`` seconds.
    Raises ``ProblemsFound`` with all of them for which that cannot be, and then changes none.
    """
    problems: list[Problem] = []
    with ledger.change():
        for number in dict.fromkeys(numbers):
            try:
                _decide(ledger, get(ledger, number), state, only, hold)
            except ProblemsFound as found:
                problems.extend(found.problems)
        if problems:
            raise ProblemsFound(problems)


def _decide(ledger: Ledger, message: Message, state: State, only: Collection[State], hold: float) -> None:
    number = message.id
    if message.state not in POSSIBLE[state] or message.state not in only:
        said = f"message {number} is {message.state}: that cannot be changed"
        raise ProblemsFound([Problem(said, hint=LISTED)])
    if state is State.WAITING and not _has_content(ledger, number):
        said = f"message {number} has been purged: nothing is left to send"
        raise ProblemsFound([Problem(said, hint="make it anew with `email`")])
    # A message that is sent again is a new start: it has its days before it is given up.
    created = now() if state is State.WAITING else message.created
    next_try = time.time() + hold if hold else 0.0
    ledger.run(
        "UPDATE messages SET state = ?, changed = ?, created = ?, next_try = ?, tries = 0 WHERE id = ?",
        (state, now(), created, next_try, number),
    )
    ledger.run("UPDATE records SET outcome = ? WHERE message = ?", (state, number))


def _has_content(ledger: Ledger, number: int) -> bool:
    return bool(ledger.rows("SELECT 1 FROM messages WHERE id = ? AND content IS NOT NULL", [number]))
