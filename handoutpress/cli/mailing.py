"""``batch --email``: a message for each row of a table, from its rows to the summary."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from handoutpress.batch.emailing import MailBatch
from handoutpress.cli.outboxing import tell_counts, tell_message, tell_open
from handoutpress.delivery.ledger import Ledger
from handoutpress.delivery.locking import locked
from handoutpress.delivery.outbox import counts, discard, release
from handoutpress.dispatch.emailing import read_post
from handoutpress.dispatch.sending import send_waiting, server_of
from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handoutpress.batch.emailing import MailOrder
    from handoutpress.places import Places
    from handoutpress.reading.rows import BadRow, Row

_LOCK = "staging.lock"
_MEND = "Mend the table and give the same command again, or send the others with --skip-wrong-rows."


def email_rows(order: MailOrder, places: Places, rows: Iterable[Row | BadRow], *, skip_wrong: bool) -> None:
    """Check every row, put a message each into the outbox, and send them.

    With a row that is wrong nothing is put there, unless ``skip_wrong``; ends with status 1 then, or where
    a message was not sent.
    """
    mail = read_post(places, None).mail
    server_of(mail, places.clinic)  # a password that is missing is told before anything is made
    # Staging is not waited for: what a power cut takes of it, the same command makes again.
    with Ledger.open(places.clinic, durable=False) as ledger, locked(ledger.folder / _LOCK) as ours:
        if not ours:
            raise HandoutError("another batch is being put into the outbox: wait until it ends")
        numbers, wrong = _staged(order, places, ledger, rows, skip_wrong=skip_wrong)
    with Ledger.open(places.clinic) as ledger:
        waited = False
        while (sent := send_waiting(ledger, mail, places.clinic, tell=tell_message)).busy:
            if not waited:
                click.echo("Another process is sending; this one goes on when it has ended.", err=True)
            waited = True
            time.sleep(1)
        well = tell_counts(counts(ledger, numbers), sent, "This table, in all: ")
        tell_open(ledger)
    if wrong or not well:
        sys.exit(1)


def _staged(
    order: MailOrder, places: Places, ledger: Any, rows: Iterable[Row | BadRow], *, skip_wrong: bool
) -> tuple[list[int], int]:
    """Stage the rows and release them; return their messages' numbers, and how many rows are wrong.

    Raises ``HandoutError`` where a row is wrong and then none may go.
    """
    work = MailBatch(order, places, ledger)
    before: dict[str, int] = {}
    numbers: list[int] = []
    wrong = 0
    try:
        with _bar(work.stage(rows)) as staged:
            for row in staged:
                wrong += bool(row.problems)
                for problem in row.problems:
                    click.echo(problem, err=True)
                if row.message is not None:
                    numbers.append(row.message)
                if row.before is not None:
                    before[row.before] = before.get(row.before, 0) + 1
        if wrong and not skip_wrong:
            raise HandoutError(f"{_rows(wrong)} wrong. Nothing was put into the outbox.\n{_MEND}")
    except (HandoutError, KeyboardInterrupt):
        discard(ledger)
        raise
    ledger.make_durable()
    count = release(ledger)
    parts = [f"{count:,} {'message' if count == 1 else 'messages'} put into the outbox"]
    for state, number in before.items():
        parts.append(f"{number:,} {'was' if number == 1 else 'were'} there already: {state}")
    if wrong:
        parts.append(f"{_rows(wrong)} wrong and left out")
    click.echo(f"{'; '.join(parts)}.", err=True)
    for remark in work.masters.remarks:
        click.echo(f"Note: {remark}", err=True)
    return numbers, wrong


def _rows(count: int) -> str:
    return f"{count:,} {'row is' if count == 1 else 'rows are'}"


def _bar(steps: Iterable[Any]) -> Any:
    return click.progressbar(
        steps, label="Making messages", file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    )
