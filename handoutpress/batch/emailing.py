"""``batch --email``: a message for each row, all of them checked and made before any is sent.

Each is staged in the outbox as it is made, and released with the others when the last row was read. A run
that was stopped before has released nothing; one that was stopped after finds its messages by their keys and
puts none there twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.batch.masters import Masters, asked_by
from handoutpress.delivery import outbox
from handoutpress.dispatch.emailing import check_preference, queue_message, read_post, write_message
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.reading.addresses import read_address
from handoutpress.reading.patient import WrongText
from handoutpress.reading.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import State
    from handoutpress.dispatch.emailing import Post
    from handoutpress.places import Places
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


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of one row."""

    line: int
    problems: tuple[str, ...] = ()
    """Why there is no message."""
    before: State | None = None
    """How the message of an earlier run stands, where this row had one."""


class MailBatch:
    """One run of a batch of messages; the caller holds the lock that lets one batch stage at a time."""

    def __init__(self, order: MailOrder, places: Places, ledger: Ledger) -> None:
        self.order, self.places, self.ledger = order, places, ledger
        self.masters = Masters(places)
        self.posts: dict[str, Post | ProblemsFound] = {}
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
                yield Staged(row.line, before=self._stage(row))
            except ProblemsFound as found:
                where = f"{self.order.table}:{row.line}"
                yield Staged(row.line, tuple(f"{where}: {problem}" for problem in found.problems))

    def _stage(self, row: Row) -> State | None:
        """Stage one row's message; return how one stands that was put there before."""
        problems: list[Problem] = []
        address = post = None
        handout, wish = asked_by(row, self.order.handout, self.order.wish)
        try:
            address = _address(row)
        except ProblemsFound as found:
            problems += found.problems
        try:
            post = self._post(wish.language)
            master = self.masters.find(row.line, handout, wish)
        except ProblemsFound as found:
            problems += found.problems
        if problems or not (address and post):
            raise ProblemsFound(problems)
        check_preference(self.ledger, post, address, row.details.reference, protected=False)
        if isinstance(master, str):
            from handoutpress.press import make_copy

            copy = make_copy(handout, self.places, wish)
            text: str = copy.text_hash
        else:
            copy, _ = master.copy(row.details)
            text = master.fingerprint
        return self._put(row, copy, post, address, wish, once=(address.spec, handout, text, row.details))

    def _put(
        self, row: Row, copy: Copy, post: Post, address: EmailAddress, wish: Wish, *, once: tuple[object, ...]
    ) -> State | None:
        key = self.ledger.mark("row", *once)
        first = self.asked.setdefault(key, row.line)
        if first != row.line:
            said = f"line {first} asks for the same message to the same address"
            raise ProblemsFound([Problem(said, hint="take one of the two out")])
        if earlier := outbox.known(self.ledger, key):
            return earlier.state
        built = write_message([copy], post, address)
        queue_message(self.ledger, built, [copy], post, address, wish, once=key, staged=True)
        return None

    def _post(self, language: str) -> Post:
        """Return how the clinic writes in a language, read once; raises ``ProblemsFound``."""
        if language not in self.posts:
            try:
                self.posts[language] = read_post(self.places, language)
            except ProblemsFound as found:
                self.posts[language] = found
        post = self.posts[language]
        if isinstance(post, ProblemsFound):
            raise post
        return post


def _address(row: Row) -> EmailAddress:
    """Return a row's address; raises ``ProblemsFound``, without repeating it."""
    if not row.email:
        raise ProblemsFound([Problem("the row has no email address", hint="fill the column email")])
    try:
        return read_address(row.email)
    except WrongText as error:
        raise ProblemsFound([Problem(f'"email": {error.message}', hint=error.hint)]) from None
