"""``batch --email``: a message for each row, all of them checked and made before any is sent.

Each is staged in the outbox as it is made, and released with the others when the last row was read. A run
that was stopped before has released nothing; one that was stopped after finds its messages by their marks and
puts none there twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.batch.masters import Masters, asked_by
from handoutpress.delivery import outbox
from handoutpress.delivery.outbox import State
from handoutpress.dispatch.emailing import (
    check_preference,
    has_texts,
    queue_message,
    read_post,
    try_message,
    twin_mark,
    write_message,
)
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.addresses import read_address
from handoutpress.reading.patient import WrongText
from handoutpress.reading.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message
    from handoutpress.dispatch.emailing import Post
    from handoutpress.places import Places
    from handoutpress.plates.master import Master
    from handoutpress.reading.addresses import EmailAddress
    from handoutpress.reading.rows import Row
    from handoutpress.wish import Copy, Wish


@dataclass(frozen=True)
class MailOrder:
    """What a batch of messages is made of."""

    handout: str | None
    """The sheet, where a row names none."""
    wish: Wish
    """How copies are asked for, where a row says nothing else."""
    table: Path
    send_changed: bool = False
    """Whether patients who got an older text of a sheet get the new one as well."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of one row."""

    line: int
    problems: tuple[str, ...] = ()
    """Why there is no message."""
    message: int | None = None
    """The number of its message in the outbox."""
    before: State | None = None
    """How that stands, where an earlier run has put it there."""


class MailBatch:
    """One run of a batch of messages; the caller holds the lock that lets one batch stage at a time."""

    def __init__(self, order: MailOrder, places: Places, ledger: Ledger) -> None:
        self.order, self.places, self.ledger = order, places, ledger
        self.masters = Masters(places)
        self.posts: dict[str, Post | int] = {}
        """How the clinic writes in each language, or the line that was told why it cannot."""
        self.asked: dict[bytes, int] = {}
        """The line that asked for each message."""

    def stage(self, rows: Iterable[Row | BadRow]) -> Iterator[Staged]:
        """Make the message of each row and stage it; yield what became of each."""
        outbox.discard(self.ledger)  # left by a run that was stopped
        for row in rows:
            if isinstance(row, BadRow):
                yield Staged(row.line, tuple(map(str, row.problems)))
                continue
            try:
                yield self._stage(row)
            except ProblemsFound as found:
                where = f"{self.order.table}:{row.line}"
                yield Staged(row.line, tuple(f"{where}: {problem}" for problem in found.problems))

    def _stage(self, row: Row) -> Staged:
        """Stage one row's message, unless it is in the outbox already; raises ``ProblemsFound``."""
        problems: list[Problem] = []
        address = post = None
        handout, wish = asked_by(row, self.order.handout, self.order.wish)
        try:
            address = _address(row)
        except ProblemsFound as found:
            problems += found.problems
        try:
            master = self.masters.find(row.line, handout, wish)
            post = self._post(row.line, wish.language)
        except ProblemsFound as found:
            problems += found.problems
        if problems or not (address and post):
            raise ProblemsFound(problems)
        twin = twin_mark(self.ledger, address, [handout], wish)
        first = self.asked.setdefault(twin, row.line)
        if first != row.line:
            said = f"line {first} asks for the same message to the same address"
            raise ProblemsFound([Problem(said, hint="take one of the two out")])
        copy = self._copy(handout, wish, master)
        if earlier := self._earlier(twin, copy):
            return Staged(row.line, message=earlier.id, before=earlier.state)
        check_preference(self.ledger, post, address, row.details.reference, protected=False, in_batch=True)
        built = write_message([copy], post, address)
        number = queue_message(self.ledger, built, [copy], post, address, wish, staged=True)
        return Staged(row.line, message=number)

    def _copy(self, handout: str, wish: Wish, master: Master | str) -> Copy:
        if isinstance(master, str):
            from handoutpress.press import make_copy

            return make_copy(handout, self.places, wish)
        copy, _ = master.copy(wish.patient)
        return copy

    def _earlier(self, twin: bytes, copy: Copy) -> Message | None:
        """Return the message that brought this text before, or is about to.

        Raises ``ProblemsFound`` where another text of the sheet went to this patient, or waits to.
        """
        earlier = outbox.twins(self.ledger, twin)
        same = [message for message in earlier if has_texts(self.ledger, message, copy.sheets)]
        if same:
            return same[-1]
        waits = next((message for message in earlier if message.is_open), None)
        if waits:
            said = (
                f"message {waits.id} has an older text of this sheet for this patient, and is {waits.state}"
            )
            raise ProblemsFound([Problem(said, hint=f"`outbox cancel {waits.id}` takes it out")])
        if any(message.state is State.SENT for message in earlier) and not self.order.send_changed:
            said = f"this patient got this sheet before its text changed: message {earlier[-1].id}"
            raise ProblemsFound([Problem(said, hint="--send-changed sends the new text as well")])
        return None

    def _post(self, line: int, language: str) -> Post:
        """Return how the clinic writes in a language, read once; raises ``ProblemsFound``.

        What is wrong there is told with the first line that asks for it.
        """
        if language not in self.posts:
            try:
                try_message(self.places, language)
                self.posts[language] = read_post(self.places, language)
            except ProblemsFound as found:
                self.posts[language] = line
                raise found from None
        post = self.posts[language]
        if isinstance(post, int):
            raise ProblemsFound([Problem(f"no message can be written: line {post} says why")])
        return post


def _address(row: Row) -> EmailAddress:
    """Return a row's address; raises ``ProblemsFound``, without repeating it."""
    if not row.email:
        raise ProblemsFound([Problem("the row has no email address", hint="fill the column email")])
    try:
        return read_address(row.email)
    except WrongText as error:
        raise ProblemsFound([Problem(f'"email": {error.message}', hint=error.hint)]) from None
