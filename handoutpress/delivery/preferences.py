"""What patients said about email: the record that a clinic shows when it is asked why it wrote in the clear.

US practice asks for it (HHS/OCR guidance on 45 CFR 164.524 and 164.522(b): a patient who was told of the risk
may prefer plain email). Addresses are kept only as a salted hash: enough to find what this one said.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from handoutpress.delivery.ledger import now

if TYPE_CHECKING:
    from handoutpress.delivery.ledger import Ledger

Accepts = Literal["plain", "protected", "none"]
"""Plain email, only email protected by a password, no email at all."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What one patient said, once."""

    accepts: Accepts
    asked_on: dt.date
    wording: str
    """The version of the words they were asked with."""
    taken_by: str
    """Who asked them."""
    reference: str | None = None
    """The patient's, if given."""


def record(ledger: Ledger, address: str, preference: Preference, wording: str, operator: str) -> None:
    """Keep what the patient with this address said, and the words they were asked with."""
    with ledger.change():
        ledger.run("INSERT OR IGNORE INTO wordings VALUES (?, ?)", (preference.wording, wording))
        ledger.run(
            "INSERT INTO preferences (at, address, reference, accepts, asked_on, wording, taken_by, operator)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now(),
                _mark(ledger, address),
                preference.reference,
                preference.accepts,
                preference.asked_on.isoformat(),
                preference.wording,
                preference.taken_by,
                operator,
            ),
        )


def standing(ledger: Ledger, address: str) -> Preference | None:
    """Return what the patient with this address said last, by the day they were asked, or None."""
    found = ledger.rows(
        "SELECT accepts, asked_on, wording, taken_by, reference FROM preferences WHERE address = ?"
        " ORDER BY asked_on DESC, id DESC LIMIT 1",
        [_mark(ledger, address)],
    )
    if not found:
        return None
    accepts, asked_on, wording, taken_by, reference = found[0]
    return Preference(accepts, dt.date.fromisoformat(asked_on), wording, taken_by, reference)


def is_for_another_address(ledger: Ledger, reference: str, address: str) -> bool:
    """Whether the patient with this reference was last asked about another address: a slip, or it changed."""
    found = ledger.rows(
        "SELECT address FROM preferences WHERE reference = ? ORDER BY asked_on DESC, id DESC LIMIT 1",
        [reference],
    )
    return bool(found) and found[0][0] != _mark(ledger, address)


def _mark(ledger: Ledger, address: str) -> bytes:
    # Capitals in an address mean nothing to any server in use.
    return ledger.mark("address", address.casefold())
