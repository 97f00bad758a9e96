"""The outbox: each message is on disk with everything it needs before the first try, and stays until it went.

    staged ─> waiting ─> sending ─> handing over ─> sent
                 ^          │            ├────────> failed
                 └──────────┴────────────┤
                 └ ─ a person decides ─ unknown

A message is claimed (``sending``) by the one process that holds the lock, and ``handing over`` stands on disk
before its last line is sent. So whoever holds the lock next knows of each message left behind: one that was
``sending`` never reached the server in full and waits again; one that was ``handing over`` may have, and only
a person can know. Nothing is sent twice without somebody having said so.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from handoutpress.delivery.ledger import now
from handoutpress.delivery.records import begin
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.records import Delivery
    from handoutpress.wish import SheetText


class State(StrEnum):
    """Where a message stands."""

    STAGED = "staged"
    """Part of a batch whose rows are still being checked: not urgent, and not to be sent yet."""
    WAITING = "waiting"
    SENDING = "sending"
    HANDING_OVER = "handing over"
    SENT = "sent"
    """The server has accepted it. Nobody knows whether it was read."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The server may have it or not: a person has to decide."""
    CANCELLED = "cancelled"


PAUSES = (60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
"""Seconds to the next try, growing; the last one repeats."""
GIVE_UP = 4 * 86400.0
"""Seconds after which a message is not tried any more (RFC 5321, 4.5.4.1: at least four to five days)."""
INTERRUPTED = "the computer stopped before the server had it"
NOBODY_KNOWS = "the computer stopped while the server was taking it"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message with everything that sending it needs."""

    message_id: str
    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    needs_utf8: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands in the outbox."""

    id: int
    created: str
    changed: str
    state: State
    sender: str
    recipient: str = field(repr=False)
    """Empty once it is purged."""
    needs_utf8: bool
    tries: int
    next_try: float
    """Seconds since 1970."""
    reason: str


_COLUMNS = "id, created, changed, state, sender, recipient, needs_utf8, tries, next_try, reason"


def _message(row: Sequence[Any]) -> Message:
    number, created, changed, state, sender, recipient, needs_utf8, *rest = row
    return Message(number, created, changed, State(state), sender, recipient, bool(needs_utf8), *rest)


def put(
    ledger: Ledger,
    new: NewMessage,
    sheets: Sequence[SheetText],
    delivery: Delivery,
    *,
    once: bytes | None = None,
    staged: bool = False,
) -> int | None:
    """Put a message into the outbox, and its sheets into the records, in one step; return its number.

    ``once`` is a key that only one message ever has: where one is there already, None is returned and nothing
    is put. A ``staged`` message is not sent before ``release``.
    """
    state, moment = State.STAGED if staged else State.WAITING, now()
    columns = "message_id, created, changed, state, urgent, sender, recipient, needs_utf8, content, once"
    values = (
        new.message_id,
        moment,
        moment,
        state,
        not staged,
        new.sender,
        new.recipient,
        new.needs_utf8,
        new.content,
        once,
    )
    try:
        with ledger.change():
            statement = f"INSERT INTO messages ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            number = ledger.insert(statement, values)
            begin(ledger, sheets, delivery, state, number)
    except sqlite3.IntegrityError:
        return None
    return number


def known(ledger: Ledger, once: bytes) -> Message | None:
    """Return the message that has this key."""
    found = ledger.rows(f"SELECT {_COLUMNS} FROM messages WHERE once = ?", [once])  # noqa: S608
    return _message(found[0]) if found else None


_STAGED = "SELECT id FROM messages WHERE state = 'staged'"


def release(ledger: Ledger) -> int:
    """Let what is staged wait to be sent; return how many messages that are."""
    with ledger.change():
        ledger.run(f"UPDATE records SET outcome = ? WHERE message IN ({_STAGED})", [State.WAITING])  # noqa: S608
        statement = "UPDATE messages SET state = ?, created = ?, changed = ? WHERE state = ?"
        return ledger.run(statement, (State.WAITING, now(), now(), State.STAGED))


def discard(ledger: Ledger) -> None:
    """Take what is staged out again, with its records: it was never released."""
    with ledger.change():
        ledger.run(f"DELETE FROM records WHERE message IN ({_STAGED})")  # noqa: S608 (our own words)
        count = ledger.run("DELETE FROM messages WHERE state = ?", [State.STAGED])
    if count:
        ledger.forget()


def hurry(ledger: Ledger, only: int | None = None) -> None:
    """Make all that waits, or one message, due now."""
    statement = "UPDATE messages SET next_try = 0 WHERE state = ? AND id = coalesce(?, id)"
    ledger.run(statement, (State.WAITING, only))


def next_due(ledger: Ledger, only: int | None = None) -> Message | None:
    """Return the message to send next, or None where nothing is to be tried yet."""
    query = (
        f"SELECT {_COLUMNS} FROM messages WHERE state = ? AND next_try <= ? AND id = coalesce(?, id)"  # noqa: S608
        " ORDER BY urgent DESC, next_try, id LIMIT 1"
    )
    found = ledger.rows(query, (State.WAITING, time.time(), only))
    return _message(found[0]) if found else None


def claim(ledger: Ledger, message: Message) -> bytes | None:
    """Take a waiting message to send it; return its content, or None where it does not wait any more."""
    with ledger.change():
        statement = "UPDATE messages SET state = ?, tries = tries + 1, changed = ? WHERE id = ? AND state = ?"
        if not ledger.run(statement, (State.SENDING, now(), message.id, State.WAITING)):
            return None
        ((content,),) = ledger.rows("SELECT content FROM messages WHERE id = ?", [message.id])
    return bytes(content)


def settle(ledger: Ledger, message_id: int, state: State, reason: str = "", next_try: float = 0.0) -> None:
    """Note where a message stands now, in the records too."""
    with ledger.change():
        ledger.run(
            "UPDATE messages SET state = ?, reason = ?, next_try = ?, changed = ? WHERE id = ?",
            (state, reason, next_try, now(), message_id),
        )
        outcome = State.WAITING if state in (State.SENDING, State.HANDING_OVER) else state
        ledger.run("UPDATE records SET outcome = ? WHERE message = ?", (outcome, message_id))


def put_off(ledger: Ledger, message: Message, reason: str) -> State:
    """Let a message wait for its next try, longer each time; after some days it has failed."""
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(message.created)
    if age.total_seconds() > GIVE_UP:
        state, reason, next_try = State.FAILED, f"given up after {age.days} days: {reason}", 0.0
    else:
        state = State.WAITING
        next_try = time.time() + PAUSES[min(message.tries, len(PAUSES) - 1)]
    settle(ledger, message.id, state, reason, next_try)
    return state


def recover(ledger: Ledger) -> int:
    """Sort out what a process that ended on the way has left; return of how many nobody knows.

    Only for the process that holds the lock.
    """
    for message in messages(ledger, State.SENDING):
        settle(ledger, message.id, State.WAITING, INTERRUPTED)
    lost = messages(ledger, State.HANDING_OVER)
    for message in lost:
        settle(ledger, message.id, State.UNKNOWN, NOBODY_KNOWS)
    return len(lost)


def purge(ledger: Ledger, days: int) -> int:
    """Take content and address from messages that ended more than some days ago; the records stay."""
    oldest = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    count = ledger.run(
        "UPDATE messages SET content = NULL, recipient = '' WHERE content IS NOT NULL AND changed < ?"
        " AND state IN (?, ?, ?, ?)",
        (oldest, State.SENT, State.FAILED, State.UNKNOWN, State.CANCELLED),
    )
    if count:
        ledger.forget()
    return count


def messages(ledger: Ledger, *states: State) -> list[Message]:
    """Return the messages in some states, or all, the oldest first."""
    marks = ", ".join("?" * len(states))
    where = f"WHERE state IN ({marks})" if states else ""
    query = f"SELECT {_COLUMNS} FROM messages {where} ORDER BY id"  # noqa: S608 (our own words)
    return [_message(row) for row in ledger.rows(query, states)]


def get(ledger: Ledger, number: int) -> Message:
    """Return one message; raises ``ProblemsFound`` for a number that is not there."""
    found = ledger.rows(f"SELECT {_COLUMNS} FROM messages WHERE id = ?", [number])  # noqa: S608
    if not found:
        raise ProblemsFound([Problem(f"there is no message {number}", hint=_LISTED)])
    return _message(found[0])


def decide(ledger: Ledger, numbers: Sequence[int], state: State) -> None:
    """Do as a person says: send messages again (``WAITING``), or not at all (``CANCELLED``), or they arrived.

    Raises ``ProblemsFound`` with all of them for which that cannot be, and then changes none.
    """
    problems: list[Problem] = []
    with ledger.change():
        for number in dict.fromkeys(numbers):
            try:
                _decide(ledger, get(ledger, number), state)
            except ProblemsFound as found:
                problems.extend(found.problems)
        if problems:
            raise ProblemsFound(problems)


_POSSIBLE = {
    State.WAITING: (State.FAILED, State.UNKNOWN, State.WAITING, State.CANCELLED),
    State.CANCELLED: (State.WAITING, State.FAILED, State.UNKNOWN),
    State.SENT: (State.UNKNOWN,),
}
_LISTED = "`outbox` lists the messages"


def _decide(ledger: Ledger, message: Message, state: State) -> None:
    number = message.id
    if message.state not in _POSSIBLE[state]:
        said = f"message {number} is {message.state}: that cannot be changed"
        raise ProblemsFound([Problem(said, hint=_LISTED)])
    if state is State.WAITING and not message.recipient:
        said = f"message {number} has been purged: nothing is left to send"
        raise ProblemsFound([Problem(said, hint="make it anew with `email`")])
    # A message that is sent again is a new start: it has its days before it is given up.
    created = now() if state is State.WAITING else message.created
    ledger.run(
        "UPDATE messages SET state = ?, changed = ?, created = ?, next_try = 0, tries = 0 WHERE id = ?",
        (state, now(), created, number),
    )
    ledger.run("UPDATE records SET outcome = ? WHERE message = ?", (state, number))
