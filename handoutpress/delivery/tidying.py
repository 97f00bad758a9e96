"""What the outbox does not keep: messages that went, after the days a clinic sets; the records stay."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import now
from handoutpress.delivery.outbox import State, discard

if TYPE_CHECKING:
    from handoutpress.delivery.ledger import Ledger

_STAGED_FOR = 1
"""Days after which a batch that was never released is taken out again."""


def tidy(ledger: Ledger, days: int | None = None) -> None:
    """Once a day, or with ``days`` now: purge what ended longer ago than that, and drop stale batches.

    Of a message that went or was cancelled, content and address go; of one that failed or whose fate is
    unknown only the content, as somebody may still have to reach the patient. The records stay. Days are
    remembered for the times when nobody says them.
    """
    if days is not None:
        ledger.set_fact(_KEEP, days)
    elif (ledger.fact(_TIDIED) or "") >= now()[:10] and not ledger.is_to_forget:
        return
    days = days or ledger.fact(_KEEP)
    if days:
        statement = "UPDATE messages SET content = NULL{} WHERE changed < ? AND state IN (?, ?) AND {}"
        gone, kept = (State.SENT, State.CANCELLED), (State.FAILED, State.UNKNOWN)
        without = statement.format(", recipient = ''", "recipient != ''")
        count = ledger.run(without, (_days_ago(days), *gone))
        count += ledger.run(statement.format("", "content IS NOT NULL"), (_days_ago(days), *kept))
        if count or ledger.is_to_forget:
            ledger.forget()
    discard(ledger, _days_ago(_STAGED_FOR))
    ledger.set_fact(_TIDIED, now()[:10])


_KEEP, _TIDIED = "keep days", "tidied"


def _days_ago(days: int) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
