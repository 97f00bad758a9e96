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
import json
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from handoutpress.delivery.ledger import now
from handoutpress.delivery.records import begin
from handoutpress.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
FEWEST_TRIES = len(PAUSES)
"""But never before so many tries: the server may have been away for a long weekend."""
INTERRUPTED = "it was broken off before the server had it"
NOBODY_KNOWS = "it was broken off while the server was taking it"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message with everything that sending it needs."""

    message_id: str
    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    good_until: str
    """The last day on which its sheets may be given to anybody."""
    needs_utf8: bool = False
    protected: bool = False
    """Whether a password is on its files."""


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
    good_until: str
    tries: int
    next_try: float
    """Seconds since 1970."""
    reason: str
    needs_utf8: bool
    protected: bool

    @property
    def is_open(self) -> bool:
        """Whether it may still go out, or may just be on its way."""
        return self.state in (State.STAGED, State.WAITING, State.SENDING, State.HANDING_OVER, State.UNKNOWN)


_FIELDS = "id created changed state sender recipient good_until tries next_try reason needs_utf8 protected"
_COLUMNS = ", ".join(_FIELDS.split())


def _message(row: Sequence[Any]) -> Message:
    values = dict(zip(_FIELDS.split(), row, strict=True))
    truths = {name: bool(values[name]) for name in ("needs_utf8", "protected")}
    return Message(**{**values, **truths, "state": State(values["state"])})


def put(
    ledger: Ledger,
    new: NewMessage,
    sheets: Sequence[SheetText],
    delivery: Delivery,
    *,
    twin: bytes | None = None,
    staged: bool = False,
    hold: float = 0.0,
) -> int:
    """Put a message into the outbox, and its sheets into the records, in one step; return its number.

    ``twin`` is a mark by which ``twins`` finds messages that say the same to the same patient. A ``staged``
    message is not sent before ``release``, and none is due before it was held for ``hold`` seconds.
    """
    state, moment = State.STAGED if staged else State.WAITING, now()
    values = {
        "message_id": new.message_id,
        "created": moment,
        "changed": moment,
        "state": state,
        "urgent": not staged,
        "sender": new.sender,
        "recipient": new.recipient,
        "needs_utf8": new.needs_utf8,
        "protected": new.protected,
        "good_until": new.good_until,
        "content": new.content,
        "next_try": time.time() + hold if hold else 0.0,
        "twin": twin,
    }
    marks = ", ".join("?" * len(values))
    with ledger.change():
        statement = f"INSERT INTO messages ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 (our words)
        number = ledger.insert(statement, tuple(values.values()))
        begin(ledger, sheets, delivery, state, number)
    return number


def twins(ledger: Ledger, twin: bytes) -> list[Message]:
    """Return the messages with this mark, the oldest first."""
    rows = ledger.rows(f"SELECT {_COLUMNS} FROM messages WHERE twin = ? ORDER BY id", [twin])  # noqa: S608
    return [_message(row) for row in rows]


_STAGED = "SELECT id FROM messages WHERE state = 'staged'"


def release(ledger: Ledger) -> int:
    """Let what is staged wait to be sent; return how many messages that are."""
    with ledger.change():
        ledger.run(f"UPDATE records SET outcome = ? WHERE message IN ({_STAGED})", [State.WAITING])  # noqa: S608
        statement = "UPDATE messages SET state = ?, created = ?, changed = ? WHERE state = ?"
        return ledger.run(statement, (State.WAITING, now(), now(), State.STAGED))


def discard(ledger: Ledger, before: str = "9") -> None:
    """Take what was staged, before a moment, out again, with its records: it was never released."""
    with ledger.change():
        ledger.run(f"DELETE FROM records WHERE message IN ({_STAGED} AND created < ?)", [before])  # noqa: S608
        count = ledger.run("DELETE FROM messages WHERE state = ? AND created < ?", (State.STAGED, before))
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
    if age.total_seconds() > GIVE_UP and message.tries >= FEWEST_TRIES:
        state, reason, next_try = State.FAILED, f"given up after {age.days} days: {reason}", 0.0
    else:
        state = State.WAITING
        next_try = time.time() + PAUSES[min(message.tries, len(PAUSES) - 1)]
    settle(ledger, message.id, state, reason, next_try)
    return state


def put_back(ledger: Ledger, message: Message, reason: str) -> State:
    """Let a message wait as it did: what hindered it was the server, which will be tried by itself."""
    ledger.run("UPDATE messages SET tries = ? WHERE id = ?", (message.tries, message.id))
    settle(ledger, message.id, State.WAITING, reason, message.next_try)
    return State.WAITING


def explain(ledger: Ledger, number: int, reason: str) -> None:
    """Note why a message waits, if it still does."""
    statement = "UPDATE messages SET reason = ? WHERE id = ? AND state = ?"
    ledger.run(statement, (reason, number, State.WAITING))


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


def messages(ledger: Ledger, *states: State) -> list[Message]:
    """Return the messages in some states, or all, the oldest first."""
    marks = ", ".join("?" * len(states))
    where = f"WHERE state IN ({marks})" if states else ""
    query = f"SELECT {_COLUMNS} FROM messages {where} ORDER BY id"  # noqa: S608 (our own words)
    return [_message(row) for row in ledger.rows(query, states)]


def counts(ledger: Ledger, numbers: Iterable[int] | None = None) -> dict[State, int]:
    """Return how many messages, or of some of them, stand how."""
    query, values = "SELECT state, count(*) FROM messages", []
    if numbers is not None:
        query += " WHERE id IN (SELECT value FROM json_each(?))"
        values = [json.dumps(list(numbers))]
    return {State(state): count for state, count in ledger.rows(f"{query} GROUP BY state", values)}


LISTED = "`outbox` lists the messages"


def get(ledger: Ledger, number: int) -> Message:
    """Return one message; raises ``ProblemsFound`` for a number that is not there."""
    found = ledger.rows(f"SELECT {_COLUMNS} FROM messages WHERE id = ?", [number])  # noqa: S608
    if not found:
        raise ProblemsFound([Problem(f"there is no message {number}", hint=LISTED)])
    return _message(found[0])
