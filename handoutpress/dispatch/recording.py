"""A record around each delivery: begun before it, ended with what became of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.delivery.records import Delivery, begin, end, operator
from handoutpress.errors import HandoutError, Uncertain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.records import Channel
    from handoutpress.wish import Copy, Wish

FAILED = "failed"


@dataclass
class Ending:
    """What became of a delivery: for its record."""

    outcome: str = ""
    detail: str = ""


def delivery_of(wish: Wish, channel: Channel) -> Delivery:
    """Return what a record says of how copies of this wish are delivered, and by whom."""
    return Delivery(channel, wish.edition, wish.patient.reference, wish.by or operator())


@contextmanager
def recorded(ledger: Ledger, copies: Sequence[Copy], delivery: Delivery) -> Iterator[Ending]:
    """Record the delivery of copies, which happens inside; set ``outcome`` before it ends.

    One that is refused has failed. One of which nobody knows, because it was broken off by Ctrl-C or a crash,
    or is uncertain, stays begun. Raises ``Uncertain`` where it was delivered and the record cannot be ended.
    """
    numbers = begin(ledger, [sheet for copy in copies for sheet in copy.sheets], delivery)
    ending = Ending()
    try:
        yield ending
    except Uncertain:
        raise
    except HandoutError:
        end(ledger, numbers, FAILED)
        raise
    try:
        end(ledger, numbers, ending.outcome, ending.detail)
    except HandoutError as error:
        raise Uncertain(f"It was delivered, but its record does not say so: {error}") from None
