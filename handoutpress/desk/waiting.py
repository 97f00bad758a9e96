"""What the page of the outbox shows: its messages in groups, first those that need somebody."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.delivery import outbox
from handoutpress.delivery.deciding import POSSIBLE
from handoutpress.delivery.outbox import State
from handoutpress.delivery.records import by_message
from handoutpress.desk.telling import Teller, kind_of_message
from handoutpress.errors import ProblemsFound
from handoutpress.reading.addresses import masked
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message
    from handoutpress.delivery.records import Record
    from handoutpress.desk.app import Desk
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.plain import Told
    from handoutpress.desk.telling import Kind, Named

MOST_SHOWN = 100
"""Of each group: a batch can leave thousands."""
GROUPS = {
    "needs": (State.UNKNOWN, State.FAILED),
    "waits": (State.WAITING, State.STAGED),
    "going": (State.SENDING, State.HANDING_OVER),
    "gone": (State.SENT, State.CANCELLED),
}
ACTIONS = {"arrived": State.SENT, "again": State.WAITING, "cancel": State.CANCELLED}
"""What a person may decide about a message, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message as the page shows it."""

    number: int
    state: str
    kind: Kind
    created: str
    when: str
    address: str = field(repr=False)
    """Masked, or in full where that was asked for; "" once it is purged."""
    in_full: bool
    titles: Sequence[Named]
    reference: str
    why: Told | None
    tries: int
    next_try: str
    protected: bool
    actions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Messages under one heading."""

    name: str
    count: int
    """Of all of them; ``rows`` has the newest."""
    rows: Sequence[Row]


@dataclass(frozen=True)
class View:
    """The outbox as it stands."""

    every: bool
    """Also what went or was cancelled."""
    counts: dict[str, int]
    """Of each group."""
    groups: Sequence[Group]
    to_send: int
    """How many messages a person may send now."""
    can_send: bool
    """Whether the clinic names a mail server, as far as its file can be read."""
    stopped: Told | None
    """Why nothing is sent."""


def look(desk: Desk, visit: Visit, ledger: Ledger, *, every: bool, full: int | None = None) -> View:
    """Return the outbox as it stands, with the ``full`` address of one message."""
    try:
        facts = read_clinic(desk.places).facts
    except ProblemsFound:
        facts = None  # the sender says what is wrong with it
    teller = Teller(desk.places, visit.language, facts)
    by_state = outbox.counts(ledger)
    counts = {name: sum(by_state.get(state, 0) for state in states) for name, states in GROUPS.items()}
    groups = []
    for name, states in GROUPS.items():
        if name == "gone" and not every:
            continue
        messages = _newest(ledger, states, full)
        numbers = [message.id for message in messages]
        records, purged = by_message(ledger, numbers), _purged(ledger, numbers)
        rows = [_row(visit, teller, one, records.get(one.id, []), purged, full) for one in messages]
        groups.append(Group(name, counts[name], rows))
    to_send = by_state.get(State.WAITING, 0)
    stopped = visit.told(desk.sender.stopped) if desk.sender.stopped else None
    can_send = facts is None or (facts.mail is not None and facts.mail.host is not None)
    return View(every, counts, groups, to_send, can_send, stopped)


def _newest(ledger: Ledger, states: Sequence[State], wanted: int | None) -> list[Message]:
    """Return the newest messages in some states, in the order of the states, and the one that is wanted."""
    rows = ledger.rows(
        "SELECT m.id FROM json_each(?) AS s JOIN messages AS m ON m.state = s.value"
        " ORDER BY m.id = ? DESC, s.key, m.id DESC LIMIT ?",
        (json.dumps(states), wanted, MOST_SHOWN),
    )
    return [outbox.get(ledger, number) for (number,) in rows]


def _purged(ledger: Ledger, numbers: Sequence[int]) -> set[int]:
    """Return which messages cannot be sent again: their content is deleted."""
    query = "SELECT id FROM messages WHERE content IS NULL AND id IN (SELECT value FROM json_each(?))"
    return {number for (number,) in ledger.rows(query, [json.dumps(numbers)])}


def _row(
    visit: Visit,
    teller: Teller,
    message: Message,
    records: Sequence[Record],
    purged: set[int],
    full: int | None,
) -> Row:
    waits = message.state is State.WAITING
    in_full = message.id == full
    return Row(
        message.id,
        message.state.value.replace(" ", "_"),
        kind_of_message(message.state),
        message.created,
        teller.moment(message.created),
        message.recipient if in_full or not message.recipient else masked(message.recipient),
        in_full,
        teller.titles(records),
        next((record.reference for record in records if record.reference), ""),
        visit.told(message.reason) if message.reason and message.state is not State.SENT else None,
        message.tries if waits else 0,
        teller.seconds(message.next_try) if waits and message.next_try > time.time() else "",
        message.protected,
        _actions(message.state, is_purged=message.id in purged),
    )


def _actions(state: State, *, is_purged: bool) -> list[str]:
    found = [name for name, wanted in ACTIONS.items() if state in POSSIBLE[wanted]]
    return [name for name in found if name != "again" or not is_purged]
